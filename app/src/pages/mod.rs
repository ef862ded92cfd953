//! The pages, one file or folder each; named after what they show.

pub mod deployment;
pub mod deployments;
pub mod flow_run;
pub mod flow_runs;
pub mod not_found;
pub mod now;
pub mod sheet;
pub mod template;
pub mod work_pool;
pub mod work_pools;
