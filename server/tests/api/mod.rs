//! One file a noun.

mod automations;
mod concurrency_limits;
mod deployment_limits;
mod event_sockets;
mod events;
mod flow_runs;
mod live;
mod logs;
mod recordings;
mod task_run_events;
mod task_runs;
