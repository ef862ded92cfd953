//! Table `task_run`.

use domain::filter::{Filters, Page};
use domain::flows::Labels;
use domain::state::StateType;
use domain::task_runs::{TaskRun, TaskRunFilter, TaskRunPolicy, TaskRunSort};
use domain::{FlowRunId, StateId, TaskRunId, Timestamp};
use serde_json::{Map, Value};

use crate::column::{Json, Ts, Word};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json, sql};
use crate::states::{self, WithState};
use crate::{Result, Tx, row, task_run_states};

mod counts;
mod write;

pub use counts::{Outcome, count_by_flow_run, count_by_state, history, outcomes};
pub use write::{delete, delete_of_flow_runs, insert, record, save_after_state, set_name};

row! {
    struct TaskRunRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        flow_run_id: Option<sqlx::types::Uuid>,
        task_key: String,
        dynamic_key: String,
        cache_key: Option<String>,
        cache_expiration: Option<Ts>,
        task_version: Option<String>,
        empirical_policy: Json<TaskRunPolicy>,
        tags: Json<Vec<String>>,
        labels: Json<Labels>,
        task_inputs: Json<Map<String, Value>>,
        state_id: Option<sqlx::types::Uuid>,
        state_type: Option<Word<StateType>>,
        state_name: Option<String>,
        state_timestamp: Option<Ts>,
        run_count: i64,
        flow_run_run_count: i64,
        expected_start_time: Option<Ts>,
        next_scheduled_start_time: Option<Ts>,
        start_time: Option<Ts>,
        end_time: Option<Ts>,
        total_run_time: f64,
    }
}

const COLUMNS: &str = "task_run.id, task_run.created, task_run.updated, task_run.name, task_run.flow_run_id, \
    task_run.task_key, task_run.dynamic_key, task_run.cache_key, task_run.cache_expiration, task_run.task_version, \
    task_run.empirical_policy, task_run.tags, task_run.labels, task_run.task_inputs, task_run.state_id, \
    task_run.state_type, task_run.state_name, task_run.state_timestamp, task_run.run_count, \
    task_run.flow_run_run_count, task_run.expected_start_time, task_run.next_scheduled_start_time, \
    task_run.start_time, task_run.end_time, task_run.total_run_time";

impl WithState<TaskRunRow> {
    /// The task run as it looks at `now`.
    fn at(self, now: Timestamp) -> TaskRun {
        let WithState { row, state } = self;
        let mut run = TaskRun {
            id: TaskRunId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            flow_run_id: row.flow_run_id.map(FlowRunId),
            task_key: row.task_key,
            dynamic_key: row.dynamic_key,
            cache_key: row.cache_key,
            cache_expiration: row.cache_expiration.map(Ts::into),
            task_version: row.task_version,
            empirical_policy: row.empirical_policy.0,
            tags: row.tags.0,
            labels: Some(row.labels.0),
            state_id: row.state_id.map(StateId),
            task_inputs: row.task_inputs.0,
            state_type: row.state_type.map(|kind| kind.0),
            state_name: row.state_name,
            run_count: row.run_count,
            flow_run_run_count: row.flow_run_run_count,
            expected_start_time: row.expected_start_time.map(Ts::into),
            next_scheduled_start_time: row.next_scheduled_start_time.map(Ts::into),
            start_time: row.start_time.map(Ts::into),
            end_time: row.end_time.map(Ts::into),
            total_run_time: row.total_run_time,
            estimated_run_time: 0.0,
            estimated_start_time_delta: 0.0,
            state,
        };
        run.estimate(row.state_timestamp.map(Ts::into), now);
        run
    }
}

fn select() -> Sql {
    select_from(sql("task_run"))
}

/// The same of tables whose last one is `task_run`.
fn select_from(tables: Sql) -> Sql {
    let columns = states::columns("task_run_state");
    let query = Sql::default().text(&format!("SELECT {COLUMNS}, {columns} FROM ")).then(tables);
    query.text(" LEFT JOIN task_run_state ON task_run_state.id = task_run.state_id")
}

/// Task runs of a complete query that begins with [`select`].
async fn read(tx: &mut Tx, query: Sql, now: Timestamp) -> Result<Vec<TaskRun>> {
    Ok(tx.all::<WithState<TaskRunRow>>(query).await?.into_iter().map(|row| row.at(now)).collect())
}

/// The task run, if it exists; its estimates are those of `now`.
pub async fn by_id(tx: &mut Tx, id: TaskRunId, now: Timestamp) -> Result<Option<TaskRun>> {
    Ok(read(tx, select().text(" WHERE task_run.id = ?").bind(id), now).await?.pop())
}

/// The same; nobody else changes the task run until the transaction ends.
pub async fn by_id_locked(tx: &mut Tx, id: TaskRunId, now: Timestamp) -> Result<Option<TaskRun>> {
    tx.lock_row("task_run", id).await?;
    by_id(tx, id, now).await
}

