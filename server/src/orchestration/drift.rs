//! What is no longer as the file says that it was brought up from.

use domain::deploy::{Drift, Origin, departures};
use domain::{AutomationId, ConcurrencyLimitId, DeploymentId, Major, Uuid, VariableId, WorkPoolId, WorkQueueId};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Result, Tx, automations, concurrency_limits, deployments, origins, variables, work_pools, work_queues};

use super::deploy::batch;

/// The kinds of things that files bring up, in the order in which they are told.
pub const KINDS: [&str; 6] = ["work-pool", "work-queue", "variable", "concurrency-limit", "automation", batch::KIND];

/// A thing as it is now: its name for people, its page in the dashboard, and its members.
pub struct Current {
    pub name: String,
    pub page: String,
    pub has: Value,
}

/// Everything that differs, accepted or not. Things that are gone are left out.
pub async fn all(tx: &mut Tx) -> Result<Vec<Drift>> {
    let mut found = Vec::new();
    for kind in KINDS {
        for origin in origins::named(tx, kind, None).await? {
            found.extend(of(tx, kind, origin).await?.filter(|drift| !drift.differs.is_empty()));
        }
    }
    Ok(found)
}

/// How a thing differs from what was said of it; nothing for a thing that is gone.
pub async fn of(tx: &mut Tx, kind: &str, origin: Origin) -> Result<Option<Drift>> {
    let id = origin.object_id;
    let (current, differs) = match kind {
        batch::KIND => match deployments::by_id(tx, DeploymentId(id)).await? {
            None => return Ok(None),
            Some(row) => {
                let flows = deployments::flow_names(tx, &[row.flow_id]).await?;
                let flow = flows.get(&row.flow_id).cloned().unwrap_or_default();
                let differs = batch::departures_of(&row, &origin.said, Major::V3);
                (deployment(&flow, &row.name), differs)
            }
        },
        _ => match current(tx, kind, id).await? {
            None => return Ok(None),
            Some(current) => {
                let differs = departures(&origin.said, &current.has);
                (current, differs)
            }
        },
    };
    let accepted = origin.accepted.as_ref() == Some(&differs);
    let (name, page) = (current.name, current.page);
    Ok(Some(Drift { kind: kind.to_owned(), name, page, origin, differs, accepted }))
}

fn deployment(flow: &str, name: &str) -> Current {
    let page = format!("/deployments/{}/{}", client::segment(flow), client::segment(name));
    Current { name: format!("{flow}/{name}"), page, has: Value::Null }
}

/// A thing of any other kind.
async fn current(tx: &mut Tx, kind: &str, id: Uuid) -> Result<Option<Current>> {
    let segment = client::segment;
    Ok(match kind {
        "work-pool" => work_pools::by_id(tx, WorkPoolId(id)).await?.map(|it| {
            let page = format!("/pools/{}", segment(&it.name));
            with(it.name.clone(), page, &it)
        }),
        "work-queue" => work_queues::by_id(tx, WorkQueueId(id)).await?.map(|it| {
            let pool = it.work_pool_name.clone().unwrap_or_default();
            let page = format!("/pools/{}/queues/{}", segment(&pool), segment(&it.name));
            with(format!("{pool}/{}", it.name), page, &it)
        }),
        "variable" => variables::by_id(tx, VariableId(id)).await?.map(|it| {
            let page = format!("/variables/{}", segment(&it.name));
            with(it.name.clone(), page, &it)
        }),
        "concurrency-limit" => concurrency_limits::by_id(tx, ConcurrencyLimitId(id)).await?.map(|it| {
            let page = format!("/limits/{}", it.id);
            with(it.name.clone(), page, &it)
        }),
        "automation" => automations::by_id(tx, AutomationId(id)).await?.map(|it| {
            let page = format!("/automations/{}", it.id);
            with(it.name.clone(), page, &it)
        }),
        _ => None,
    })
}

fn with(name: String, page: String, thing: &impl Serialize) -> Current {
    Current { name, page, has: json!(thing) }
}
