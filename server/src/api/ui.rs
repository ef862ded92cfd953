//! `/api/ui`: the aggregates that Prefect's own dashboards ask for.

mod flow_runs;
mod flows;
mod task_runs;

use super::docs::Docs;
use axum::Router;

use crate::app_state::AppState;

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    flow_runs::describe(docs);
    flows::describe(docs);
    task_runs::describe(docs);
}

/// Routes below `/api/ui`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .nest("/flow_runs", flow_runs::routes())
        .nest("/flows", flows::routes())
        .nest("/task_runs", task_runs::routes())
}
