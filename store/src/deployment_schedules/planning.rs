//! The scheduler's memory, in the columns `planned_through` and `plan_again`.

use super::*;

/// A schedule whose runs are to be planned on.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub deployment_id: DeploymentId,
    pub schedule: DeploymentSchedule,
    /// Up to here, inclusive, runs are planned.
    pub planned_through: Option<Timestamp>,
}

/// How far a schedule's runs are planned now, and when to look at it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub schedule_id: ScheduleId,
    pub planned_through: Option<Timestamp>,
    pub plan_again: Timestamp,
}

/// The `plan_again` of what has just been edited.
pub(super) fn at_once() -> Timestamp {
    Timestamp::from_micros(0)
}

/// Active schedules of some deployments that are not paused and whose time to plan has come: those of the
/// `limit` schedules that wait longest, which are the ones just edited. The deployments are locked; those that
/// somebody is editing are passed over.
pub async fn to_plan(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Plan>> {
    let due = sql("SELECT deployment.id FROM deployment WHERE deployment.id IN
                   (SELECT waiting.deployment_id FROM deployment_schedule AS waiting
                    JOIN deployment AS planned ON planned.id = waiting.deployment_id
                    WHERE waiting.active AND waiting.plan_again <= ? AND NOT planned.paused
                    ORDER BY waiting.plan_again LIMIT ?)")
    .bind(now)
    .bind(limit)
    .text(tx.for_update_skip_locked());
    let ids = tx.all::<(sqlx::types::Uuid,)>(due).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = sql(SELECT)
        .text("active AND plan_again <= ? AND deployment_id IN ")
        .bind(now)
        .then(Sql::list(ids.iter().map(|(id,)| *id)))
        .text(" ORDER BY deployment_id, created");
    let plan = |row: ScheduleRow| Plan {
        deployment_id: DeploymentId(row.deployment_id),
        planned_through: row.planned_through.map(Ts::into),
        schedule: row.into(),
    };
    Ok(tx.all::<ScheduleRow>(query).await?.into_iter().map(plan).collect())
}

/// Remembers how far these schedules are planned.
pub async fn save_progress(tx: &mut Tx, progress: &[Progress]) -> Result<()> {
    for chunk in progress.chunks(500) {
        let rows = chunk.iter().map(|progress| {
            let row = sql("(?, ?, ?)").bind(progress.schedule_id);
            row.bind(progress.planned_through).bind(progress.plan_again)
        });
        let update = sql("UPDATE deployment_schedule SET planned_through = done.column2, plan_again = done.column3
                          FROM (VALUES ");
        let update = update.then(Sql::listed(rows)).text(") AS done WHERE deployment_schedule.id = done.column1");
        tx.run(update).await?;
    }
    Ok(())
}

/// Forgets what was planned for the deployment: its runs will be planned anew, at once.
pub async fn forget_plans(tx: &mut Tx, of: DeploymentId) -> Result<()> {
    let update = sql("UPDATE deployment_schedule SET planned_through = NULL, plan_again = ? WHERE deployment_id = ?");
    tx.run(update.bind(at_once()).bind(of)).await.map(drop)
}
