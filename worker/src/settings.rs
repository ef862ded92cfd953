//! What a worker is told when it is started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// How one worker works. [`Settings::new`] gives the defaults; the rest are plain fields.
#[derive(Clone)]
pub struct Settings {
    /// The work pool whose runs are taken.
    pub pool: String,
    /// `process` or `kubernetes`. Absent: what the pool is.
    pub pool_type: Option<String>,
    /// The worker's name. Absent: `ProcessWorker <uuid>` or `KubernetesWorker <uuid>`, new at every start.
    pub name: Option<String>,
    /// Queues of the pool to take runs from; empty means all of them.
    pub work_queues: Vec<String>,
    /// How many runs may be under way at once; absent means any number.
    pub limit: Option<usize>,
    /// How far ahead runs are looked up. They are remembered, and claimed when they are due.
    pub prefetch_seconds: f64,
    /// How often the worker says that it lives.
    pub heartbeat_seconds: f64,
    /// How often the pool is asked for runs when nothing wakes the worker before.
    pub query_seconds: f64,
    /// Ask once, see the runs through that are due within the prefetch, and return.
    pub run_once: bool,
    /// The template a pool is created with; absent means the default of its type.
    pub base_job_template: Option<Value>,
    /// Create the pool when there is none of that name.
    pub create_pool_if_not_found: bool,
    /// What runs find in `PREFECT_API_URL`; ends in `/api`.
    pub api_url: String,
    /// More variables for every run, e.g. `PREFECT_API_AUTH_STRING`. A template's own `env` wins.
    pub run_environment: BTreeMap<String, String>,
    /// The environment the worker itself was started in: `{{ $NAME }}` in a template reads it, child
    /// processes inherit it, and programs are looked up on its `PATH`. A server that hosts a worker
    /// leaves its own secrets out.
    pub environment: BTreeMap<String, String>,
    /// How long a cancelled process may take to end after SIGTERM before it gets SIGKILL.
    pub cancel_grace_seconds: f64,
    /// How long running processes may go on after the worker was told to stop. Absent: until they
    /// end by themselves or [`Settings::abort`] fires.
    pub drain_seconds: Option<f64>,
    /// Fires on the second signal: running processes are ended and reported as crashed.
    pub abort: CancellationToken,
    /// How to reach the cluster, for pools of type `kubernetes`.
    pub kubernetes: KubernetesSettings,
}

/// Which cluster Jobs go to unless a run's configuration names its own.
#[derive(Clone, Default)]
pub struct KubernetesSettings {
    /// A kubeconfig file. Absent: `KUBECONFIG`, `~/.kube/config` or the pod's service account.
    pub kubeconfig: Option<PathBuf>,
    /// A context of that file; absent means its current one.
    pub context: Option<String>,
    /// Where Jobs go whose configuration names no namespace; absent means the context's.
    pub namespace: Option<String>,
    /// A client that exists already; kubeconfig and context are then not looked at.
    pub client: Option<kube::Client>,
    /// Variables that Jobs take from Secrets, in place of [`Settings::run_environment`].
    pub secrets: Vec<SecretVariable>,
}

/// A variable of a Job that comes from a Secret in its namespace, unless the template sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretVariable {
    pub variable: String,
    /// The Secret's name, and the key in it.
    pub secret: String,
    pub key: String,
}

impl Settings {
    /// The defaults of the `prefect` CLI: prefetch 10 s, heartbeat 30 s, query 10 s, pools are created.
    /// `environment` is the process's own, as the configuration has read it.
    pub fn new(
        pool: impl Into<String>,
        api_url: impl Into<String>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Settings {
            pool: pool.into(),
            pool_type: None,
            name: None,
            work_queues: Vec::new(),
            limit: None,
            prefetch_seconds: 10.0,
            heartbeat_seconds: 30.0,
            query_seconds: 10.0,
            run_once: false,
            base_job_template: None,
            create_pool_if_not_found: true,
            api_url: api_url.into(),
            run_environment: BTreeMap::new(),
            environment: environment.into_iter().collect(),
            cancel_grace_seconds: 30.0,
            drain_seconds: None,
            abort: CancellationToken::new(),
            kubernetes: KubernetesSettings::default(),
        }
    }

    /// Heartbeat interval, at least a second.
    pub(crate) fn heartbeat(&self) -> Duration {
        duration(self.heartbeat_seconds, 1.0)
    }

    /// Query interval, at least a tenth of a second.
    pub(crate) fn query(&self) -> Duration {
        duration(self.query_seconds, 0.1)
    }

    /// How far ahead to ask: the prefetch, and never less than what passes between two queries.
    pub(crate) fn horizon_seconds(&self) -> f64 {
        self.prefetch_seconds.max(self.query_seconds * 1.5).max(1.0)
    }

    /// Time from SIGTERM to SIGKILL.
    pub(crate) fn cancel_grace(&self) -> Duration {
        duration(self.cancel_grace_seconds, 0.0)
    }
}

/// Seconds as a duration; what is negative, not a number or absurdly long becomes the nearest sane value.
fn duration(seconds: f64, least: f64) -> Duration {
    Duration::from_secs_f64(if seconds.is_nan() { least } else { seconds.clamp(least, 1e9) })
}
