//! One file a noun.

mod concurrency_limits;
mod event_sockets;
mod events;
mod live;
mod logs;
mod recordings;
mod task_run_events;
