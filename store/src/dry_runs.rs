//! Table `dry_run`: questions to the clusters of workers, on their way between the servers that share a database.

use domain::dry_run::{DryRun, DryRunQuestion};
use domain::{Timestamp, Uuid, WorkPoolId};

use crate::column::{Json, Ts};
use crate::sql::{json, sql};
use crate::{Result, Tx, row};

/// How far a question is.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Whether a worker has it.
    pub is_taken: bool,
    pub answer: Option<DryRun>,
}

row! {
    struct AskedRow {
        taken: Option<Ts>,
        answer: Option<Json<DryRun>>,
    }
}

row! {
    struct QuestionRow {
        question: Json<DryRunQuestion>,
    }
}

/// Puts a question, unless `most` are open, and forgets those that were asked before `old`. Whether it was put.
pub async fn ask(
    tx: &mut Tx,
    pool: WorkPoolId,
    question: &DryRunQuestion,
    most: i64,
    old: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    tx.run(sql("DELETE FROM dry_run WHERE asked < ?").bind(old)).await?;
    if tx.count(sql("SELECT COUNT(*) FROM dry_run")).await? >= most {
        return Ok(false);
    }
    let insert = sql("INSERT INTO dry_run (id, work_pool_id, asked, question) VALUES (?, ?, ?, ?)");
    tx.run(insert.bind(question.id).bind(pool).bind(now).bind(json(question))).await?;
    Ok(true)
}

/// Whether a worker of the pool could take a question that was asked at `since` or later.
pub async fn is_open(tx: &mut Tx, pool: WorkPoolId, since: Timestamp) -> Result<bool> {
    let open = sql("SELECT COUNT(*) FROM dry_run WHERE work_pool_id = ? AND taken IS NULL AND asked >= ?");
    Ok(tx.count(open.bind(pool).bind(since)).await? > 0)
}

/// Gives one of these questions to a worker; nobody else gets it then.
pub async fn take(tx: &mut Tx, pool: WorkPoolId, since: Timestamp, now: Timestamp) -> Result<Option<DryRunQuestion>> {
    let next = sql("UPDATE dry_run SET taken = ? WHERE taken IS NULL AND id = (
                        SELECT id FROM dry_run WHERE work_pool_id = ? AND taken IS NULL AND asked >= ?
                        ORDER BY asked, id LIMIT 1)
                    RETURNING question")
    .bind(now)
    .bind(pool)
    .bind(since);
    Ok(tx.optional::<QuestionRow>(next).await?.map(|row| row.question.0))
}

/// Stores the answer. False when nobody waits for one.
pub async fn answer(tx: &mut Tx, id: Uuid, answer: &DryRun) -> Result<bool> {
    let update = sql("UPDATE dry_run SET answer = ? WHERE id = ? AND answer IS NULL").bind(json(answer)).bind(id);
    Ok(tx.run(update).await? == 1)
}

/// How far a question is, if it is still there.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<Asked>> {
    let found = tx.optional::<AskedRow>(sql("SELECT taken, answer FROM dry_run WHERE id = ?").bind(id)).await?;
    Ok(found.map(|row| Asked { is_taken: row.taken.is_some(), answer: row.answer.map(|answer| answer.0) }))
}

/// Forgets a question.
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.run(sql("DELETE FROM dry_run WHERE id = ?").bind(id)).await.map(drop)
}