/// The task run with that natural key, if there is one.
pub async fn by_key(
    tx: &mut Tx,
    flow_run: FlowRunId,
    task_key: &str,
    dynamic_key: &str,
    now: Timestamp,
) -> Result<Option<TaskRun>> {
    let query = select()
        .text(" WHERE task_run.flow_run_id = ? AND task_run.task_key = ? AND task_run.dynamic_key = ?")
        .bind(flow_run)
        .bind(task_key)
        .bind(dynamic_key);
    Ok(read(tx, query, now).await?.pop())
}

/// Task runs of a flow run in the order of their expected start.
pub async fn of_flow_run(tx: &mut Tx, flow_run: FlowRunId, limit: i64, now: Timestamp) -> Result<Vec<TaskRun>> {
    let query = select()
        .text(" WHERE task_run.flow_run_id = ? ORDER BY coalesce(task_run.start_time, task_run.expected_start_time), task_run.id LIMIT ?")
        .bind(flow_run)
        .bind(limit);
    read(tx, query, now).await
}

/// Task runs that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(
    tx: &mut Tx,
    page: &Page<TaskRunSort>,
    limit: i64,
    offset: i64,
    now: Timestamp,
) -> Result<Vec<TaskRun>> {
    let order = order(page.sort.unwrap_or_default());
    // Sorted by ids alone: only the rows of the page are read whole.
    let ids = sql("(SELECT task_run.id FROM task_run WHERE ")
        .then(matching(tx, &page.filters))
        .text(&format!(" ORDER BY {order} LIMIT ? OFFSET ?) AS page CROSS JOIN task_run"))
        .bind(limit)
        .bind(offset);
    let query = select_from(ids).text(&format!(" WHERE task_run.id = page.id ORDER BY {order}"));
    read(tx, query, now).await
}

/// How many task runs a flow run has.
pub async fn count_of_flow_run(tx: &mut Tx, flow_run: FlowRunId) -> Result<i64> {
    tx.count(sql("SELECT count(*) FROM task_run WHERE flow_run_id = ?").bind(flow_run)).await
}

/// How many task runs fit.
pub async fn count(tx: &mut Tx, filters: &Filters) -> Result<i64> {
    let query = sql("SELECT count(*) FROM task_run WHERE ").then(matching(tx, filters));
    tx.count(query).await
}

fn order(sort: TaskRunSort) -> &'static str {
    match sort {
        TaskRunSort::IdDesc => "task_run.id DESC",
        TaskRunSort::ExpectedStartTimeAsc => "task_run.expected_start_time ASC, task_run.id",
        TaskRunSort::ExpectedStartTimeDesc => "task_run.expected_start_time DESC, task_run.id",
        TaskRunSort::NameAsc => "task_run.name ASC, task_run.id",
        TaskRunSort::NameDesc => "task_run.name DESC, task_run.id",
        TaskRunSort::NextScheduledStartTimeAsc => "task_run.next_scheduled_start_time ASC, task_run.id",
        TaskRunSort::EndTimeDesc => "task_run.end_time DESC, task_run.id",
    }
}

/// The condition of a task run filter on the row `task_run` of the query around it.
pub fn condition(tx: &Tx, filter: &TaskRunFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    let ids = filter.id.iter().map(|ops| filters::optional_ids("task_run.id", ops));
    let names = filter.name.iter().map(|ops| filters::names("task_run.name", ops));
    let tags = filter.tags.iter().map(|ops| filters::tags(tx, "task_run.tags", ops));
    let states = filter.state.iter().map(|ops| filters::state("task_run", ops));
    for pieces in ids.chain(names).chain(tags).chain(states) {
        all.all(pieces);
    }
    for (column, ops) in [
        ("task_run.start_time", &filter.start_time),
        ("task_run.end_time", &filter.end_time),
        ("task_run.expected_start_time", &filter.expected_start_time),
    ] {
        all.all(ops.iter().flat_map(|ops| filters::times(column, ops)).collect());
    }
    if let Some(exists) = filter.subflow_runs.as_ref().and_then(|ops| ops.exists_) {
        let word = if exists { "EXISTS" } else { "NOT EXISTS" };
        let child = " (SELECT 1 FROM flow_run AS child WHERE child.parent_task_run_id = task_run.id)";
        all.add(Sql::default().text(word).text(child));
    }
    if let Some(ops) = &filter.flow_run_id {
        all.add(match (&ops.any_, ops.is_null_) {
            (_, Some(true)) => sql("task_run.flow_run_id IS NULL"),
            (Some(ids), _) => sql("task_run.flow_run_id IN ").then(Sql::list(ids.iter().copied())),
            (None, _) => sql("task_run.flow_run_id IS NOT NULL"),
        });
    }
    all.finish()
}

/// The condition on the row `task_run` that all of the given entity filters hold; those of other nouns are
/// about the task run's flow run.
pub fn matching(tx: &Tx, filters: &Filters) -> Sql {
    let mut all: Vec<Sql> = filters.task_runs.iter().map(|filter| condition(tx, filter)).collect();
    let around = Filters { task_runs: None, ..filters.clone() };
    if around != Filters::default() {
        let of_run = crate::flow_runs::matching(tx, &around);
        all.push(sql("task_run.flow_run_id IN (SELECT flow_run.id FROM flow_run WHERE ").then(of_run).text(")"));
    }
    Sql::join(all, " AND ")
}
