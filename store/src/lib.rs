//! All SQL, on SQLite and on PostgreSQL: one file a table.
//!
//! Functions take a [`Tx`] and plain domain types, and say in their names what they return. Nothing here
//! decides anything: rules are in `domain` and `orchestration`. Time and ids come in as arguments.

pub mod artifacts;
pub mod automations;
mod backup;
pub mod block_documents;
pub mod block_schemas;
pub mod block_types;
pub mod column;
pub mod concurrency_leases;
pub mod concurrency_limits;
pub mod configuration;
mod database;
pub mod deferred_task_runs;
pub mod deployment_schedules;
pub mod deployments;
mod dialect;
pub mod dry_runs;
pub mod error;
pub mod events;
pub mod filters;
pub mod flow_run_decisions;
pub mod flow_run_infrastructure;
pub mod flow_run_inputs;
pub mod flow_run_states;
pub mod flow_runs;
pub mod flows;
mod history;
mod in_one;
pub mod leases;
pub mod log_scan;
pub mod log_search;
pub mod logs;
pub mod migrate;
pub mod notification_policies;
pub mod origins;
pub mod pod_lines;
mod reset;
pub mod saved_searches;
pub mod sizes;
pub mod sql;
mod sqlite_tx;
mod states;
pub mod task_run_states;
pub mod task_runs;
pub mod tx;
pub mod variable_values;
pub mod variables;
pub mod work_pool_templates;
pub mod work_pools;
pub mod work_queues;
pub mod workers;

pub use database::{Backend, Store};
pub use error::StoreError;
pub use reset::clear;
pub use sql::{Arg, Sql, sql};
pub use tx::Tx;

/// What a store call gives.
pub type Result<T> = std::result::Result<T, StoreError>;
