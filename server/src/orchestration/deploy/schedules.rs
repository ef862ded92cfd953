//! Schedules of a deployment. Whatever changes them takes back what they had planned and is not due yet;
//! the scheduler plans anew at once.

use domain::deployments::{DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate};
use domain::schedule::Schedule;
use domain::{DeploymentId, ScheduleId};

use super::*;

/// The schedules that a deploy brings, made anew. Prefect 2's single schedule counts when there is no list.
pub fn of_deploy(new: &mut DeploymentCreate, asked: &Asked) -> Vec<DeploymentSchedule> {
    let listed = std::mem::take(&mut new.schedules).value().unwrap_or_default();
    let single = std::mem::take(&mut new.schedule).value();
    let active = new.is_schedule_active.clone().value().unwrap_or(true);
    match single {
        Some(schedule) if listed.is_empty() => vec![made(plain(schedule, active), asked)],
        _ => listed.into_iter().map(|schedule| made(schedule, asked)).collect(),
    }
}

/// A schedule with nothing but its dates.
pub fn plain(schedule: Schedule, active: bool) -> DeploymentScheduleCreate {
    DeploymentScheduleCreate {
        active,
        schedule,
        max_scheduled_runs: None,
        parameters: Map::new(),
        slug: None,
        replaces: None,
        max_active_runs: None,
        catchup: false,
    }
}

/// The schedule with an id of its own.
pub fn made(new: DeploymentScheduleCreate, asked: &Asked) -> DeploymentSchedule {
    DeploymentSchedule {
        id: new_id(),
        created: Some(asked.at),
        updated: Some(asked.at),
        deployment_id: None,
        schedule: as_stored(new.schedule, asked),
        active: new.active,
        max_scheduled_runs: new.max_scheduled_runs,
        parameters: new.parameters,
        slug: new.slug,
        max_active_runs: new.max_active_runs,
        catchup: new.catchup,
    }
}

/// Dates must not depend on when they are asked for, so what is open is fixed now.
fn as_stored(schedule: Schedule, asked: &Asked) -> Schedule {
    let now = asked.at.utc();
    let schedule = schedule.with_anchor(now);
    if asked.major == Major::V3 { schedule.normalized_for_v3(now) } else { schedule }
}

/// The deployment, locked; 404 with the caller's sentence if there is none.
async fn locked(tx: &mut Tx, id: DeploymentId, missing: &str) -> Decided<Deployment> {
    deployments::by_id_locked(tx, id).await?.ok_or_else(|| Refusal::NotFound(missing.to_owned()))
}

/// Notes a change, takes back what was planned, and has everything planned anew.
pub async fn replan(tx: &mut Tx, id: DeploymentId, which: Planned, now: Timestamp) -> Decided<()> {
    deployments::touch(tx, id, now).await?;
    deployments::delete_planned(tx, &[id], which).await?;
    Ok(deployment_schedules::forget_plans(tx, id).await?)
}

/// Adds schedules; the new ones.
pub async fn add_schedules(
    tx: &mut Tx,
    asked: &Asked,
    id: DeploymentId,
    new: Vec<DeploymentScheduleCreate>,
) -> Decided<Vec<DeploymentSchedule>> {
    let deployment = locked(tx, id, "Deployment not found.").await?;
    let mut slugs: Vec<&str> = deployment.schedules.iter().filter_map(|held| held.slug.as_deref()).collect();
    for slug in new.iter().filter_map(|schedule| schedule.slug.as_deref()) {
        if slugs.contains(&slug) {
            return Err(Refusal::Conflict("Schedule slugs must be unique within a deployment.".to_owned()));
        }
        slugs.push(slug);
    }
    let made: Vec<DeploymentSchedule> =
        new.into_iter().map(|new| DeploymentSchedule { deployment_id: Some(id), ..made(new, asked) }).collect();
    deployment_schedules::insert(tx, id, &made, asked.at).await?;
    deployments::touch(tx, id, asked.at).await?;
    Ok(made)
}

/// Changes one schedule.
pub async fn update_schedule(
    tx: &mut Tx,
    asked: &Asked,
    id: DeploymentId,
    schedule: ScheduleId,
    update: DeploymentScheduleUpdate,
) -> Decided<()> {
    let deployment = locked(tx, id, "Deployment not found.").await?;
    let held = deployment.schedules.into_iter().find(|held| held.id == schedule).ok_or_else(no_schedule)?;
    deployment_schedules::save(tx, &patched(held, update, asked), asked.at).await?;
    replan(tx, id, Planned::AutomaticFrom(asked.at), asked.at).await
}

/// The schedule with what was sent; `null` leaves a field.
pub fn patched(held: DeploymentSchedule, update: DeploymentScheduleUpdate, asked: &Asked) -> DeploymentSchedule {
    DeploymentSchedule {
        active: update.active.unwrap_or(held.active),
        schedule: update.schedule.map_or(held.schedule, |schedule| as_stored(schedule, asked)),
        max_scheduled_runs: update.max_scheduled_runs.or(held.max_scheduled_runs),
        parameters: update.parameters.unwrap_or(held.parameters),
        slug: update.slug.or(held.slug),
        max_active_runs: update.max_active_runs.or(held.max_active_runs),
        catchup: update.catchup.unwrap_or(held.catchup),
        ..held
    }
}

/// Deletes one schedule. Its late runs go, too: nobody stands for them any more.
pub async fn delete_schedule(tx: &mut Tx, asked: &Asked, id: DeploymentId, schedule: ScheduleId) -> Decided<()> {
    locked(tx, id, "Deployment not found.").await?;
    if !deployment_schedules::delete(tx, id, schedule).await? {
        return Err(no_schedule());
    }
    replan(tx, id, Planned::Automatic, asked.at).await
}

fn no_schedule() -> Refusal {
    Refusal::NotFound("Schedule not found.".to_owned())
}

/// Pauses the deployment and takes back all that schedules have planned, late runs included.
pub async fn pause(tx: &mut Tx, asked: &Asked, id: DeploymentId) -> Decided<()> {
    let deployment = locked(tx, id, "Deployment not found").await?;
    set_paused(tx, asked, &deployment, true).await?;
    replan(tx, id, Planned::Automatic, asked.at).await
}

/// Lets the deployment's schedules plan again.
pub async fn resume(tx: &mut Tx, asked: &Asked, id: DeploymentId) -> Decided<()> {
    let deployment = locked(tx, id, "Deployment not found").await?;
    set_paused(tx, asked, &deployment, false).await?;
    Ok(deployment_schedules::forget_plans(tx, id).await?)
}

/// To Prefect 2 the only schedule of a deployment is on or off with the deployment.
async fn set_paused(tx: &mut Tx, asked: &Asked, deployment: &Deployment, paused: bool) -> Decided<()> {
    deployments::set_paused(tx, deployment.id, paused, asked.at).await?;
    if asked.major == Major::V2 {
        deployment_schedules::set_active(tx, deployment.id, !paused, asked.at).await?;
    }
    Ok(())
}
