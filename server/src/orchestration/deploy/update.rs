//! An edit: only what is sent changes. Whatever it is, planned runs are made anew, so that they carry it.

use std::collections::HashSet;

use domain::DeploymentId;
use domain::deployments::{DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate, DeploymentUpdate};

use super::fields::parameter_schema;
use super::schedules::{made, patched, plain, replan};
use super::*;
use crate::orchestration::json_schema::{self, repr, validate_literally};
use crate::orchestration::parameters::{HydrationError, hydrate};

/// Changes a deployment. The caller commits, then wakes the scheduler and tells what is in `after`.
pub async fn update(
    tx: &mut Tx,
    asked: &Asked,
    id: DeploymentId,
    mut update: DeploymentUpdate,
    after: &mut AfterCommit,
) -> Decided<()> {
    let missing = || Refusal::NotFound("Deployment not found.".to_owned());
    let mut row = deployments::by_id_locked(tx, id).await?.ok_or_else(missing)?;
    let before = row.clone();
    if asked.major == Major::V2 {
        merge_single_schedule(&mut update, &row)?;
    }
    let edits = schedule_edits(&mut update, &row, asked)?;
    let job_variables = job_variables_of(&mut update.job_variables, &update.infra_overrides);
    let pool = update.work_pool_name.clone().value().filter(|name| !name.is_empty());
    if let Some(pool) = &pool {
        check_configuration(tx, pool, job_variables.as_ref()).await?;
    }
    check_parameters(tx, asked, &mut update, &row).await?;
    let limit = limit_to_attach(tx, &update.global_concurrency_limit_id).await?;
    let queue = update.work_queue_name.clone().value();
    match (&pool, &update.work_pool_name) {
        // Prefect 2 takes no deployment out of its pool.
        (None, Patch::Null) if asked.major == Major::V3 => row.work_queue_id = None,
        _ => {
            if let Some(queue) = queue_for(tx, pool.as_deref(), queue.as_deref(), asked.at, after).await? {
                row.work_queue_id = Some(queue);
            }
        }
    }
    let wanted_limit = update.concurrency_limit.clone();
    apply(&mut row, update, asked.major, job_variables);
    deployments::save(tx, &row, limit, asked.at).await?;
    replan(tx, id, Planned::AutomaticFrom(asked.at), asked.at).await?;
    edits.write(tx, id, asked).await?;
    apply_limit(tx, &row, wanted_limit, asked.at).await?;
    let row = stored(tx, row).await?;
    Ok(events::deployments::updated(tx, &before, &row, asked.at, after).await?)
}

fn apply(row: &mut Deployment, update: DeploymentUpdate, major: Major, job_variables: Option<Map<String, Value>>) {
    if let Some(variables) = job_variables {
        row.job_variables = variables;
    }
    let active = update.is_schedule_active.value().map(|active| !active);
    if let Some(paused) = update.paused.value().or(active) {
        row.paused = paused;
    }
    update.version.apply(&mut row.version);
    update.description.apply(&mut row.description);
    update.concurrency_options.apply(&mut row.concurrency_options);
    update.parameters.replace(&mut row.parameters);
    parameter_schema(update.parameter_openapi_schema, major).apply(&mut row.parameter_openapi_schema);
    update.tags.replace(&mut row.tags);
    update.work_queue_name.apply(&mut row.work_queue_name);
    update.path.apply(&mut row.path);
    update.pull_steps.apply(&mut row.pull_steps);
    update.entrypoint.apply(&mut row.entrypoint);
    update.storage_document_id.apply(&mut row.storage_document_id);
    update.infrastructure_document_id.apply(&mut row.infrastructure_document_id);
    update.enforce_parameter_schema.replace(&mut row.enforce_parameter_schema);
    update.manifest_path.apply(&mut row.manifest_path);
}

