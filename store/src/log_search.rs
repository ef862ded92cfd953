//! Looking through a run's whole log, stretch by stretch: the database leaves out what cannot fit, so that few lines
//! have to come over.

use domain::FlowRunId;

use crate::database::Backend;
use crate::sql::{Sql, sql};
use crate::{Result, Tx, filters};

/// The lines whose `seq` is greater than the first and at most the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch(pub i64, pub i64);

/// A line that may fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub seq: i64,
    pub message: String,
}

/// All of the run's lines as one stretch; nothing when there are none.
pub async fn whole(tx: &mut Tx, run: FlowRunId) -> Result<Option<Stretch>> {
    // Two questions: each is answered by one end of the index.
    let end = |of: &'static str| sql("SELECT ").text(of).text("(seq) FROM log WHERE flow_run_id = ?").bind(run);
    let (first,) = tx.one::<(Option<i64>,)>(end("min")).await?;
    let (last,) = tx.one::<(Option<i64>,)>(end("max")).await?;
    Ok(first.zip(last).map(|(first, last)| Stretch(first - 1, last)))
}

/// The run's lines of the stretch in the order of storing. With a text only those that hold it, whatever the case of
/// its letters, and those with escape characters, which may stand within it.
pub async fn candidates(
    tx: &mut Tx,
    run: FlowRunId,
    stretch: Stretch,
    holding: Option<&str>,
) -> Result<Vec<Candidate>> {
    let mut query = sql("SELECT seq, message FROM log WHERE ").then(of(run, stretch));
    if let Some(text) = holding {
        let like = match tx.backend() {
            Backend::Sqlite => "LIKE",
            Backend::Postgres => "ILIKE",
        };
        let holds = format!(" AND (message {like} ? ESCAPE '\\' OR message LIKE ?)");
        query = query.text(&holds).bind(format!("%{}%", filters::literal(text))).bind("%\u{1b}%".to_owned());
    }
    let found: Vec<(i64, String)> = tx.all(query.text(" ORDER BY seq")).await?;
    Ok(found.into_iter().map(|(seq, message)| Candidate { seq, message }).collect())
}

fn of(run: FlowRunId, stretch: Stretch) -> Sql {
    sql("flow_run_id = ? AND seq > ? AND seq <= ?").bind(run).bind(stretch.0).bind(stretch.1)
}
