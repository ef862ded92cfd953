//! Tables `flow_run_notification_policy` and `flow_run_notification`.

use std::collections::BTreeMap;

use domain::notification_policies::NotificationPolicy;
use domain::{BlockDocumentId, NotificationPolicyId, Timestamp, Uuid};

use crate::column::{Json, Ts};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    struct PolicyRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        is_active: bool,
        state_names: Json<Vec<String>>,
        tags: Json<Vec<String>>,
        block_document_id: sqlx::types::Uuid,
        message_template: Option<String>,
    }
}

impl From<PolicyRow> for NotificationPolicy {
    fn from(row: PolicyRow) -> Self {
        NotificationPolicy {
            id: NotificationPolicyId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            is_active: row.is_active,
            state_names: row.state_names.0,
            tags: row.tags.0,
            block_document_id: BlockDocumentId(row.block_document_id),
            message_template: row.message_template,
        }
    }
}

fn select() -> Sql {
    sql("SELECT id, created, updated, is_active, state_names, tags, block_document_id, message_template
         FROM flow_run_notification_policy WHERE ")
}

/// The policy, if it exists.
pub async fn by_id(tx: &mut Tx, id: NotificationPolicyId) -> Result<Option<NotificationPolicy>> {
    Ok(tx.optional::<PolicyRow>(select().text("id = ?").bind(id)).await?.map(NotificationPolicy::from))
}

/// Policies by id; all, or those that are active or not.
pub async fn page(tx: &mut Tx, active: Option<bool>, limit: i64, offset: i64) -> Result<Vec<NotificationPolicy>> {
    let query = match active {
        Some(active) => select().text("is_active = ?").bind(active),
        None => select().text("TRUE"),
    };
    let query = query.text(" ORDER BY id LIMIT ? OFFSET ?").bind(limit).bind(offset);
    Ok(tx.all::<PolicyRow>(query).await?.into_iter().map(NotificationPolicy::from).collect())
}

/// Inserts the policy; a block that does not exist is a conflict.
pub async fn insert(tx: &mut Tx, policy: &NotificationPolicy, now: Timestamp) -> Result<()> {
    let insert = sql("INSERT INTO flow_run_notification_policy
                      (id, created, updated, is_active, state_names, tags, block_document_id, message_template)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(policy.id).bind(now).bind(now).bind(policy.is_active).bind(json(&policy.state_names));
    let insert = insert.bind(json(&policy.tags)).bind(policy.block_document_id).bind(&policy.message_template);
    tx.run(insert).await.map(drop)
}

/// Writes all of it.
pub async fn save(tx: &mut Tx, policy: &NotificationPolicy, now: Timestamp) -> Result<()> {
    let update = sql("UPDATE flow_run_notification_policy SET updated = ?, is_active = ?, state_names = ?, tags = ?,
                      block_document_id = ?, message_template = ? WHERE id = ?");
    let update = update.bind(now).bind(policy.is_active).bind(json(&policy.state_names)).bind(json(&policy.tags));
    tx.run(update.bind(policy.block_document_id).bind(&policy.message_template).bind(policy.id)).await.map(drop)
}

/// Deletes the policy with what it has not sent yet; whether it existed.
pub async fn delete(tx: &mut Tx, id: NotificationPolicyId) -> Result<bool> {
    tx.run(sql("DELETE FROM flow_run_notification WHERE policy_id = ?").bind(id)).await?;
    Ok(tx.run(sql("DELETE FROM flow_run_notification_policy WHERE id = ?").bind(id)).await? == 1)
}

/// A notification that is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: Uuid,
    pub policy: NotificationPolicyId,
    /// What the template may name.
    pub words: BTreeMap<String, String>,
    /// How often it was begun.
    pub attempts: i64,
}

row! {
    struct NotificationRow {
        id: sqlx::types::Uuid,
        policy_id: sqlx::types::Uuid,
        words: Json<BTreeMap<String, String>>,
        attempts: i64,
    }
}

/// Queues a notification.
pub async fn push(tx: &mut Tx, notification: &Notification, now: Timestamp) -> Result<()> {
    let insert = sql("INSERT INTO flow_run_notification (id, policy_id, words, due, attempts)
                      VALUES (?, ?, ?, ?, ?)");
    let insert = insert.bind(notification.id).bind(notification.policy).bind(json(&notification.words));
    tx.run(insert.bind(now).bind(notification.attempts)).await.map(drop)
}

/// Notifications that are due at `now`, the oldest first.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Notification>> {
    let query = sql("SELECT id, policy_id, words, attempts FROM flow_run_notification WHERE due <= ?
                     ORDER BY due, id LIMIT ?");
    let rows = tx.all::<NotificationRow>(query.bind(now).bind(limit)).await?;
    let notification = |row: NotificationRow| Notification {
        id: row.id,
        policy: NotificationPolicyId(row.policy_id),
        words: row.words.0,
        attempts: row.attempts,
    };
    Ok(rows.into_iter().map(notification).collect())
}

/// Counts an attempt and puts off the next one, if nobody else has done so; whether it was done.
pub async fn begin(tx: &mut Tx, id: Uuid, attempts: i64, until: Timestamp) -> Result<bool> {
    let update = sql("UPDATE flow_run_notification SET attempts = attempts + 1, due = ? WHERE id = ? AND attempts = ?");
    Ok(tx.run(update.bind(until).bind(id).bind(attempts)).await? == 1)
}

/// Takes the notification out; whether it was there.
pub async fn take(tx: &mut Tx, id: Uuid) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM flow_run_notification WHERE id = ?").bind(id)).await? == 1)
}
