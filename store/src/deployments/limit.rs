//! The concurrency limit that a deployment holds to: a row of `concurrency_limit_v2`, its own or one that
//! it shares.

use serde_json::json;

use super::*;

/// The limit as a deployment shows it: slots that decay are counted as of the last change.
pub(super) fn shown(row: &DeploymentRow) -> Option<Value> {
    Some(json!({
        "id": row.limit_id?,
        "created": row.limit_created.map(Timestamp::from),
        "updated": row.limit_updated.map(Timestamp::from),
        "active": row.limit_active,
        "name": row.limit_name,
        "limit": row.limit_limit,
        "active_slots": row.limit_active_slots,
        "slot_decay_per_second": row.limit_decay,
    }))
}

/// Whether there is such a limit.
pub async fn limit_exists(tx: &mut Tx, id: Uuid) -> Result<bool> {
    Ok(tx.count(sql("SELECT count(*) FROM concurrency_limit_v2 WHERE id = ?").bind(id)).await? == 1)
}

/// Gives the deployment's limit so many slots. Without a limit yet it gets one of its own, `new`, named
/// `deployment:<id>`; one of that name that was left behind is taken up again.
pub async fn set_limit(tx: &mut Tx, deployment: &Deployment, slots: i64, new: Uuid, now: Timestamp) -> Result<()> {
    let held =
        deployment.global_concurrency_limit.as_ref().and_then(|limit| limit.get("id")?.as_str()?.parse::<Uuid>().ok());
    if let Some(held) = held {
        let update = sql("UPDATE concurrency_limit_v2 SET slot_limit = ?, updated = ? WHERE id = ?");
        tx.run(update.bind(slots).bind(now).bind(held)).await?;
    } else {
        let name = format!("deployment:{}", deployment.id);
        let insert = sql("INSERT INTO concurrency_limit_v2 (id, created, updated, active, name, slot_limit, active_slots,
                          denied_slots, slot_decay_per_second, avg_slot_occupancy_seconds)
                          VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 2)
                          ON CONFLICT (name) DO UPDATE SET slot_limit = excluded.slot_limit, updated = excluded.updated")
            .bind(new)
            .bind(now)
            .bind(now)
            .bind(true)
            .bind(&name)
            .bind(slots);
        tx.run(insert).await?;
        let attach = sql("UPDATE deployment SET concurrency_limit_id =
                          (SELECT id FROM concurrency_limit_v2 WHERE name = ?) WHERE id = ?");
        tx.run(attach.bind(&name).bind(deployment.id)).await?;
    }
    let update = sql("UPDATE deployment SET concurrency_limit = ? WHERE id = ?").bind(slots).bind(deployment.id);
    tx.run(update).await.map(drop)
}

/// Deletes the limits that these deployments hold to.
pub async fn delete_limit_of(tx: &mut Tx, ids: &[DeploymentId]) -> Result<()> {
    let ids = || Sql::list(ids.iter().copied());
    let delete = sql("DELETE FROM concurrency_limit_v2 WHERE id IN
                      (SELECT concurrency_limit_id FROM deployment WHERE id IN ");
    tx.run(delete.then(ids()).text(")")).await?;
    let detach = sql("UPDATE deployment SET concurrency_limit_id = NULL, concurrency_limit = NULL WHERE id IN ");
    tx.run(detach.then(ids())).await.map(drop)
}

/// The limit that a deployment's runs hold to.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldLimit {
    pub name: String,
    pub limit: i64,
    pub options: Option<ConcurrencyOptions>,
}

row! {
    struct HeldLimitRow {
        name: String,
        slot_limit: i64,
        concurrency_options: Option<Json<ConcurrencyOptions>>,
    }
}

/// The deployment's limit, if it has one.
pub async fn limit_of(tx: &mut Tx, id: DeploymentId) -> Result<Option<HeldLimit>> {
    let query = sql("SELECT held.name, held.slot_limit, deployment.concurrency_options FROM deployment
                     JOIN concurrency_limit_v2 AS held ON held.id = deployment.concurrency_limit_id
                     WHERE deployment.id = ?")
    .bind(id);
    let held = |row: HeldLimitRow| HeldLimit {
        name: row.name,
        limit: row.slot_limit,
        options: row.concurrency_options.map(|options| options.0),
    };
    Ok(tx.optional::<HeldLimitRow>(query).await?.map(held))
}
