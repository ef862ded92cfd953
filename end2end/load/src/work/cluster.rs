//! A namespace of the cluster for the length of a work.

use std::cell::Cell;
use std::ffi::OsStr;
use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace as Object, ServiceAccount};
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client};
use serde_json::json;

/// The namespace, and a client that may do everything in it.
pub struct Namespace {
    pub name: String,
    /// Jobs that have been accounted for.
    pub known: Cell<usize>,
    client: Client,
}

impl Namespace {
    /// Makes it; pods can be made in it, too.
    pub async fn make(kubeconfig: &OsStr, name: &str) -> Result<Namespace> {
        let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        let client = Client::try_from(config)?;
        let new = serde_json::from_value(json!({ "metadata": { "name": name } }))?;
        Api::<Object>::all(client.clone()).create(&PostParams::default(), &new).await?;
        let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), name);
        while accounts.get_opt("default").await?.is_none() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(Namespace { name: name.to_owned(), known: Cell::new(0), client })
    }

    /// How many Jobs there are; the API server counts them.
    pub async fn jobs(&self) -> Result<usize> {
        let jobs: Api<Job> = Api::namespaced(self.client.clone(), &self.name);
        // A list of metadata alone does not say how many more there are in Kubernetes 1.20.
        let page = jobs.list(&ListParams::default().limit(1)).await?;
        let more = page.metadata.remaining_item_count.unwrap_or(0);
        Ok(page.items.len() + usize::try_from(more)?)
    }

    /// Takes it away with all that is in it; the cluster does so in its own time.
    pub async fn remove(&self) -> Result<()> {
        Api::<Object>::all(self.client.clone()).delete(&self.name, &DeleteParams::default()).await?;
        Ok(())
    }
}
