//! Automations: kept, heard by events, and carried out.
//!
//! A stored event waits in a queue; [`listen`] lets the triggers hear it, [`watch`] looks for what failed to
//! happen, and either way a trigger [`fire`]s and queues actions. [`carry_out`] does these: what is done
//! within the database in one transaction with taking it from the queue, what calls out afterwards.

pub mod carry_out;
mod fire;
mod inside;
pub mod listen;
mod outcome;
mod outside;
mod targets;
pub mod watch;

use domain::automations::{Action, Automation, AutomationUpdate, Fault, Source};
use domain::{AutomationId, Timestamp};
use serde_json::json;
use store::{Tx, automations, deployments, work_pools};

use super::after_commit::AfterCommit;
use super::events::{self, Deed};
use super::job_variables::{self, Stage};
use super::refusal::{Decided, Refusal};
use super::{parameters, templates};
use crate::clock::new_id;

/// Transactions that change what triggers remember take turns under this key.
const TRIGGERS: i64 = 0x6175_746f;

/// What is wrong with an automation that is sent, if anything; its triggers get ids of their own.
pub fn prepare(automation: &mut Automation) -> Option<Fault> {
    automation.trigger.renew_ids(&mut new_id);
    automation.check().or_else(|| wrong_template(automation))
}

fn wrong_template(automation: &Automation) -> Option<Fault> {
    for (list, actions) in automation.lists() {
        for (n, action) in actions.iter().enumerate() {
            if let Some((member, sentence)) = unreadable(action) {
                return Some(Fault { place: vec![json!(list), json!(n), json!(member)], sentence });
            }
        }
    }
    None
}

/// The member of an action that cannot be filled in, and why.
fn unreadable(action: &Action) -> Option<(&'static str, String)> {
    if let Action::RunDeployment { parameters: Some(parameters), .. } = action {
        let fault = parameters::fault(parameters)?;
        return Some(("parameters", format!("Invalid parameters: {fault}")));
    }
    let fault = |(member, text): (&'static str, &str)| {
        templates::fault(text).map(|fault| (member, format!("'{member}' is not a valid template: {fault}")))
    };
    action.templates().into_iter().find_map(fault)
}

/// Stores a new automation, which may belong to a resource.
pub async fn create(
    tx: &mut Tx,
    automation: &Automation,
    owner: Option<&str>,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<()> {
    check_job_variables(tx, automation).await?;
    automations::insert(tx, automation, now).await?;
    relate(tx, automation).await?;
    if let Some(owner) = owner {
        automations::relate(tx, automation.id, owner, true).await?;
    }
    tell(tx, Deed::Created, automation, now, after).await
}

/// Puts what is sent in the place of a stored automation. What its triggers remember is forgotten.
pub async fn replace(tx: &mut Tx, automation: &Automation, now: Timestamp, after: &mut AfterCommit) -> Decided<()> {
    check_job_variables(tx, automation).await?;
    tx.one_at_a_time(TRIGGERS).await?;
    automations::save(tx, automation, now).await?;
    automations::forget(tx, automation.id).await?;
    automations::unrelate(tx, automation.id).await?;
    relate(tx, automation).await?;
    tell(tx, Deed::Updated, automation, now, after).await
}

/// The stored automation as the update would have it.
pub async fn updated(tx: &mut Tx, id: AutomationId, update: AutomationUpdate, now: Timestamp) -> Decided<Automation> {
    let stored = automations::by_id(tx, id).await?.ok_or_else(not_found)?;
    Ok(update.over(&stored, now))
}

/// Turns an automation on or off. While it is off, it forgets.
pub async fn enable(
    tx: &mut Tx,
    id: AutomationId,
    enabled: bool,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<Result<Automation, Fault>> {
    tx.one_at_a_time(TRIGGERS).await?;
    let stored = automations::by_id(tx, id).await?.ok_or_else(not_found)?;
    let automation = Automation { enabled, updated: Some(now), ..stored };
    if let Some(fault) = automation.endless_loop() {
        return Ok(Err(fault));
    }
    automations::save(tx, &automation, now).await?;
    if !enabled {
        automations::forget(tx, id).await?;
    }
    tell(tx, Deed::Updated, &automation, now, after).await?;
    Ok(Ok(automation))
}

/// Deletes an automation.
pub async fn delete(tx: &mut Tx, id: AutomationId, now: Timestamp, after: &mut AfterCommit) -> Decided<()> {
    let stored = automations::by_id(tx, id).await?.ok_or_else(not_found)?;
    automations::delete(tx, id).await?;
    tell(tx, Deed::Deleted, &stored, now, after).await
}

/// Deletes the automations that belong to a resource; how many.
pub async fn delete_owned(tx: &mut Tx, owner: &str, now: Timestamp, after: &mut AfterCommit) -> Decided<usize> {
    let owned = automations::related_to(tx, owner, true).await?;
    for automation in &owned {
        automations::delete(tx, automation.id).await?;
        tell(tx, Deed::Deleted, automation, now, after).await?;
    }
    Ok(owned.len())
}

/// There is no such automation.
pub fn not_found() -> Refusal {
    Refusal::NotFound("Automation not found".to_owned())
}

/// Notes the deployments that it runs.
async fn relate(tx: &mut Tx, automation: &Automation) -> Decided<()> {
    for action in &automation.actions {
        if let Action::RunDeployment { source: Source::Selected, deployment_id: Some(id), .. } = action {
            automations::relate(tx, automation.id, &format!("prefect.deployment.{id}"), false).await?;
        }
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    deed: Deed,
    automation: &Automation,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Decided<()> {
    let (id, name) = (automation.id.0, &automation.name);
    let event = events::lifecycle("automation", deed, id, name, json!(automation), now);
    Ok(events::emit(tx, event, now, after).await?)
}

/// Job variables for a deployment that is to be run must fit the template of its pool.
async fn check_job_variables(tx: &mut Tx, automation: &Automation) -> Decided<()> {
    let mut sentences = Vec::new();
    for action in &automation.actions {
        let Action::RunDeployment { deployment_id: Some(id), job_variables: Some(variables), .. } = action else {
            continue;
        };
        if variables.is_empty() {
            continue;
        }
        let Some(deployment) = deployments::by_id(tx, *id).await? else {
            return Err(Refusal::NotFound("Deployment not found.".to_owned()));
        };
        let Some(pool) = &deployment.work_pool_name else { continue };
        let Some(pool) = work_pools::by_name(tx, pool).await? else { continue };
        let layers = [variables];
        let checked = job_variables::check(tx, &pool.base_job_template, &layers, Stage::Run, "");
        match checked.await {
            Ok(()) => {}
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(refused) => sentences.push(refused.to_string().trim_start_matches(": ").to_owned()),
        }
    }
    match sentences.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Invalid(format!("Error creating automation: {}", sentences.join(" ")))),
    }
}
