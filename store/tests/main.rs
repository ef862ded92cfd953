//! The store's functions on SQLite and, when `REEVE_TEST_DATABASE_URL` names one, on PostgreSQL.

mod both;

mod artifacts;
mod automations;
mod blocks;
mod concurrency;
mod deferred_task_runs;
mod deployments;
mod dry_runs;
mod events;
mod flow_runs;
mod logs;
mod origins;
mod output;
mod runs;
mod task_runs;
mod transactions;
mod variables;
mod why;
mod work_pools;
