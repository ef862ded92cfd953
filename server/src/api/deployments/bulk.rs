//! Many at once (Prefect 3).

use domain::FlowRunId;
use domain::deployments::DeploymentFilter;
use domain::filter::Filters;
use domain::flow_runs::DeploymentFlowRunCreate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::api::page::{Deleted, bulk_limit};
use crate::orchestration::create_run::create_run;
use crate::orchestration::{AfterCommit, run_deployment};

/// Most runs that are made by one call.
const MOST_MADE: usize = 100;

#[derive(Deserialize, Serialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct Which {
    deployments: Option<DeploymentFilter>,
    limit: Option<i64>,
}

/// What became of each ask for a run.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Made {
    results: Vec<MadeRun>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct MadeRun {
    flow_run_id: Option<FlowRunId>,
    status: MadeStatus,
    error: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "UPPERCASE")]
enum MadeStatus {
    Created,
    Failed,
}

pub async fn delete(State(app): State<AppState>, caller: Caller, OptionalBody(which): OptionalBody<Which>) -> Result {
    only_v3(caller)?;
    let limit = bulk_limit(caller.major, which.limit, &which)?;
    let filters = Filters { deployments: which.deployments, ..Filters::default() };
    let page = Page { filters, ..Page::default() };
    let found = deployments::filter(&mut app.store.read().await?, &page, limit, 0).await?;
    let ids: Vec<DeploymentId> = found.iter().map(|deployment| deployment.id).collect();
    let deleted = if ids.is_empty() { ids } else { delete_all(&app, &ids).await? };
    Ok(caller.ok(&Deleted { deleted }))
}

/// Each run succeeds or fails for itself.
pub async fn create_flow_runs(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<DeploymentId>,
    Body(asks): Body<Vec<DeploymentFlowRunCreate>>,
) -> Result {
    only_v3(caller)?;
    if asks.len() > MOST_MADE {
        return Err(ApiError::bad_request(format!("Cannot create more than {MOST_MADE} flow runs at once.")));
    }
    let asked = caller.asks(&app);
    let mut tx = app.store.write().await?;
    let deployment = existing(&mut tx, id).await?;
    let mut after = AfterCommit::default();
    let mut results = Vec::with_capacity(asks.len());
    for ask in asks {
        results.push(match run_deployment::draft(&mut tx, &asked, &deployment, ask, None, &mut after).await {
            Ok((run, first)) => {
                let (run, _) = create_run(&mut tx, &asked, run, first, &mut after).await?;
                MadeRun { flow_run_id: Some(run.id), status: MadeStatus::Created, error: None }
            }
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(refusal) => MadeRun { flow_run_id: None, status: MadeStatus::Failed, error: Some(refusal.to_string()) },
        });
    }
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.ok(&Made { results }))
}

fn only_v3(caller: Caller) -> Result<()> {
    match caller.major {
        Major::V3 => Ok(()),
        Major::V2 => Err(ApiError::Detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed".to_owned())),
    }
}
