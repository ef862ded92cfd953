//! The product in plain Rust: what travels on the wire, and the rules that need no database.
//!
//! For everybody: server, worker, dashboard, command line and tests share these types. Knows serde and
//! chrono, nothing else: no clock, no randomness, no I/O, and it builds for wasm.
//!
//! In the browser, members that no page shows are not read (`serde(skip)` where the target is wasm32): the
//! code that reads a member weighs more than most members.

pub mod ansi;
pub mod artifacts;
pub mod automations;
pub mod blocks;
pub mod bounds;
pub mod concurrency_limits;
pub mod decisions;
pub mod default_templates;
pub mod deploy;
pub mod deployments;
pub mod dry_run;
pub mod events;
pub mod filter;
pub mod flow_run_inputs;
pub mod flow_runs;
pub mod flows;
pub mod graph;
pub mod history;
pub mod id;
pub mod infrastructure;
pub mod job_template;
pub mod language;
pub mod listing;
pub mod live;
pub mod logs;
pub mod look;
pub mod major;
pub mod manifest;
pub mod notification_policies;
pub mod output;
pub mod pages;
pub mod patch;
pub mod preview;
pub mod problem;
pub mod reason;
pub mod run_filter;
pub mod saved_searches;
pub mod schedule;
#[cfg(not(target_arch = "wasm32"))]
pub mod schema;
pub mod sheet;
pub mod sorted;
pub mod state;
pub mod task_runs;
pub mod text_query;
pub mod time;
pub mod variables;
pub mod words;
pub mod work_pools;
pub mod worker_channel;

pub use id::*;
pub use major::Major;
pub use patch::Patch;
pub use time::{Moment, Timestamp};
