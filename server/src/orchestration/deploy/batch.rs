//! Many deployments in one transaction: what is as it should be stays untouched, everything else is told.

use std::collections::HashMap;

use domain::automations::{Action, Automation, AutomationCreate, Source};
use domain::deploy::{
    Deed, Deploy, DeployOne, Deployed, DeployedOne, Difference, Origin, OriginSource, Part, differences,
};
use domain::deployments::DeploymentScheduleCreate;
use domain::flows::{Flow, Labels};
use domain::job_template::{self, Layers};
use domain::work_pools::WorkPool;
use domain::{FlowId, Patch};
use store::automations;

use super::kept_schedules::matched;
use super::*;
use crate::orchestration::automations as automation_rules;

/// Under this kind origins of deployments are kept.
pub const KIND: &str = "deployment";

/// The refused deployment's index, and why.
pub type Refused = (usize, Refusal);

/// Deploys all, and deletes what the project no longer has if that is asked for. The caller commits or, to only
/// know what would happen, rolls back.
pub async fn deploy(tx: &mut Tx, asked: &Asked, deploy: Deploy, after: &mut AfterCommit) -> Result<Deployed, Refused> {
    let mut batch = Batch { tx, asked, after, flows: HashMap::new(), pools: HashMap::new(), deploy: &deploy };
    let mut done = Deployed::default();
    for (n, one) in deploy.deployments.iter().enumerate() {
        done.deployments.push(batch.one(one.clone()).await.map_err(|why| (n, why))?);
    }
    if deploy.prune {
        let kept: Vec<DeploymentId> = done.deployments.iter().map(|one| one.id).collect();
        let removed = batch.prune(&kept).await.map_err(|why| (deploy.deployments.len(), why))?;
        done.deployments.extend(removed);
    }
    Ok(done)
}

struct Batch<'b> {
    tx: &'b mut Tx,
    asked: &'b Asked,
    after: &'b mut AfterCommit,
    flows: HashMap<String, FlowId>,
    pools: HashMap<String, Option<WorkPool>>,
    deploy: &'b Deploy,
}

