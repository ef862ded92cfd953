//! Table `automation_bucket`.

use domain::automations::Bucket;
use domain::events::Event;
use domain::{AutomationId, Timestamp, TriggerId};

use crate::column::{Json, Ts};
use crate::sql::{Sql, json, json_or_null, sql};
use crate::{Result, Tx, row};

row! {
    struct BucketRow {
        bucketing_key: Json<Vec<String>>,
        starts: Ts,
        ends: Ts,
        count: i64,
        last_event: Option<Json<Event>>,
    }
}

const SELECT: &str = "SELECT bucketing_key, starts, ends, count, last_event FROM automation_bucket WHERE ";

impl From<BucketRow> for Bucket {
    fn from(row: BucketRow) -> Self {
        Bucket {
            start: row.starts.into(),
            end: row.ends.into(),
            count: row.count,
            last_event: row.last_event.map(|event| event.0),
        }
    }
}

/// The trigger's bucket for the key, if there is one.
pub async fn get(tx: &mut Tx, trigger: TriggerId, key: &[String]) -> Result<Option<Bucket>> {
    let query = sql(SELECT).text("trigger_id = ? AND bucketing_key = ?").bind(trigger).bind(json(key));
    Ok(tx.optional::<BucketRow>(query).await?.map(Bucket::from))
}

/// The trigger's buckets that are over at `now`, and those that have seen `enough`, each with its key.
pub async fn over(
    tx: &mut Tx,
    trigger: TriggerId,
    enough: i64,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(Vec<String>, Bucket)>> {
    let query = sql(SELECT).text("trigger_id = ? AND (ends <= ? OR count >= ?) ORDER BY ends, bucketing_key LIMIT ?");
    let rows = tx.all::<BucketRow>(query.bind(trigger).bind(now).bind(enough).bind(limit)).await?;
    let mut found = Vec::with_capacity(rows.len());
    for mut row in rows {
        let key = std::mem::take(&mut row.bucketing_key.0);
        found.push((key, row.into()));
    }
    Ok(found)
}

/// Puts `bucket` in the place of the trigger's bucket for the key; nothing takes the place away.
pub async fn put(
    tx: &mut Tx,
    automation: AutomationId,
    trigger: TriggerId,
    key: &[String],
    bucket: Option<&Bucket>,
) -> Result<()> {
    let Some(bucket) = bucket else {
        let delete = sql("DELETE FROM automation_bucket WHERE trigger_id = ? AND bucketing_key = ?");
        return tx.run(delete.bind(trigger).bind(json(key))).await.map(drop);
    };
    let upsert = sql("INSERT INTO automation_bucket
                      (automation_id, trigger_id, bucketing_key, starts, ends, count, last_event)
                      VALUES (?, ?, ?, ?, ?, ?, ?)
                      ON CONFLICT (trigger_id, bucketing_key) DO UPDATE SET starts = excluded.starts,
                      ends = excluded.ends, count = excluded.count, last_event = excluded.last_event");
    let upsert = upsert.bind(automation).bind(trigger).bind(json(key)).bind(bucket.start).bind(bucket.end);
    tx.run(upsert.bind(bucket.count).bind(json_or_null(&bucket.last_event))).await.map(drop)
}

/// Deletes buckets that were over before `at`, except those of the triggers to `keep`; how many.
pub async fn sweep(tx: &mut Tx, at: Timestamp, keep: &[TriggerId]) -> Result<u64> {
    let mut delete = sql("DELETE FROM automation_bucket WHERE ends < ?").bind(at);
    if !keep.is_empty() {
        delete = delete.text(" AND trigger_id NOT IN ").then(Sql::list(keep.iter().copied()));
    }
    tx.run(delete).await
}
