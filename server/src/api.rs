//! The public API: URL to handler. Every noun keeps its own routes; this is the table of the nouns.

pub mod admin;
pub mod artifacts;
pub mod automations;
pub mod block_documents;
pub mod block_schemas;
pub mod block_types;
pub mod body;
pub mod caller;
pub mod checks;
pub mod collections;
pub mod concurrency_limits;
pub mod concurrency_limits_v2;
pub mod deployments;
pub mod docs;
pub mod error;
pub mod events;
pub mod events_in;
pub mod events_out;
pub mod flow_runs;
pub mod flows;
pub mod gates;
pub mod handshake;
mod history;
pub mod invalid;
pub mod logs;
pub mod logs_out;
mod mistakes;
pub mod names;
pub mod notification_policies;
mod paced;
pub mod page;
mod query;
pub mod reeve;
pub mod root;
pub mod saved_searches;
pub mod schemas;
pub mod states;
pub mod task_runs;
pub mod task_workers;
pub mod ui;
pub mod variables;
pub mod websocket;
pub mod work_pools;
pub mod work_queues;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{any, get};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::normalize_path::NormalizePath;

use crate::app_state::AppState;

/// The largest body taken, in bytes; Python clients send logs in batches of up to 4 MB.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Everything below `/api`. `/x` and `/x/` are the same route.
pub fn router(app: AppState) -> Router {
    let nouns = Router::new()
        .merge(root::routes())
        .merge(admin::routes())
        .merge(schemas::routes())
        .route("/block_capabilities", get(block_schemas::capabilities))
        .nest("/collections", collections::routes())
        .merge(docs::routes(""))
        .nest("/deployments", deployments::routes())
        .nest("/flow_run_states", states::of_flow_runs())
        .nest("/flow_runs", flow_runs::routes())
        .nest("/flows", flows::routes())
        .nest("/artifacts", artifacts::routes())
        .nest("/automations", automations::routes())
        .nest("/block_documents", block_documents::routes())
        .nest("/block_schemas", block_schemas::routes())
        .nest("/block_types", block_types::routes())
        .nest("/concurrency_limits", concurrency_limits::routes())
        .nest("/events", events::routes())
        .nest("/logs", logs::routes())
        .nest("/reeve", reeve::routes())
        .nest("/task_run_states", states::of_task_runs())
        .nest("/task_runs", task_runs::routes())
        .route("/task_runs/subscriptions/scheduled", any(task_workers::open))
        .nest("/task_workers", task_workers::routes())
        .nest("/ui", ui::routes())
        .nest("/flow_run_notification_policies", notification_policies::routes())
        .nest("/saved_searches", saved_searches::routes())
        .nest("/variables", variables::routes())
        .nest("/v2/concurrency_limits", concurrency_limits_v2::routes())
        .nest("/work_pools", work_pools::routes())
        .nest("/work_queues", work_queues::routes())
        .fallback(root::unknown_route)
        .method_not_allowed_fallback(root::wrong_method);
    let gates = ServiceBuilder::new()
        .layer(CatchPanicLayer::custom(root::panicked))
        .layer(middleware::from_fn_with_state(app.clone(), paced::paced))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(app.clone(), gates::authorized))
        .layer(middleware::from_fn(gates::same_origin))
        .layer(middleware::from_fn(gates::api_version));
    let inner = Router::new()
        .nest("/api", nouns)
        .merge(docs::routes("/api"))
        .route("/ui-settings", get(admin::ui_settings))
        .layer(gates)
        .with_state(app);
    Router::new().fallback_service(NormalizePath::trim_trailing_slash(inner))
}