impl Batch<'_> {
    async fn one(&mut self, one: DeployOne) -> Decided<DeployedOne> {
        let said = json!(one.deployment);
        let mut new = one.deployment;
        new.flow_id = self.flow(&one.flow_name).await?;
        let existing = deployments::of_flow_locked(self.tx, new.flow_id, &new.name).await?;
        let origin = match &existing {
            Some(existing) => origins::of(self.tx, KIND, existing.id.0).await?,
            None => None,
        };
        if let (Some(row), Some(origin)) = (&existing, &origin)
            && self.deploy.source == OriginSource::File
            && origin.source == OriginSource::File
            && origin.said == said
            && !self.deploy.take
        {
            // The file is as it was: what somebody changed by hand since is kept, and told.
            return Ok(untouched(self.asked.major, one.flow_name, row, &new));
        }
        if !self.deploy.take {
            keep_pause(&mut new, existing.as_ref(), origin.as_ref());
        }
        let wanted = std::mem::take(&mut new.schedules).value();
        let (schedules, parts) = match (wanted, &existing) {
            // Nothing is said of schedules: those that are there stay.
            (None, Some(existing)) => (existing.schedules.clone(), Vec::new()),
            (wanted, existing) => {
                let has = existing.as_ref().map(|it| it.schedules.as_slice()).unwrap_or_default();
                let said = said_schedules(origin.as_ref());
                matched(wanted.unwrap_or_default(), has, &said, self.asked, self.deploy.take)
            }
        };
        let mut target = view_of(self.asked.major, existing.clone(), &new);
        if let (Some(existing), Patch::Absent | Patch::Null) = (&existing, &new.work_queue_name) {
            target["work_queue_name"] = self.default_queue(existing, &new).await?;
        }
        let before = existing.as_ref().map(view);
        let fields = before.as_ref().map(|before| differences(before, &target)).unwrap_or_default();
        let is_same = existing.is_some() && fields.is_empty() && parts.iter().all(|part| part.deed == Deed::Unchanged);
        let job = self.job(existing.as_ref(), &new).await?;
        let row = match existing {
            Some(existing) if is_same => existing,
            existing => {
                let row = put(self.tx, self.asked, new, existing, &schedules, self.after).await?.0;
                self.after.deployment(row.id);
                row
            }
        };
        let automations = match one.triggers {
            Some(triggers) => self.triggers(row.id, triggers).await?,
            None => Vec::new(),
        };
        self.remember(row.id, said, origin).await?;
        let changed = !is_same || automations.iter().any(|part| part.deed != Deed::Unchanged);
        let deed = match (before, changed) {
            (None, _) => Deed::Add,
            (_, true) => Deed::Change,
            _ => Deed::Unchanged,
        };
        Ok(DeployedOne {
            id: row.id,
            flow_name: one.flow_name,
            name: row.name,
            deed,
            fields,
            schedules: parts,
            automations,
            job,
        })
    }

    /// The queue of a deployment that names none: the pool's first one.
    async fn default_queue(&mut self, existing: &Deployment, new: &DeploymentCreate) -> Decided<Value> {
        let Some(name) = new.work_pool_name.clone().value() else { return Ok(Value::Null) };
        let queue = self.pool(&name).await?.and_then(|pool| pool.default_queue_id);
        let is_there = queue.is_some() && existing.work_queue_id == queue;
        Ok(if is_there { json!(existing.work_queue_name) } else { json!("default") })
    }

    async fn flow(&mut self, name: &str) -> Decided<FlowId> {
        if let Some(id) = self.flows.get(name) {
            return Ok(*id);
        }
        let new = Flow {
            id: new_id(),
            created: None,
            updated: None,
            name: name.to_owned(),
            tags: Vec::new(),
            labels: Some(Labels::new()),
        };
        let (flow, is_new) = flows::insert_or_get(self.tx, &new, self.asked.at).await?;
        if is_new {
            events::flows::tell(self.tx, events::Deed::Created, &flow, self.asked.at, self.after).await?;
        }
        self.flows.insert(name.to_owned(), flow.id);
        Ok(flow.id)
    }

    async fn pool(&mut self, name: &str) -> Decided<Option<&WorkPool>> {
        if !self.pools.contains_key(name) {
            let pool = work_pools::by_name(self.tx, name).await?;
            self.pools.insert(name.to_owned(), pool);
        }
        Ok(self.pools.get(name).and_then(Option::as_ref))
    }

    /// What differs in the filled template between what is stored and what is sent.
    async fn job(&mut self, existing: Option<&Deployment>, new: &DeploymentCreate) -> Decided<Vec<Difference>> {
        let Some(existing) = existing else { return Ok(Vec::new()) };
        let variables = new.job_variables.clone().value().unwrap_or_default();
        let pool = new.work_pool_name.clone().value();
        if variables == existing.job_variables && pool == existing.work_pool_name {
            return Ok(Vec::new());
        }
        let major = self.asked.major;
        let before = match &existing.work_pool_name {
            Some(name) => self.pool(name).await?.and_then(|pool| filled(pool, &existing.job_variables, major)),
            None => None,
        };
        let after = match &pool {
            Some(name) => self.pool(name).await?.and_then(|pool| filled(pool, &variables, major)),
            None => None,
        };
        Ok(match (before, after) {
            (Some(before), Some(after)) => differences(&before, &after),
            _ => Vec::new(),
        })
    }

    /// The automations that the deployment owns become those of its triggers.
    async fn triggers(&mut self, id: DeploymentId, wanted: Vec<AutomationCreate>) -> Decided<Vec<Part>> {
        let owner = format!("prefect.deployment.{id}");
        let mut left = automations::related_to(self.tx, &owner, true).await?;
        let (mut parts, mut missing) = (Vec::new(), Vec::new());
        for create in wanted {
            let new = of_deployment(create, id, self.asked.at)?;
            let same = left.iter().position(|old| same_rules(old, &new));
            match same.map(|at| left.remove(at)) {
                Some(old) => parts.push(Part { deed: Deed::Unchanged, what: old.name, fields: Vec::new() }),
                None => missing.push(new),
            }
        }
        for new in missing {
            let replaced = left.iter().position(|old| old.name == new.name).map(|at| left.remove(at));
            let (deed, fields) = match &replaced {
                Some(old) => {
                    automation_rules::delete(self.tx, old.id, self.asked.at, self.after).await?;
                    (Deed::Change, differences(&rules(old), &rules(&new)))
                }
                None => (Deed::Add, Vec::new()),
            };
            automation_rules::create(self.tx, &new, Some(&owner), self.asked.at, self.after).await?;
            parts.push(Part { deed, what: new.name, fields });
        }
        for old in left {
            automation_rules::delete(self.tx, old.id, self.asked.at, self.after).await?;
            parts.push(Part { deed: Deed::Remove, what: old.name, fields: Vec::new() });
        }
        Ok(parts)
    }

    async fn remember(&mut self, id: DeploymentId, said: Value, before: Option<Origin>) -> Decided<()> {
        let (source, name) = (self.deploy.source, self.deploy.project.clone());
        if before.is_some_and(|before| before.said == said && before.source == source && before.name == name) {
            return Ok(());
        }
        let origin = Origin { object_id: id.0, updated: self.asked.at, source, name, said, accepted: None };
        Ok(origins::put(self.tx, KIND, &origin, self.asked.at).await?)
    }

    /// Deployments that came from the project and are not among those that it has now.
    async fn prune(&mut self, kept: &[DeploymentId]) -> Decided<Vec<DeployedOne>> {
        let known = origins::named(self.tx, KIND, Some(&self.deploy.project)).await?;
        let ids: Vec<DeploymentId> =
            known.into_iter().map(|it| DeploymentId(it.object_id)).filter(|id| !kept.contains(id)).collect();
        let rows = deployments::by_ids(self.tx, &ids).await?;
        let names = deployments::flow_names(self.tx, &rows.iter().map(|row| row.flow_id).collect::<Vec<_>>()).await?;
        delete(self.tx, &ids, self.asked.at, self.after).await?;
        let gone = |row: Deployment| DeployedOne {
            id: row.id,
            flow_name: names.get(&row.flow_id).cloned().unwrap_or_default(),
            name: row.name,
            deed: Deed::Remove,
            fields: Vec::new(),
            schedules: Vec::new(),
            automations: Vec::new(),
            job: Vec::new(),
        };
        Ok(rows.into_iter().map(gone).collect())
    }
}

