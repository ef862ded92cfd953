//! What a run's graph is made of.

use std::collections::HashMap;

use domain::graph::{GraphArtifact, Part};

use super::*;

row! {
    struct PartRow {
        task_run_id: sqlx::types::Uuid,
        child_id: Option<sqlx::types::Uuid>,
        child_name: Option<String>,
        flow_name: Option<String>,
        task_name: String,
        state_type: Word<StateType>,
        start_time: Ts,
        end_time: Option<Ts>,
        task_inputs: Json<Map<String, Value>>,
    }
}

/// Task runs and wrapped runs in the order of their start, those left out that ended before `since`; at
/// most `limit`.
pub async fn parts(tx: &mut Tx, run: FlowRunId, since: Timestamp, limit: i64) -> Result<Vec<Part>> {
    let query = sql("SELECT * FROM (
                       SELECT task_run.id AS task_run_id, child.id AS child_id, child.name AS child_name,
                              flow.name AS flow_name, task_run.name AS task_name, task_run.task_inputs AS task_inputs,
                              coalesce(child.state_type, task_run.state_type) AS state_type,
                              coalesce(child.start_time, child.expected_start_time, task_run.start_time,
                                       task_run.expected_start_time) AS start_time,
                              coalesce(child.end_time, task_run.end_time, CASE WHEN task_run.state_type = 'COMPLETED'
                                       THEN task_run.expected_start_time END) AS end_time
                       FROM task_run
                       LEFT JOIN flow_run AS child ON child.parent_task_run_id = task_run.id
                       LEFT JOIN flow ON flow.id = child.flow_id
                       WHERE task_run.flow_run_id = ?) AS part
                     WHERE start_time IS NOT NULL AND state_type IS NOT NULL AND (end_time IS NULL OR end_time >= ?)
                     ORDER BY start_time, end_time, task_run_id LIMIT ?")
    .bind(run)
    .bind(since)
    .bind(limit);
    let part = |row: PartRow| Part {
        task_run_id: TaskRunId(row.task_run_id),
        flow_run_id: row.child_id.map(FlowRunId),
        label: match (row.flow_name, row.child_name) {
            (Some(flow), Some(run)) => format!("{flow} / {run}"),
            _ => row.task_name,
        },
        state_type: row.state_type.0,
        start_time: row.start_time.into(),
        end_time: row.end_time.map(Ts::into),
        task_inputs: row.task_inputs.0,
    };
    Ok(tx.all::<PartRow>(query).await?.into_iter().map(part).collect())
}

row! {
    struct ArtifactRow {
        id: sqlx::types::Uuid,
        created: Ts,
        key: Option<String>,
        kind: Option<String>,
        data: Option<Json<Value>>,
        task_run_id: Option<sqlx::types::Uuid>,
        newer: bool,
    }
}

/// The run's artifacts that are no results, by task run; under `None` those of the flow itself.
pub async fn artifacts(
    tx: &mut Tx,
    run: FlowRunId,
    limit: i64,
) -> Result<HashMap<Option<TaskRunId>, Vec<GraphArtifact>>> {
    let query = sql("SELECT id, created, key, type AS kind, data, task_run_id,
                     EXISTS (SELECT 1 FROM artifact AS later WHERE later.key = artifact.key
                             AND later.created > artifact.created) AS newer
                     FROM artifact WHERE flow_run_id = ? AND type <> 'result' ORDER BY created, id LIMIT ?")
    .bind(run)
    .bind(limit);
    let mut by_task: HashMap<_, Vec<GraphArtifact>> = HashMap::new();
    for row in tx.all::<ArtifactRow>(query).await? {
        let is_progress = row.kind.as_deref() == Some("progress");
        by_task.entry(row.task_run_id.map(TaskRunId)).or_default().push(GraphArtifact {
            id: row.id,
            created: row.created.into(),
            key: row.key,
            kind: row.kind,
            is_latest: !row.newer,
            data: row.data.map(|data| data.0).filter(|_| is_progress),
        });
    }
    Ok(by_task)
}
