//! Tables `automation` and `automation_related_resource`; what triggers remember is in the files below.

pub mod actions;
pub mod buckets;
pub mod child_firings;
pub mod queue;

use domain::automations::{Action, Automation, AutomationFilter, AutomationPage, AutomationSort, Trigger};
use domain::{AutomationId, Timestamp};

use crate::column::{Json, Ts};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    struct AutomationRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        description: String,
        enabled: bool,
        tags: Json<Vec<String>>,
        trigger: Json<Trigger>,
        actions: Json<Vec<Action>>,
        actions_on_trigger: Json<Vec<Action>>,
        actions_on_resolve: Json<Vec<Action>>,
    }
}

impl From<AutomationRow> for Automation {
    fn from(row: AutomationRow) -> Self {
        Automation {
            name: row.name,
            description: row.description,
            enabled: row.enabled,
            tags: row.tags.0,
            trigger: row.trigger.0,
            actions: row.actions.0,
            actions_on_trigger: row.actions_on_trigger.0,
            actions_on_resolve: row.actions_on_resolve.0,
            id: AutomationId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
        }
    }
}

const COLUMNS: &str = "automation.id, automation.created, automation.updated, automation.name, \
                       automation.description, automation.enabled, automation.tags, automation.trigger, \
                       automation.actions, automation.actions_on_trigger, automation.actions_on_resolve";

fn select() -> Sql {
    sql("SELECT ").text(COLUMNS).text(" FROM automation WHERE ")
}

async fn all(tx: &mut Tx, query: Sql) -> Result<Vec<Automation>> {
    Ok(tx.all::<AutomationRow>(query).await?.into_iter().map(Automation::from).collect())
}

/// The automation, if it exists.
pub async fn by_id(tx: &mut Tx, id: AutomationId) -> Result<Option<Automation>> {
    Ok(tx.optional::<AutomationRow>(select().text("id = ?").bind(id)).await?.map(Automation::from))
}

/// Those that are on, the oldest first.
pub async fn enabled(tx: &mut Tx) -> Result<Vec<Automation>> {
    all(tx, select().text("enabled = ? ORDER BY created, id").bind(true)).await
}

/// Whether one is on that must be looked at when nothing happens.
pub async fn any_proactive(tx: &mut Tx) -> Result<bool> {
    let count = sql("SELECT count(*) FROM automation WHERE enabled = ? AND proactive = ?").bind(true).bind(true);
    Ok(tx.count(count).await? > 0)
}

/// Inserts the automation.
pub async fn insert(tx: &mut Tx, automation: &Automation, now: Timestamp) -> Result<()> {
    let insert =
        sql("INSERT INTO automation (id, created, updated, name, description, enabled, tags, trigger, actions,
                      actions_on_trigger, actions_on_resolve, proactive) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(automation.id).bind(now).bind(now).bind(&automation.name);
    let insert = insert.bind(&automation.description).bind(automation.enabled).bind(json(&automation.tags));
    let insert = insert.bind(json(&automation.trigger)).bind(json(&automation.actions));
    let insert = insert.bind(json(&automation.actions_on_trigger)).bind(json(&automation.actions_on_resolve));
    tx.run(insert.bind(automation.is_proactive())).await.map(drop)
}

/// Writes all of it.
pub async fn save(tx: &mut Tx, automation: &Automation, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE automation SET updated = ?, name = ?, description = ?, enabled = ?, tags = ?,
                      trigger = ?, actions = ?, actions_on_trigger = ?, actions_on_resolve = ?, proactive = ?
                      WHERE id = ?");
    let update = update.bind(now).bind(&automation.name).bind(&automation.description).bind(automation.enabled);
    let update = update.bind(json(&automation.tags)).bind(json(&automation.trigger)).bind(json(&automation.actions));
    let update = update.bind(json(&automation.actions_on_trigger)).bind(json(&automation.actions_on_resolve));
    tx.run(update.bind(automation.is_proactive()).bind(automation.id)).await.map(drop)
}

/// Deletes the automation with what its triggers remember; whether it existed.
pub async fn delete(tx: &mut Tx, id: AutomationId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM automation WHERE id = ?").bind(id)).await? == 1)
}

