//! Table `deployment_schedule`.
//!
//! Who changes schedules or planned runs locks the deployment's row first, so that the scheduler never
//! plans for a schedule that is being edited.

use std::collections::HashMap;

use domain::deployments::DeploymentSchedule;
use domain::schedule::Schedule;
use domain::{DeploymentId, ScheduleId, Timestamp};
use serde_json::{Map, Value};

use crate::column::{Json, Ts};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

mod planning;

pub use planning::{Plan, Progress, forget_plans, save_progress, to_plan};

row! {
    struct ScheduleRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        deployment_id: sqlx::types::Uuid,
        schedule: Json<Schedule>,
        active: bool,
        max_scheduled_runs: Option<i64>,
        parameters: Json<Map<String, Value>>,
        slug: Option<String>,
        max_active_runs: Option<i64>,
        catchup: bool,
        planned_through: Option<Ts>,
    }
}

const SELECT: &str = "SELECT id, created, updated, deployment_id, schedule, active, max_scheduled_runs, parameters, slug, \
    max_active_runs, catchup, planned_through FROM deployment_schedule WHERE ";

impl From<ScheduleRow> for DeploymentSchedule {
    fn from(row: ScheduleRow) -> Self {
        DeploymentSchedule {
            id: ScheduleId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            deployment_id: Some(DeploymentId(row.deployment_id)),
            schedule: row.schedule.0,
            active: row.active,
            max_scheduled_runs: row.max_scheduled_runs,
            parameters: row.parameters.0,
            slug: row.slug,
            max_active_runs: row.max_active_runs,
            catchup: row.catchup,
        }
    }
}

/// Schedules of these deployments, last changed first.
pub async fn of_deployments(
    tx: &mut Tx,
    ids: &[DeploymentId],
) -> Result<HashMap<DeploymentId, Vec<DeploymentSchedule>>> {
    let mut found: HashMap<DeploymentId, Vec<DeploymentSchedule>> = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let query = sql(SELECT)
        .text("deployment_id IN ")
        .then(Sql::list(ids.iter().copied()))
        .text(" ORDER BY updated DESC, created DESC, id");
    for row in tx.all::<ScheduleRow>(query).await? {
        found.entry(DeploymentId(row.deployment_id)).or_default().push(row.into());
    }
    Ok(found)
}

/// Inserts schedules of a deployment; each is a microsecond younger than the one before, which keeps their order.
pub async fn insert(tx: &mut Tx, of: DeploymentId, schedules: &[DeploymentSchedule], now: Timestamp) -> Result<()> {
    for (n, schedule) in schedules.iter().enumerate() {
        let at = Timestamp::from_micros(now.micros() + n as i64);
        let insert = sql("INSERT INTO deployment_schedule (id, created, updated, deployment_id, schedule, active,
                          max_scheduled_runs, parameters, slug, max_active_runs, catchup, plan_again)
                          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(schedule.id)
        .bind(at)
        .bind(at)
        .bind(of)
        .bind(json(&schedule.schedule))
        .bind(schedule.active)
        .bind(schedule.max_scheduled_runs)
        .bind(json(&schedule.parameters))
        .bind(&schedule.slug)
        .bind(schedule.max_active_runs)
        .bind(schedule.catchup)
        .bind(planning::at_once());
        tx.run(insert).await?;
    }
    Ok(())
}

/// Writes what may change.
pub async fn save(tx: &mut Tx, schedule: &DeploymentSchedule, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE deployment_schedule SET updated = ?, schedule = ?, active = ?, max_scheduled_runs = ?,
                      parameters = ?, slug = ?, max_active_runs = ?, catchup = ? WHERE id = ?")
    .bind(now)
    .bind(json(&schedule.schedule))
    .bind(schedule.active)
    .bind(schedule.max_scheduled_runs)
    .bind(json(&schedule.parameters))
    .bind(&schedule.slug)
    .bind(schedule.max_active_runs)
    .bind(schedule.catchup)
    .bind(schedule.id);
    tx.run(update).await.map(drop)
}

/// Switches all schedules of a deployment on or off.
pub async fn set_active(tx: &mut Tx, of: DeploymentId, active: bool, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE deployment_schedule SET updated = ?, active = ? WHERE deployment_id = ?");
    tx.run(update.bind(now).bind(active).bind(of)).await.map(drop)
}

/// Takes the slugs away, before schedules exchange them.
pub async fn clear_slugs(tx: &mut Tx, ids: &[ScheduleId]) -> Result<()> {
    let update = sql("UPDATE deployment_schedule SET slug = NULL WHERE id IN ");
    tx.run(update.then(Sql::list(ids.iter().copied()))).await.map(drop)
}

/// Deletes one schedule of the deployment; whether it had it.
pub async fn delete(tx: &mut Tx, of: DeploymentId, id: ScheduleId) -> Result<bool> {
    let delete = sql("DELETE FROM deployment_schedule WHERE deployment_id = ? AND id = ?").bind(of).bind(id);
    Ok(tx.run(delete).await? == 1)
}

/// Deletes all schedules of the deployment.
pub async fn delete_all(tx: &mut Tx, of: DeploymentId) -> Result<()> {
    tx.run(sql("DELETE FROM deployment_schedule WHERE deployment_id = ?").bind(of)).await.map(drop)
}