/// A deployment as it is, with what differs from what its file says.
fn untouched(major: Major, flow_name: String, row: &Deployment, new: &DeploymentCreate) -> DeployedOne {
    let mut wanted = view_of(major, Some(row.clone()), new);
    if matches!(new.work_queue_name, Patch::Absent | Patch::Null) {
        wanted["work_queue_name"] = json!(row.work_queue_name);
    }
    DeployedOne {
        id: row.id,
        flow_name,
        name: row.name.clone(),
        deed: Deed::Unchanged,
        fields: differences(&wanted, &view(row)),
        schedules: Vec::new(),
        automations: Vec::new(),
        job: Vec::new(),
    }
}

/// How a deployment differs from what was said of it, schedules and pauses too; nothing if that cannot be read.
pub fn departures_of(row: &Deployment, said: &Value, major: Major) -> Vec<Difference> {
    let Ok(said) = serde_json::from_value::<DeploymentCreate>(said.clone()) else { return Vec::new() };
    let mut found = untouched(major, String::new(), row, &said).fields;
    let Some(wanted) = said.schedules.value() else { return found };
    let at = row.updated.unwrap_or_else(|| Timestamp::from_micros(0));
    let asked = Asked { major, ..Asked::by_server(at) };
    let (_, parts) = matched(wanted, &row.schedules, &[], &asked, true);
    for part in parts {
        let path = |field: &str| format!("schedules.{}.{field}", part.what);
        match part.deed {
            Deed::Unchanged => {}
            // The file comes first here, and what there is second.
            Deed::Change => found.extend(part.fields.iter().map(|field| Difference {
                path: path(&field.path),
                before: field.after.clone(),
                after: field.before.clone(),
            })),
            Deed::Add => found.push(Difference { path: path("is"), before: Some(json!("there")), after: None }),
            Deed::Remove => found.push(Difference { path: path("is"), before: None, after: Some(json!("there")) }),
        }
    }
    found
}

