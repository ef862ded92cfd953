//! Clusters: the worker's own, and those that configurations bring along.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::WorkPoolId;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::board::Board;
use super::facts::RUN_LABEL;
use super::heard::Heard;
use super::orphans::Running;
use super::watch;
use crate::error::{WorkerError, chain};
use crate::settings::KubernetesSettings;

/// The label with the pool's id, which Prefect 3's workers use as well.
const POOL_LABEL: &str = "prefect.io/work-pool-id";

/// Jobs that are being created at once in a cluster.
const CREATIONS: usize = 32;
/// Questions at once that no run waits for.
const QUESTIONS: usize = 4;

/// All clusters this worker has to do with.
pub(crate) struct Clusters {
    own: Arc<Cluster>,
    /// By the text of their configuration.
    others: Mutex<HashMap<String, Arc<Cluster>>>,
    watchers: Watchers,
    _stop: DropGuard,
}

/// What all watchers share.
#[derive(Clone)]
struct Watchers {
    pool: WorkPoolId,
    tasks: TaskTracker,
    stop: CancellationToken,
    died: CancellationToken,
}

/// One cluster, with a board for each namespace that has been asked for.
pub(crate) struct Cluster {
    pub(crate) client: Client,
    /// Where Jobs go that name no namespace.
    pub(crate) namespace: String,
    /// Turns at creating Jobs: hundreds of runs of one second do not need hundreds of connections.
    pub(crate) turns: Semaphore,
    /// Turns at asking what no run waits for.
    pub(crate) questions: Arc<Semaphore>,
    /// By namespace.
    heard: Mutex<HashMap<String, Arc<Events>>>,
    boards: Mutex<HashMap<String, Arc<Board>>>,
    watchers: Watchers,
}

/// What the events of a namespace say.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) warnings: Heard,
    pub(crate) pulled: Heard,
}

/// What a `KubernetesClusterConfig` block holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClusterConfig {
    /// A kubeconfig as an object or as YAML text.
    pub(crate) config: Value,
    pub(crate) context: Option<String>,
}

impl Clusters {
    /// Finds the worker's own cluster. Nothing is asked of it yet.
    pub(crate) async fn connect(settings: &KubernetesSettings, pool: WorkPoolId) -> Result<Self, WorkerError> {
        let client = match &settings.client {
            Some(client) => client.clone(),
            None => own_client(settings).await.map_err(WorkerError::Cluster)?,
        };
        let watchers = Watchers {
            pool,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            died: CancellationToken::new(),
        };
        let namespace = settings.namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
        let own = Arc::new(Cluster::new(client, namespace, &watchers));
        let stop = watchers.stop.clone().drop_guard();
        Ok(Clusters { own, others: Mutex::default(), watchers, _stop: stop })
    }

    /// The cluster of a configuration; without one the worker's own.
    pub(crate) async fn of(&self, config: Option<&ClusterConfig>) -> Result<Arc<Cluster>, String> {
        let Some(config) = config else { return Ok(self.own.clone()) };
        let key = format!("{} {:?}", config.config, config.context);
        if let Some(known) = self.others.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let client = block_client(config).await?;
        let namespace = client.default_namespace().to_owned();
        let made = Cluster::new(client, namespace, &self.watchers);
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(others.entry(key).or_insert_with(|| Arc::new(made)).clone())
    }

    /// The worker's own cluster.
    pub(crate) fn own(&self) -> &Arc<Cluster> {
        &self.own
    }

    /// True for a Job that the watchers see.
    pub(crate) fn selects(&self, metadata: &ObjectMeta) -> bool {
        let labels = metadata.labels.as_ref();
        labels.and_then(|labels| labels.get(POOL_LABEL)) == Some(&self.watchers.pool.to_string())
    }

    /// Fires when a watcher has ended although nobody asked it to.
    pub(crate) fn died(&self) -> CancellationToken {
        self.watchers.died.clone()
    }
}

impl Cluster {
    fn new(client: Client, namespace: String, watchers: &Watchers) -> Self {
        let (turns, questions) = (Semaphore::new(CREATIONS), Arc::new(Semaphore::new(QUESTIONS)));
        Cluster {
            client,
            namespace,
            turns,
            questions,
            heard: Mutex::default(),
            boards: Mutex::default(),
            watchers: watchers.clone(),
        }
    }

    /// Jobs with a run in the namespaces that have been asked for, which have not ended.
    pub(crate) fn running(&self) -> Vec<Running> {
        let boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        boards.iter().flat_map(|(namespace, board)| board.running(namespace)).collect()
    }

    /// What the events of a namespace say.
    pub(crate) fn heard(&self, namespace: &str) -> Arc<Events> {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.entry(namespace.to_owned()).or_default().clone()
    }

    /// The board of a namespace; its watchers are started when it is first asked for.
    pub(crate) fn board(&self, namespace: &str) -> Arc<Board> {
        let mut boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || {
            let Watchers { pool, tasks, stop, died } = &self.watchers;
            watch::start(&self.client, namespace, &format!("{RUN_LABEL},{POOL_LABEL}={pool}"), tasks, stop, died)
        };
        boards.entry(namespace.to_owned()).or_insert_with(start).clone()
    }
}

/// Where Jobs of a worker go whose configuration names no namespace; None when it knows no cluster.
pub(crate) async fn own_namespace(settings: &KubernetesSettings) -> Option<String> {
    if settings.namespace.is_some() {
        return settings.namespace.clone();
    }
    let client = match &settings.client {
        Some(client) => client.clone(),
        None => own_client(settings).await.ok()?,
    };
    Some(client.default_namespace().to_owned())
}

pub(super) async fn own_client(settings: &KubernetesSettings) -> Result<Client, String> {
    let options = KubeConfigOptions { context: settings.context.clone(), ..KubeConfigOptions::default() };
    let config = match &settings.kubeconfig {
        Some(file) => {
            let kubeconfig =
                Kubeconfig::read_from(file).map_err(|error| format!("{}: {}", file.display(), chain(&error)))?;
            kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| chain(&error))?
        }
        None if settings.context.is_some() => {
            kube::Config::from_kubeconfig(&options).await.map_err(|error| chain(&error))?
        }
        None => kube::Config::infer().await.map_err(|error| chain(&error))?,
    };
    Client::try_from(config).map_err(|error| chain(&error))
}

async fn block_client(block: &ClusterConfig) -> Result<Client, String> {
    let unreadable = |error: &dyn std::error::Error| format!("cluster_config cannot be used: {}", chain(error));
    let kubeconfig = match &block.config {
        Value::String(text) => Kubeconfig::from_yaml(text).map_err(|error| unreadable(&error))?,
        object => serde_json::from_value(object.clone()).map_err(|error| unreadable(&error))?,
    };
    let options = KubeConfigOptions { context: block.context.clone(), ..KubeConfigOptions::default() };
    let config =
        kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| unreadable(&error))?;
    Client::try_from(config).map_err(|error| unreadable(&error))
}
