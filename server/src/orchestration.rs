//! Decisions that change runs: one file each, one transaction each.
//!
//! A proposal goes through `set_state` (flow runs) or `set_task_state` (task runs): load and lock the run,
//! hear `flow_rules` or `task_rules`, do the `bookkeeping`, write, and tell what happened `after_commit`.

pub mod after_commit;
pub mod asked;
pub mod automations;
pub mod blocks;
pub mod bookkeeping;
pub mod concurrency;
pub mod create_run;
pub mod create_task_run;
pub mod delete_runs;
pub mod deploy;
mod deployment_slots;
pub mod drift;
mod due;
pub mod due_of_pool;
pub mod events;
pub mod flow_rules;
pub mod flow_run_event;
pub mod job_variables;
pub mod json_schema;
mod mirror;
pub mod notification_policies;
pub mod notify;
pub mod parameters;
pub mod plan_runs;
pub mod record_task_run;
pub mod refusal;
mod result_data;
pub mod resume;
pub mod ruling;
pub mod run_deployment;
pub mod run_name;
pub mod set_state;
pub mod set_task_state;
pub mod task_rules;
mod task_slots;
pub mod template_versions;
pub mod templates;
pub mod work_pools;
pub mod work_queues;

pub use after_commit::AfterCommit;
pub use asked::Asked;