/// What somebody paused stays so, unless the file now says something else than the last time.
fn keep_pause(new: &mut DeploymentCreate, existing: Option<&Deployment>, origin: Option<&Origin>) {
    let Some(existing) = existing else { return };
    let said = origin.and_then(|origin| origin.said.get("paused")).and_then(Value::as_bool);
    if origin.is_some() && said == new.paused.clone().value() {
        new.paused = Patch::Value(existing.paused);
    }
}

fn said_schedules(origin: Option<&Origin>) -> Vec<DeploymentScheduleCreate> {
    let said = origin.and_then(|origin| origin.said.get("schedules")).cloned();
    said.and_then(|said| serde_json::from_value(said).ok()).unwrap_or_default()
}

/// What of a deployment a file can say, but for its schedules.
fn view(row: &Deployment) -> Value {
    json!({
        "version": row.version, "description": row.description, "entrypoint": row.entrypoint, "path": row.path,
        "tags": row.tags, "parameters": row.parameters, "paused": row.paused,
        "enforce_parameter_schema": row.enforce_parameter_schema, "concurrency_limit": limit_of(row),
        "concurrency_options": row.concurrency_options, "work_pool_name": row.work_pool_name,
        "work_queue_name": row.work_queue_name, "job_variables": row.job_variables, "pull_steps": row.pull_steps,
        "parameter_openapi_schema": row.parameter_openapi_schema,
    })
}

/// The same of the row that will be.
fn view_of(major: Major, existing: Option<Deployment>, new: &DeploymentCreate) -> Value {
    let mut sent = new.clone();
    let variables = job_variables_of(&mut sent.job_variables, &new.infra_overrides);
    let mut row = fields::deployed(major, existing, sent, variables);
    new.work_pool_name.clone().apply(&mut row.work_pool_name);
    let mut view = view(&row);
    match &new.concurrency_limit {
        Patch::Absent => {}
        Patch::Null => view["concurrency_limit"] = Value::Null,
        Patch::Value(limit) => view["concurrency_limit"] = json!(limit),
    }
    view
}

/// The deployment's own limit, which is stored as a global one.
fn limit_of(row: &Deployment) -> Option<i64> {
    row.concurrency_limit.or_else(|| row.global_concurrency_limit.as_ref()?.get("limit")?.as_i64())
}

fn filled(pool: &WorkPool, variables: &Map<String, Value>, major: Major) -> Option<Value> {
    let none = Map::new();
    let layers = Layers { template: &pool.base_job_template, deployment: variables, flow_run: &none, major };
    let rendered = job_template::render(&layers, &|_| None, &|_| Some(Value::from("…"))).ok()?;
    Some(Value::Object(rendered.configuration))
}

/// The automation of a trigger, whose action runs the deployment that it stands at.
fn of_deployment(create: AutomationCreate, id: DeploymentId, now: Timestamp) -> Decided<Automation> {
    let (mut automation, _) = create.into_automation(new_id(), now);
    let lists = [&mut automation.actions, &mut automation.actions_on_trigger, &mut automation.actions_on_resolve];
    for action in lists.into_iter().flatten() {
        if let Action::RunDeployment { source: Source::Selected, deployment_id: deployment_id @ None, .. } = action {
            *deployment_id = Some(id);
        }
    }
    match automation_rules::prepare(&mut automation) {
        Some(fault) => Err(Refusal::Invalid(format!("the trigger {}: {}", automation.name, fault.sentence))),
        None => Ok(automation),
    }
}

/// What an automation does, without the ids that change whenever it is made.
fn rules(automation: &Automation) -> Value {
    let mut value = json!(automation);
    strip(&mut value);
    value
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            ["id", "created", "updated"].iter().for_each(|key| drop(members.shift_remove(*key)));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// What somebody turned off stays off.
fn same_rules(old: &Automation, new: &Automation) -> bool {
    let unified = Automation { enabled: new.enabled, ..old.clone() };
    rules(&unified) == rules(new)
}
