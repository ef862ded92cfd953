//! `/api/reeve`: what the dashboard asks beyond Prefect's API.

pub mod automations;
mod changes;
mod deploy;
pub mod deployments;
mod drift;
mod dry_run;
mod everything;
pub mod flow_runs;
mod infrastructure;
pub mod live;
mod log_file;
mod log_overview;
mod log_search;
pub mod log_window;
pub mod logs;
pub mod now;
mod origins;
pub mod output;
pub mod rows;
mod runs;
pub mod sheets;
mod templates;
mod wait;
pub mod work_pools;

use axum::Router;

use crate::app_state::AppState;

/// Routes below `/api/reeve`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(automations::routes())
        .merge(deploy::routes())
        .merge(deployments::routes())
        .merge(work_pools::routes())
        .merge(flow_runs::routes())
        .merge(runs::routes())
        .merge(now::routes())
        .merge(output::routes())
        .merge(everything::routes())
        .merge(infrastructure::routes())
        .merge(sheets::routes())
        .merge(origins::routes())
        .merge(drift::routes())
        .merge(live::routes())
        .merge(templates::routes())
        .merge(dry_run::routes())
        .merge(logs::routes())
        .merge(log_search::routes())
        .merge(log_file::routes())
        .merge(log_window::routes())
        .merge(log_overview::routes())
}
