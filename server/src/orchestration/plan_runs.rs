//! Planning: which runs a schedule makes, and storing them.
//!
//! A run is made once for each schedule and instant; the database holds that, so planning the same twice
//! makes nothing twice.

use chrono::{DateTime, FixedOffset};
use domain::deployments::{Deployment, DeploymentSchedule};
use domain::flow_runs::{CreatedBy, FlowRun};
use domain::flows::Labels;
use domain::state::{StateCreate, StateType};
use domain::{Moment, Timestamp};
use serde_json::json;
use store::flow_runs::{NewFlowRun, Slot};
use store::{Tx, flow_runs};

use super::create_run::blank;
use super::refusal::Decided;
use crate::clock::new_id;

/// How far to plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Nothing before this.
    pub start: Timestamp,
    /// Nothing after this.
    pub end: Timestamp,
    /// It is enough when a run is due here or later …
    pub until: Timestamp,
    /// … and when there are so many.
    pub min_runs: usize,
    /// More than this are never made.
    pub max_runs: usize,
}

impl Bounds {
    /// The dates of `schedule` within the bounds.
    pub fn dates(&self, schedule: &DeploymentSchedule) -> Vec<DateTime<FixedOffset>> {
        let most = schedule.max_scheduled_runs.and_then(|most| usize::try_from(most).ok());
        let max_runs = self.max_runs.min(most.unwrap_or(usize::MAX));
        let mut dates = schedule.schedule.next_dates(max_runs, self.start.utc(), Some(self.end.utc()));
        let far_enough = dates.iter().position(|date| *date >= self.until.utc()).map(|at| at + 1);
        dates.truncate(far_enough.map_or(dates.len(), |enough| enough.max(self.min_runs)));
        dates
    }
}

/// Plans all active schedules of a deployment once, as somebody asks for; how many runs are new.
pub async fn plan_by_hand(tx: &mut Tx, deployment: &Deployment, bounds: &Bounds, now: Timestamp) -> Decided<usize> {
    let mut runs = Vec::new();
    for schedule in deployment.schedules.iter().filter(|schedule| schedule.active) {
        runs.extend(bounds.dates(schedule).into_iter().map(|date| planned(deployment, schedule, date, now)));
    }
    Ok(flow_runs::insert_many(tx, &runs, now).await?.len())
}

/// The run that `schedule` makes for `date`. Its key is the one that Prefect 3 gives such runs.
pub fn planned(
    deployment: &Deployment,
    schedule: &DeploymentSchedule,
    date: DateTime<FixedOffset>,
    now: Timestamp,
) -> NewFlowRun {
    let due = Moment(date).timestamp();
    let state = StateCreate::new(StateType::Scheduled).because("Flow run scheduled").at(Moment(date));
    let state = state.minted(new_id(), now);
    let mut parameters = deployment.parameters.clone();
    parameters.extend(schedule.parameters.clone());
    let mut tags = vec!["auto-scheduled".to_owned()];
    tags.extend(deployment.tags.iter().cloned());
    let key = format!("scheduled {} {} {}", deployment.id, schedule.id, date.format("%Y-%m-%d %H:%M:%S%.6f%:z"));
    let run = FlowRun {
        created: Some(now),
        updated: Some(now),
        deployment_id: Some(deployment.id),
        deployment_version: deployment.version.clone(),
        work_queue_id: deployment.work_queue_id,
        work_queue_name: deployment.work_queue_name.clone(),
        parameters,
        idempotency_key: Some(key.replacen(".000000", "", 1)),
        tags,
        labels: labels(deployment),
        state_id: Some(state.id),
        state_type: Some(state.kind),
        state_name: Some(state.name.clone()),
        expected_start_time: Some(due),
        next_scheduled_start_time: Some(due),
        auto_scheduled: true,
        infrastructure_document_id: deployment.infrastructure_document_id,
        created_by: Some(CreatedBy {
            id: Some(schedule.id.0),
            kind: Some("SCHEDULE".to_owned()),
            display_value: Some(schedule.slug.clone().unwrap_or_else(|| schedule.schedule.kind().to_owned())),
        }),
        state: Some(state),
        job_variables: Some(Default::default()),
        ..blank(deployment.flow_id)
    };
    NewFlowRun { run, slot: Some(Slot { schedule_id: schedule.id, instant: due }) }
}

fn labels(deployment: &Deployment) -> Labels {
    let mut labels = deployment.labels.clone();
    labels.insert("prefect.flow.id".to_owned(), json!(deployment.flow_id));
    labels.insert("prefect.deployment.id".to_owned(), json!(deployment.id));
    labels
}
