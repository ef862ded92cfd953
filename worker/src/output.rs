//! What runs print: cut into lines, given a level, and carried to the server in batches.

mod lines;
mod log;

pub(crate) use domain::output::level_of;
pub(crate) use lines::Lines;
pub(crate) use log::{ERROR, INFO, LogSink, WARNING};

/// The logger of a run's own lines.
pub(crate) const FLOW_RUNS: &str = "prefect.flow_runs";
/// The logger of what a worker has to say about a run.
pub(crate) const WORKER: &str = "prefect.flow_runs.worker";