/// Forgets what the automation's triggers have seen.
pub async fn forget(tx: &mut Tx, id: AutomationId) -> Result<()> {
    tx.run(sql("DELETE FROM automation_bucket WHERE automation_id = ?").bind(id)).await?;
    tx.run(sql("DELETE FROM automation_child_firing WHERE automation_id = ?").bind(id)).await.map(drop)
}

/// Automations that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(tx: &mut Tx, page: &AutomationPage, limit: i64, offset: i64) -> Result<Vec<Automation>> {
    let order = match page.sort.unwrap_or_default() {
        AutomationSort::CreatedDesc => "created DESC",
        AutomationSort::UpdatedDesc => "updated DESC",
        AutomationSort::NameAsc => "name ASC",
        AutomationSort::NameDesc => "name DESC",
    };
    let query = select().then(condition(tx, page.automations.as_ref()));
    all(tx, query.text(&format!(" ORDER BY {order}, id LIMIT ? OFFSET ?")).bind(limit).bind(offset)).await
}

/// How many automations fit.
pub async fn count(tx: &mut Tx, filter: Option<&AutomationFilter>) -> Result<i64> {
    let query = sql("SELECT count(*) FROM automation WHERE ").then(condition(tx, filter));
    tx.count(query).await
}

/// Automations whose name holds the text, in whatever case, by name; and how many there are in all. `limit` and `offset`
/// are checked by the caller.
pub async fn with_name(tx: &mut Tx, part: &str, limit: i64, offset: i64) -> Result<(Vec<Automation>, i64)> {
    let holds = sql("lower(name) LIKE ? ESCAPE '\\'").bind(format!("%{}%", filters::literal(&part.to_lowercase())));
    let count = tx.count(sql("SELECT count(*) FROM automation WHERE ").then(holds.clone())).await?;
    let query = select().then(holds).text(" ORDER BY name, id LIMIT ? OFFSET ?").bind(limit).bind(offset);
    Ok((all(tx, query).await?, count))
}

fn condition(tx: &Tx, filter: Option<&AutomationFilter>) -> Sql {
    let Some(filter) = filter else { return sql("TRUE") };
    let mut conditions = Conditions::new(filter.operator);
    if let Some(ops) = &filter.id {
        conditions.all(filters::ids("id", ops));
    }
    if let Some(ops) = &filter.name {
        conditions.all(filters::any_text("name", ops));
    }
    if let Some(ops) = &filter.created {
        conditions.all(filters::times("created", ops));
    }
    if let Some(ops) = &filter.tags {
        conditions.all(filters::tags(tx, "tags", ops));
    }
    conditions.finish()
}

/// Notes that the automation has to do with the resource; once its owner, the resource stays it.
pub async fn relate(tx: &mut Tx, id: AutomationId, resource: &str, owner: bool) -> Result<()> {
    let upsert = sql("INSERT INTO automation_related_resource (automation_id, resource_id, owner) VALUES (?, ?, ?)
                      ON CONFLICT (automation_id, resource_id)
                      DO UPDATE SET owner = automation_related_resource.owner OR excluded.owner");
    tx.run(upsert.bind(id).bind(resource).bind(owner)).await.map(drop)
}

/// Takes back what was noted of resources that do not own the automation.
pub async fn unrelate(tx: &mut Tx, id: AutomationId) -> Result<()> {
    let delete = sql("DELETE FROM automation_related_resource WHERE automation_id = ? AND owner = ?");
    tx.run(delete.bind(id).bind(false)).await.map(drop)
}

/// Automations that have to do with the resource, the oldest first; `owned` are only those that it owns.
pub async fn related_to(tx: &mut Tx, resource: &str, owned: bool) -> Result<Vec<Automation>> {
    let mut query = select().text("id IN (SELECT automation_id FROM automation_related_resource WHERE resource_id = ?");
    query = query.bind(resource);
    if owned {
        query = query.text(" AND owner = ?").bind(true);
    }
    all(tx, query.text(") ORDER BY created, id")).await
}
