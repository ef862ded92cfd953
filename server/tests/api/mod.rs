//! One file a noun.

mod artifacts;
mod automations;
mod blocks;
mod concurrency_limits;
mod deployment_limits;
mod deployments;
mod description;
mod event_sockets;
mod events;
mod flow_run_answers;
mod flow_runs;
mod lists;
mod live;
mod logs;
mod mistakes;
mod notification_policies;
mod own_events;
mod properties;
mod recordings;
mod server_facts;
mod task_run_events;
mod task_runs;
mod task_workers;
mod variables;
mod work_queues;
mod worker_channel;