/// Clients from before there were several schedules know one, and whether it is on.
fn merge_single_schedule(update: &mut DeploymentUpdate, row: &Deployment) -> Decided<()> {
    if update.schedule.is_absent() && update.is_schedule_active.is_absent() {
        return Ok(());
    }
    if row.schedules.len() > 1 {
        return Err(multiple_schedules(row.id));
    }
    let schedule = match &update.schedule {
        Patch::Absent => row.schedule.clone(),
        sent => sent.clone().value(),
    };
    let active = update.is_schedule_active.clone().value().unwrap_or(row.is_schedule_active);
    let one = schedule.map(|schedule| DeploymentScheduleUpdate {
        active: Some(active),
        schedule: Some(schedule),
        ..DeploymentScheduleUpdate::default()
    });
    update.schedules = Patch::Value(one.into_iter().collect());
    Ok(())
}

/// What Prefect 2's server says to a client that knows only one schedule.
pub fn multiple_schedules(id: DeploymentId) -> Refusal {
    Refusal::Invalid(format!(
        "Error updating deployment: Deployment UUID('{id}') has multiple schedules. Please use the UI or update your \
         client to adjust this deployment's schedules."
    ))
}

/// A pool that is named with an edit must know its variables; the sentence is that of Prefect's servers.
async fn check_configuration(tx: &mut Tx, name: &str, variables: Option<&Map<String, Value>>) -> Decided<()> {
    let pool = work_pools::by_name(tx, name).await?.ok_or_else(|| Refusal::no_work_pool(name))?;
    let (Some(variables), Some(schema)) = (variables, pool.base_job_template.get("variables")) else { return Ok(()) };
    let checked = validate_literally(&Value::Object(variables.clone()), schema, true);
    checked.map_err(|unfit| {
        let text = unfit.to_string();
        let reason = text.split_once("Failure reason: ").map_or(text.as_str(), |(_, reason)| reason);
        let printed = repr(&Value::String(reason.to_owned()));
        Refusal::Conflict(format!("Error creating deployment: <ValidationError: {printed}>"))
    })
}

/// Parameters are filled in and held against the schema; Prefect 2 takes the stored one.
async fn check_parameters(tx: &mut Tx, asked: &Asked, update: &mut DeploymentUpdate, row: &Deployment) -> Decided<()> {
    if let Patch::Value(parameters) = &update.parameters {
        let hydrated = hydrate(tx, parameters.clone()).await.map_err(|error| match error {
            HydrationError::Store(error) => Refusal::Store(error),
            error => Refusal::Unreadable(format!("Error hydrating deployment parameters: {error}")),
        })?;
        update.parameters = Patch::Value(hydrated);
    }
    if !update.enforce_parameter_schema.clone().value().unwrap_or(row.enforce_parameter_schema) {
        return Ok(());
    }
    let sent = update.parameter_openapi_schema.clone().value().filter(|_| asked.major == Major::V3);
    let truthy = |schema: &Value| schema.as_object().is_some_and(|members| !members.is_empty());
    let schema = sent.filter(truthy).or_else(|| row.parameter_openapi_schema.clone());
    let Some(schema @ Value::Object(_)) = schema else {
        return Err(Refusal::Conflict(
            "Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled and \
             the deployment does not have a valid parameter schema."
                .to_owned(),
        ));
    };
    let parameters = update.parameters.clone().value().unwrap_or_else(|| row.parameters.clone());
    fits(&parameters, &schema).map_err(|unfit| match unfit {
        json_schema::SchemaError::Misfit(text) => Refusal::Conflict(format!("Error updating deployment: {text}")),
        no_schema => Refusal::Invalid(no_schema.to_string()),
    })
}

/// What an edit does to the schedules.
#[derive(Default)]
struct Edits {
    /// Deletes all there are before `create`.
    replace_all: bool,
    save: Vec<DeploymentSchedule>,
    create: Vec<DeploymentSchedule>,
}

