//! What one page of the dashboard needs, gathered into one answer. Routes under `/api/reeve/`.

use serde::{Deserialize, Serialize};

use crate::deployments::{Deployment, DeploymentRow};
use crate::flow_runs::FlowRun;
use crate::logs::LogWindow;
use crate::preview::PreviewAnswer;
use crate::sheet::Sheet;
use crate::state::State;
use crate::task_runs::TaskRun;
use crate::time::Timestamp;
use crate::work_pools::{WorkPool, WorkQueue, Worker};

/// A row of the runs list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRunRow {
    pub flow_run: FlowRun,
    pub flow_name: String,
    pub deployment_name: Option<String>,
}

/// `POST /reeve/flow_runs` (body as `/flow_runs/filter`): runs with the names around them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRunRows {
    pub rows: Vec<FlowRunRow>,
    /// How many runs fit the filter in all.
    pub count: i64,
    pub now: Timestamp,
}

/// `GET /reeve/runs?q=…&page=…`: a page of runs, and what the filter above it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRunsPage {
    pub rows: Vec<FlowRunRow>,
    /// How many runs fit the filter in all.
    pub count: i64,
    /// From 1, and the rows of one.
    pub page: i64,
    pub size: i64,
    /// What is asked for, as one line of tokens; see [`crate::run_filter`].
    pub line: String,
    /// Each of its tokens, with the address of what is asked for without it.
    pub tokens: Vec<(String, String)>,
    /// What was not understood, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<(String, String)>,
    /// What stands above the rows: views, and how many runs there were when.
    pub above: Sheet,
    /// The server's clock, for "3 minutes ago".
    pub now: Timestamp,
}

/// `GET /reeve/flow_runs/{id}`: everything above the fold of a run, and the end of its log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRunPage {
    pub flow_run: FlowRun,
    pub flow_name: String,
    pub deployment_name: Option<String>,
    /// Oldest first.
    pub states: Vec<State>,
    /// At most 200, oldest first.
    pub task_runs: Vec<TaskRun>,
    /// How many task runs there are in all.
    pub task_run_count: i64,
    /// Runs that tasks of this run started.
    pub subflow_runs: Vec<FlowRunRow>,
    /// The run that this one is a part of.
    pub parent_flow_run: Option<FlowRunRow>,
    /// The newest lines, at most 500.
    pub logs: LogWindow,
    /// While the run waits for a worker of a pool.
    pub waiting: Option<Waiting>,
    /// What the tab shows that is asked for with `?part=`, such as `why` or `pod`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Sheet>,
    pub now: Timestamp,
}

/// What decides when a run that is due gets a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub is_pool_paused: bool,
    pub is_queue_paused: bool,
    pub online_workers: i64,
    /// Runs that take a slot of the pool now.
    pub active_runs: i64,
    pub limit: Option<i64>,
}

/// `POST /reeve/deployments` (body as `/deployments/filter`): the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentsPage {
    pub rows: Vec<DeploymentRow>,
    pub count: i64,
    pub now: Timestamp,
}

/// `GET /reeve/deployments/{flow}/{name}`: one deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentPage {
    pub deployment: Deployment,
    /// Each of the deployment's schedules in words.
    pub schedule_words: Vec<String>,
    pub flow_name: String,
    /// Planned runs by due time, at most 10.
    pub upcoming: Vec<FlowRun>,
    /// Runs that started or ended, newest first, at most 20.
    pub last_runs: Vec<FlowRun>,
    pub work_pool: Option<WorkPool>,
    /// Workers of the pool that are online now.
    pub online_workers: i64,
    /// The job that a run of it becomes, or why there is none; absent without a pool.
    #[serde(default)]
    pub job: Option<PreviewAnswer>,
    pub now: Timestamp,
}

/// A row of the pools list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkPoolRow {
    pub work_pool: WorkPool,
    pub online_workers: i64,
    pub deployments: i64,
    /// Runs that are PENDING or RUNNING.
    pub active_runs: i64,
    /// Runs that are past due.
    pub late_runs: i64,
}

/// `GET /reeve/work_pools`: the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkPoolsPage {
    pub rows: Vec<WorkPoolRow>,
    pub now: Timestamp,
}

/// `GET /reeve/work_pools/{name}`: one pool, also behind the template editor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkPoolPage {
    pub row: WorkPoolRow,
    pub queues: Vec<WorkQueue>,
    pub workers: Vec<Worker>,
    /// Deployments that use the pool, with their flow's name.
    pub deployments: Vec<DeploymentRow>,
    /// Runs that are due, pending or running, soonest first, at most 20.
    pub active: Vec<FlowRunRow>,
    /// The job of its first deployment, or of the defaults alone; or why there is none.
    #[serde(default)]
    pub job: Option<PreviewAnswer>,
    pub now: Timestamp,
}

/// `GET /reeve/now`: the first page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NowPage {
    /// Deployments whose last finished run did not complete.
    pub failing: Vec<DeploymentRow>,
    pub late: Vec<FlowRunRow>,
    pub running: Vec<FlowRunRow>,
    /// Newest first, at most 20.
    pub recent: Vec<FlowRunRow>,
    /// Soonest first, at most 10.
    pub upcoming: Vec<FlowRunRow>,
    pub work_pools: Vec<WorkPoolRow>,
    /// Why runs are late, the reason that most have first.
    #[serde(default)]
    pub held: Vec<Held>,
    pub now: Timestamp,
}

/// Late runs that wait for the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub words: String,
    pub runs: i64,
    /// The page of these runs.
    pub path: String,
}
