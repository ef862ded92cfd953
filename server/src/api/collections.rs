//! `/api/collections`: what Prefect ships as files and its clients ask a server for.

use super::docs::{AnyObject, Docs};
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use domain::Major;
use domain::default_templates::{POOL_TYPES, default_base_job_template};
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::error::{ApiError, Result};
use crate::app_state::AppState;

/// Routes below `/api/collections`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/views/{view}", get(view))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Collections");
    docs.get("/collections/views/{view}", "Workers that Prefect's packages bring, with their templates")
        .gives::<AnyObject>(200);
}

async fn view(caller: Caller, Path(view): Path<String>) -> Result {
    match view.as_str() {
        "aggregate-worker-metadata" => Ok(caller.ok(&workers(caller.major))),
        // Collections of blocks and flows are not shipped: clients register their own blocks.
        "aggregate-block-metadata" | "aggregate-flow-metadata" | "demo-flows" => Ok(caller.ok(&json!({}))),
        _ => Err(ApiError::not_found(format!("View {view} not found in registry"))),
    }
}

/// The kinds of pools that can be made, by the Python package that has their worker: the command line reads
/// the default template from here.
fn workers(major: Major) -> Value {
    let mut packages = Map::new();
    for kind in POOL_TYPES {
        let (package, name, description) = match kind {
            "kubernetes" => {
                ("prefect-kubernetes", "Kubernetes", "Runs each flow run as a Job on a Kubernetes cluster.")
            }
            _ => ("prefect", "Process", "Runs each flow run as a process beside the worker."),
        };
        let facts = json!({
            "type": kind,
            "display_name": name,
            "description": description,
            "documentation_url": Value::Null,
            "logo_url": Value::Null,
            "install_command": format!("pip install {package}"),
            "is_beta": false,
            "default_base_job_configuration": default_base_job_template(kind, major),
        });
        let package = packages.entry(package).or_insert_with(|| json!({}));
        package[kind] = facts;
    }
    Value::Object(packages)
}
