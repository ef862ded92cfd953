//! Things that files ask for, and what the server has of them.

use std::fmt;

use client::{Client, ClientError, origins, segment};
use domain::Uuid;
use domain::deploy::{Deed, Difference, Origin, OriginSource, departures};
use http::Method;
use project::{Place, Problem};
use serde_json::{Map, Value, json};

use super::Wrong;

/// Kinds, in the order in which they are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    WorkPool,
    WorkQueue,
    Variable,
    Limit,
    Automation,
}

/// One thing of a file.
#[derive(Debug, Clone)]
pub struct Thing {
    pub kind: Kind,
    /// Of a queue: `pool/queue`.
    pub name: String,
    pub body: Map<String, Value>,
    pub file: String,
    pub place: Place,
}

impl Kind {
    /// The key of the file.
    pub fn key(self) -> &'static str {
        match self {
            Kind::WorkPool => "work_pools",
            Kind::WorkQueue => "queues",
            Kind::Variable => "variables",
            Kind::Limit => "concurrency_limits",
            Kind::Automation => "automations",
        }
    }

    /// For people, and for the server's memory of origins.
    pub fn word(self) -> &'static str {
        match self {
            Kind::WorkPool => "work-pool",
            Kind::WorkQueue => "work-queue",
            Kind::Variable => "variable",
            Kind::Limit => "concurrency-limit",
            Kind::Automation => "automation",
        }
    }

    /// The keys of an item.
    pub fn members(self) -> &'static [&'static str] {
        match self {
            Kind::WorkPool => {
                &["name", "type", "description", "base_job_template", "concurrency_limit", "is_paused", "queues"]
            }
            Kind::WorkQueue => &["name", "description", "priority", "concurrency_limit", "is_paused"],
            Kind::Variable => &["name", "value", "tags"],
            Kind::Limit => &["name", "limit", "active", "slot_decay_per_second"],
            Kind::Automation => &[
                "name",
                "description",
                "enabled",
                "tags",
                "trigger",
                "actions",
                "actions_on_trigger",
                "actions_on_resolve",
            ],
        }
    }
}

impl Thing {
    /// A refusal is told with the thing's place; anything else may pass.
    pub fn wrong(&self, error: ClientError) -> Wrong {
        match error.status() {
            Some(400..500) => {
                let what = format!("the server refuses the {} {}: {error}", self.kind.word(), self.name);
                Wrong::Files(vec![Problem::at(&self.file, self.place, what)])
            }
            _ => Wrong::Call(error.to_string()),
        }
    }

    /// Where things of the kind are made, and where this one is.
    fn paths(&self) -> (String, String) {
        match self.kind {
            Kind::WorkPool => ("/work_pools/".to_owned(), format!("/work_pools/{}", segment(&self.name))),
            Kind::WorkQueue => {
                let (pool, queue) = self.name.split_once('/').unwrap_or((&self.name, ""));
                let queues = format!("/work_pools/{}/queues", segment(pool));
                (queues.clone(), format!("{queues}/{}", segment(queue)))
            }
            Kind::Variable => ("/variables/".to_owned(), format!("/variables/name/{}", segment(&self.name))),
            Kind::Limit => {
                ("/v2/concurrency_limits/".to_owned(), format!("/v2/concurrency_limits/{}", segment(&self.name)))
            }
            Kind::Automation => ("/automations/".to_owned(), String::new()),
        }
    }
}

/// What became of all things.
#[derive(Debug, Default)]
pub struct Report {
    added: usize,
    changed: usize,
    unchanged: usize,
}

impl Report {
    /// Counts one thing.
    pub fn count(&mut self, deed: Deed) {
        match deed {
            Deed::Add => self.added += 1,
            Deed::Change => self.changed += 1,
            Deed::Unchanged | Deed::Remove => self.unchanged += 1,
        }
    }

