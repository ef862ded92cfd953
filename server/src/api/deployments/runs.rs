//! Runs of a deployment: asked for by people, planned by hand, and polled by runners.

use domain::Timestamp;
use domain::deployments::GetScheduledOfDeployments;
use domain::flow_runs::DeploymentFlowRunCreate;
use schemars::JsonSchema;
use serde::Deserialize;
use store::flow_runs;

use super::*;
use crate::orchestration::create_run::create_run;
use crate::orchestration::plan_runs::{Bounds, plan_by_hand};
use crate::orchestration::{AfterCommit, run_deployment};

pub async fn create(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<DeploymentId>,
    Body(ask): Body<DeploymentFlowRunCreate>,
) -> Result {
    let asked = caller.asks(&app);
    let mut tx = app.store.write().await?;
    let deployment = existing(&mut tx, id).await?;
    let mut after = AfterCommit::default();
    let (run, first) = run_deployment::draft(&mut tx, &asked, &deployment, ask, None, &mut after).await?;
    let (run, is_new) = create_run(&mut tx, &asked, run, first, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&run, is_new))
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
pub struct Schedule {
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    /// Seconds.
    min_time: Option<f64>,
    min_runs: Option<i64>,
    max_runs: Option<i64>,
}

/// Plans runs now, also in the past.
pub async fn schedule(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<DeploymentId>,
    OptionalBody(ask): OptionalBody<Schedule>,
) -> Result {
    let now = app.clock.now();
    let policy = &app.policy.scheduler;
    let start = ask.start_time.unwrap_or(now);
    let count = |asked: Option<i64>, default: usize| asked.map_or(default, |n| usize::try_from(n).unwrap_or(0));
    let bounds = Bounds {
        start,
        end: ask.end_time.unwrap_or_else(|| start.plus_seconds(policy.max_scheduled_time.as_secs_f64())),
        until: start.plus_seconds(ask.min_time.unwrap_or(policy.min_scheduled_time.as_secs_f64())),
        min_runs: count(ask.min_runs, policy.min_runs),
        max_runs: count(ask.max_runs, policy.max_runs),
    };
    let mut tx = app.store.write().await?;
    if let Some(deployment) = deployments::by_id_locked(&mut tx, id).await? {
        plan_by_hand(&mut tx, &deployment, &bounds, now).await?;
    }
    tx.commit().await?;
    app.live.changed(Changed::Deployment, id);
    Ok(caller.ok(&Value::Null))
}

/// What a runner of `flow.serve` may start. Asking makes the deployments ready.
pub async fn get_scheduled(
    State(app): State<AppState>,
    caller: Caller,
    Parameters(ask): Parameters<GetScheduledOfDeployments>,
) -> Result {
    let now = app.clock.now();
    let limit = limit_of(ask.limit)?;
    let mut due = store::sql("flow_run.state_type = 'SCHEDULED' AND flow_run.deployment_id IN ")
        .then(store::Sql::list(ask.deployment_ids.iter().copied()));
    if let Some(before) = ask.scheduled_before {
        due = due.text(" AND flow_run.next_scheduled_start_time <= ?").bind(before);
    }
    let order = "flow_run.next_scheduled_start_time, flow_run.id";
    let runs = flow_runs::where_(&mut app.store.read().await?, due, order, limit, now).await?;
    ask.deployment_ids.iter().for_each(|id| app.polls.deployment(*id, now));
    Ok(caller.ok(&runs))
}
