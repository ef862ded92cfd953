//! Table `automation_child_firing`: the latest firing of each trigger below a composite one.

use domain::automations::{ChildFiring, Firing};
use domain::{AutomationId, TriggerId};

use crate::column::{Json, Ts};
use crate::sql::{json, sql};
use crate::{Result, Tx, row};

row! {
    struct FiringRow {
        child_trigger_id: sqlx::types::Uuid,
        fired_at: Ts,
        firing: Json<Firing>,
    }
}

/// Notes the firing, unless a later one of that child is known.
pub async fn put(tx: &mut Tx, automation: AutomationId, parent: TriggerId, fired: &ChildFiring) -> Result<()> {
    let upsert = sql("INSERT INTO automation_child_firing
                      (automation_id, parent_trigger_id, child_trigger_id, fired_at, firing) VALUES (?, ?, ?, ?, ?)
                      ON CONFLICT (parent_trigger_id, child_trigger_id)
                      DO UPDATE SET fired_at = excluded.fired_at, firing = excluded.firing
                      WHERE automation_child_firing.fired_at <= excluded.fired_at");
    let upsert = upsert.bind(automation).bind(parent).bind(fired.child).bind(fired.at);
    tx.run(upsert.bind(json(&fired.firing))).await.map(drop)
}

/// The firings below the trigger.
pub async fn of_parent(tx: &mut Tx, parent: TriggerId) -> Result<Vec<ChildFiring>> {
    let query = sql("SELECT child_trigger_id, fired_at, firing FROM automation_child_firing
                     WHERE parent_trigger_id = ? ORDER BY fired_at, child_trigger_id");
    let rows = tx.all::<FiringRow>(query.bind(parent)).await?;
    let fired = |row: FiringRow| ChildFiring {
        child: TriggerId(row.child_trigger_id),
        at: row.fired_at.into(),
        firing: row.firing.0,
    };
    Ok(rows.into_iter().map(fired).collect())
}

/// Forgets the firings below the trigger.
pub async fn forget(tx: &mut Tx, parent: TriggerId) -> Result<()> {
    tx.run(sql("DELETE FROM automation_child_firing WHERE parent_trigger_id = ?").bind(parent)).await.map(drop)
}
