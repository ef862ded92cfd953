//! The server: API, orchestration, scheduler, dashboard delivery and the command line of `reeve`.
//!
//! `cli` starts things, `api` and `scheduler` call `orchestration`, which calls the store. Everything that
//! is not here talks to the public API through `client`.

pub mod api;
pub mod app_state;
pub mod assets;
#[cfg(feature = "hosted")]
pub mod cli;
pub mod clock;
pub mod config;
#[cfg(feature = "hosted")]
pub mod demo;
pub mod dry_runs;
pub mod journal;
mod language;
pub mod lifecycle;
pub mod live;
pub mod log_index;
pub mod loops;
pub mod orchestration;
pub mod paces;
pub mod polls;
pub mod scheduler;
pub mod serve;
pub mod task_workers;
#[cfg(feature = "hosted")]
pub mod ui;