impl Edits {
    async fn write(self, tx: &mut Tx, id: DeploymentId, asked: &Asked) -> Decided<()> {
        if self.replace_all {
            deployment_schedules::delete_all(tx, id).await?;
        }
        // Slugs are unique: two schedules that exchange theirs would be in each other's way.
        let renamed: Vec<_> = self.save.iter().map(|schedule| schedule.id).collect();
        deployment_schedules::clear_slugs(tx, &renamed).await?;
        for (n, schedule) in self.save.iter().enumerate() {
            // Schedules are listed by their last change: those of one edit in the order in which they were sent.
            let at = Timestamp::from_micros(asked.at.micros() + n as i64);
            deployment_schedules::save(tx, schedule, at).await?;
        }
        deployment_schedules::insert(tx, id, &self.create, asked.at).await?;
        Ok(())
    }
}

/// A list of schedules replaces all, unless every schedule on both sides has a slug: then they are matched.
fn schedule_edits(update: &mut DeploymentUpdate, row: &Deployment, asked: &Asked) -> Decided<Edits> {
    let Patch::Value(sent) = std::mem::take(&mut update.schedules) else { return Ok(Edits::default()) };
    let held_by_slug = !row.schedules.is_empty() && row.schedules.iter().all(|held| held.slug.is_some());
    let sent_by_slug = sent.iter().all(|schedule| schedule.slug.is_some());
    match (held_by_slug, sent_by_slug) {
        (true, true) => by_slug(sent, row, asked),
        (true, false) => Err(Refusal::Invalid(
            "Please provide a slug for each schedule in your request to ensure schedules are updated correctly."
                .to_owned(),
        )),
        (false, _) => {
            let create = sent.into_iter().filter_map(|schedule| created(schedule, asked)).collect();
            Ok(Edits { replace_all: true, create, ..Edits::default() })
        }
    }
}

/// Each schedule goes to the one of its slug, or of the slug that it replaces; the others are new. Schedules
/// that are not mentioned stay.
fn by_slug(sent: Vec<DeploymentScheduleUpdate>, row: &Deployment, asked: &Asked) -> Decided<Edits> {
    let held = |slug: &str| row.schedules.iter().find(|held| held.slug.as_deref() == Some(slug));
    let mut replaced = HashSet::new();
    for target in sent.iter().filter_map(|schedule| schedule.replaces.as_deref()) {
        if !replaced.insert(target.to_owned()) {
            let text = format!("Multiple schedules have 'replaces' targeting the same slug: {target}");
            return Err(Refusal::Invalid(text));
        }
    }
    let mut edits = Edits::default();
    for schedule in sent {
        let slug = schedule.slug.clone().unwrap_or_default();
        if let Some(old) = &schedule.replaces
            && held(&slug).is_some()
            && !replaced.contains(&slug)
        {
            return Err(Refusal::Invalid(format!(
                "Cannot rename schedule from '{old}' to '{slug}': a schedule with slug '{slug}' already exists."
            )));
        }
        let target = schedule.replaces.clone().unwrap_or_else(|| slug.clone());
        match held(&target) {
            Some(held) => edits.save.push(patched(held.clone(), schedule, asked)),
            None => edits.create.push(created(schedule, asked).ok_or_else(|| {
                let text = "Unable to create new deployment schedules without a schedule configuration.";
                Refusal::Invalid(text.to_owned())
            })?),
        }
    }
    Ok(edits)
}

/// A new schedule; nothing when its dates are missing.
fn created(update: DeploymentScheduleUpdate, asked: &Asked) -> Option<DeploymentSchedule> {
    let new = DeploymentScheduleCreate {
        max_scheduled_runs: update.max_scheduled_runs,
        parameters: update.parameters.unwrap_or_default(),
        slug: update.slug,
        max_active_runs: update.max_active_runs,
        catchup: update.catchup.unwrap_or_default(),
        ..plain(update.schedule?, update.active.unwrap_or(true))
    };
    Some(made(new, asked))
}