    /// Tells what somebody changed by hand, which is kept.
    pub fn differs(&self, what: &str, fields: &[Difference]) {
        let paths: Vec<&str> = fields.iter().map(|field| field.path.as_str()).collect();
        tracing::warn!("{what} differs from its file in {}; `reeve drift` tells what to do", paths.join(", "));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} added, {} changed, {} unchanged", self.added, self.changed, self.unchanged)
    }
}

/// Makes a thing, or changes what its file says otherwise than the last time. What was changed by hand while the
/// file stayed the same is kept.
pub async fn apply(client: &Client, thing: &Thing, report: &mut Report) -> client::Result<()> {
    let Some(current) = current(client, thing).await? else {
        let made: Value = client.post(&thing.paths().0, &thing.body).await?;
        report.count(Deed::Add);
        return remember(client, thing, &made).await;
    };
    let id = id_of(&current);
    let origin = match id {
        Some(id) => origins::read(client, thing.kind.word(), id).await?,
        None => None,
    };
    let has = |key: &str| current.get(key).cloned().unwrap_or_default();
    let differing: Map<String, Value> = thing
        .body
        .iter()
        .filter(|(key, value)| *key != "type" && !departures(value, &has(key)).is_empty())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let said = origin.as_ref().map(|origin| &origin.said);
    let to_change: Map<String, Value> = differing
        .iter()
        .filter(|(key, value)| said.and_then(|said| said.get(*key)) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if to_change.is_empty() {
        report.count(Deed::Unchanged);
        let differs = departures(&json!(thing.body), &current);
        let is_accepted = origin.as_ref().is_some_and(|origin| origin.accepted.as_ref() == Some(&differs));
        if !differing.is_empty() && !is_accepted {
            report.differs(&format!("the {} {}", thing.kind.word(), thing.name), &differs);
        }
    } else {
        change(client, thing, &current, &to_change).await?;
        report.count(Deed::Change);
    }
    match said == Some(&json!(thing.body)) {
        true => Ok(()),
        false => remember(client, thing, &current).await,
    }
}

async fn current(client: &Client, thing: &Thing) -> client::Result<Option<Value>> {
    if thing.kind != Kind::Automation {
        return client.get(&thing.paths().1).await;
    }
    let ask = json!({ "automations": { "name": { "any_": [thing.name] } } });
    let found: Vec<Value> = client.post("/automations/filter", &ask).await?;
    Ok(found.into_iter().next())
}

async fn change(client: &Client, thing: &Thing, current: &Value, to_change: &Map<String, Value>) -> client::Result<()> {
    if thing.kind != Kind::Automation {
        let mut to_change = to_change.clone();
        if let Some(template) = to_change.shift_remove("base_job_template").filter(|it| it.is_object()) {
            // Among the template's versions it is told who changed it.
            let body = json!({ "base_job_template": template, "author": format!("the file {}", thing.file) });
            let path = format!("/reeve/work_pools/{}/template", segment(&thing.name));
            client.send(Method::PUT, &path, Some(&body)).await?;
        }
        return if to_change.is_empty() { Ok(()) } else { client.patch(&thing.paths().1, &to_change).await };
    }
    let id = current.get("id").and_then(Value::as_str).unwrap_or_default();
    client.send(Method::PUT, &format!("/automations/{id}"), Some(&thing.body)).await
}

async fn remember(client: &Client, thing: &Thing, made: &Value) -> client::Result<()> {
    let Some(id) = id_of(made) else { return Ok(()) };
    let said = json!(thing.body);
    let at = domain::Timestamp::from_micros(0);
    let (source, name) = (OriginSource::File, thing.file.clone());
    let origin = Origin { object_id: id, updated: at, source, name, said, accepted: None };
    origins::put(client, thing.kind.word(), &origin).await
}

fn id_of(thing: &Value) -> Option<Uuid> {
    thing.get("id")?.as_str()?.parse().ok()
}
