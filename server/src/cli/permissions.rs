//! `reeve worker permissions`.

use clap::Args;
use worker::{KubernetesSettings, Permission, permissions, role_yaml};

use super::failure::Failure;
use super::output::{Output, print_line, table};

#[derive(Args)]
#[command(after_help = "\
The cluster is that of KUBECONFIG, of ~/.kube/config or, in a pod, of its service account: where `reeve worker start`
would create its Jobs. The exit code is 1 when something is missing.

Examples:
  reeve worker permissions
  reeve worker permissions --namespace flows
  reeve worker permissions --namespace flows --service-account worker --yaml | kubectl apply -f -")]
pub struct Permissions {
    /// Where the Jobs of runs go; without it, the namespace of the kubeconfig's context
    #[arg(long)]
    namespace: Option<String>,
    /// Print the smallest Role that suffices, and its RoleBinding; no cluster is asked
    #[arg(long, requires = "namespace")]
    yaml: bool,
    /// With --yaml: the ServiceAccount that the Role is bound to
    #[arg(long, value_name = "NAME", default_value = "reeve-worker", requires = "yaml")]
    service_account: String,
    #[command(flatten)]
    output: Output,
}

impl Permissions {
    /// Prints what the cluster grants; what is missing is a failure.
    pub async fn run(self) -> Result<(), Failure> {
        let namespace = self.namespace;
        if let (true, Some(namespace)) = (self.yaml, &namespace) {
            print_line(&role_yaml(namespace, &self.service_account));
            return Ok(());
        }
        let settings = KubernetesSettings { namespace, ..KubernetesSettings::default() };
        let found = permissions(&settings).await.map_err(anyhow::Error::from)?;
        self.output.print(&found, || listed(&found.verbs))?;
        match found.verbs.iter().filter(|permission| !permission.granted).count() {
            0 => Ok(()),
            missing => {
                let (namespace, all) = (&found.namespace, found.verbs.len());
                let what = format!("{missing} of {all} permissions are missing in namespace {namespace}.");
                let next =
                    format!("`reeve worker permissions --namespace {namespace} --yaml` prints a Role with them.");
                Err(Failure::new(what).then(next))
            }
        }
    }
}

fn listed(verbs: &[Permission]) -> String {
    let row = |permission: &Permission| {
        let state = if permission.granted { "granted" } else { "missing" };
        [state, permission.verb, &permission.resource, permission.purpose].map(str::to_owned)
    };
    table(["", "verb", "resource", "for"], verbs.iter().map(row), "")
}
