//! Table `flow_run`.

use domain::filter::{Filters, Page, TimeOps};
use domain::flow_runs::{CreatedBy, CreatedByOps, FlowRun, FlowRunFilter, FlowRunPolicy, FlowRunSort};
use domain::flows::Labels;
use domain::state::StateType;
use domain::{DeploymentId, FlowId, FlowRunId, StateId, TaskRunId, Timestamp, WorkPoolId, WorkQueueId};
use serde_json::{Map, Value};

use crate::column::{Json, Ts, Word};
use crate::filters::{self, Conditions};
use crate::sql::{Sql, json, json_or_null, sql};
use crate::states::{self, WithState};
use crate::{Result, Tx, flow_run_states, row};

mod graph;
mod history;
mod insert;
pub mod overdue;
mod rows;
mod surroundings;
mod update;

pub use graph::{artifacts as graph_artifacts, parts as graph_parts};
pub use history::{average_lateness, history, starts};
pub use insert::{NewFlowRun, Slot, insert, insert_many};
pub use rows::{active, ended, failing_deployments, late, of_task_run, subflow_runs, upcoming, with_names};
pub use surroundings::{Surroundings, surroundings};
pub use update::{save, save_after_state};

row! {
    struct FlowRunRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        flow_id: sqlx::types::Uuid,
        deployment_id: Option<sqlx::types::Uuid>,
        deployment_version: Option<String>,
        work_queue_id: Option<sqlx::types::Uuid>,
        work_queue_name: Option<String>,
        work_pool_id: Option<sqlx::types::Uuid>,
        work_pool_name: Option<String>,
        flow_version: Option<String>,
        parameters: Json<Map<String, Value>>,
        idempotency_key: Option<String>,
        context: Json<Map<String, Value>>,
        empirical_policy: Json<FlowRunPolicy>,
        tags: Json<Vec<String>>,
        labels: Json<Labels>,
        parent_task_run_id: Option<sqlx::types::Uuid>,
        state_id: Option<sqlx::types::Uuid>,
        state_type: Option<Word<StateType>>,
        state_name: Option<String>,
        state_timestamp: Option<Ts>,
        run_count: i64,
        expected_start_time: Option<Ts>,
        next_scheduled_start_time: Option<Ts>,
        start_time: Option<Ts>,
        end_time: Option<Ts>,
        total_run_time: f64,
        auto_scheduled: bool,
        infrastructure_document_id: Option<sqlx::types::Uuid>,
        infrastructure_pid: Option<String>,
        created_by: Option<Json<CreatedBy>>,
        job_variables: Option<Json<Map<String, Value>>>,
    }
}

/// What is selected; the queue's name is the queue's own where there still is one.
const COLUMNS: &str = "flow_run.id, flow_run.created, flow_run.updated, flow_run.name, flow_run.flow_id, \
    flow_run.deployment_id, flow_run.deployment_version, flow_run.work_queue_id, \
    coalesce(work_queue.name, flow_run.work_queue_name) AS work_queue_name, \
    work_pool.id AS work_pool_id, work_pool.name AS work_pool_name, \
    flow_run.flow_version, flow_run.parameters, flow_run.idempotency_key, flow_run.context, \
    flow_run.empirical_policy, flow_run.tags, flow_run.labels, flow_run.parent_task_run_id, \
    flow_run.state_id, flow_run.state_type, flow_run.state_name, flow_run.state_timestamp, \
    flow_run.run_count, flow_run.expected_start_time, flow_run.next_scheduled_start_time, \
    flow_run.start_time, flow_run.end_time, flow_run.total_run_time, flow_run.auto_scheduled, \
    flow_run.infrastructure_document_id, flow_run.infrastructure_pid, flow_run.created_by, flow_run.job_variables";

impl WithState<FlowRunRow> {
    /// The run as it looks at `now`.
    fn at(self, now: Timestamp) -> FlowRun {
        let WithState { row, state } = self;
        let mut run = FlowRun {
            id: FlowRunId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            flow_id: FlowId(row.flow_id),
            state_id: row.state_id.map(StateId),
            deployment_id: row.deployment_id.map(DeploymentId),
            deployment_version: row.deployment_version,
            work_queue_id: row.work_queue_id.map(WorkQueueId),
            work_queue_name: row.work_queue_name,
            flow_version: row.flow_version,
            parameters: row.parameters.0,
            idempotency_key: row.idempotency_key,
            context: row.context.0,
            empirical_policy: row.empirical_policy.0,
            tags: row.tags.0,
            labels: row.labels.0,
            parent_task_run_id: row.parent_task_run_id.map(TaskRunId),
            state_type: row.state_type.map(|kind| kind.0),
            state_name: row.state_name,
            run_count: row.run_count,
            expected_start_time: row.expected_start_time.map(Ts::into),
            next_scheduled_start_time: row.next_scheduled_start_time.map(Ts::into),
            start_time: row.start_time.map(Ts::into),
            end_time: row.end_time.map(Ts::into),
            total_run_time: row.total_run_time,
            estimated_run_time: 0.0,
            estimated_start_time_delta: 0.0,
            auto_scheduled: row.auto_scheduled,
            infrastructure_document_id: row.infrastructure_document_id,
            infrastructure_pid: row.infrastructure_pid,
            created_by: row.created_by.map(|by| by.0),
            work_pool_id: row.work_pool_id.map(WorkPoolId),
            work_pool_name: row.work_pool_name,
            state,
            job_variables: row.job_variables.map(|variables| variables.0),
        };
        run.estimate(row.state_timestamp.map(Ts::into), now);
        run
    }
}

fn select() -> Sql {
    select_from(sql("flow_run"))
}

/// The same of tables whose last one is `flow_run`.
fn select_from(tables: Sql) -> Sql {
    Sql::default().text(&format!("SELECT {COLUMNS}, {} FROM ", states::columns("flow_run_state"))).then(tables).text(
        " LEFT JOIN flow_run_state ON flow_run_state.id = flow_run.state_id
         LEFT JOIN work_queue ON work_queue.id = flow_run.work_queue_id
         LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id",
    )
}

/// Runs of a complete query that begins with [`select`].
async fn read(tx: &mut Tx, query: Sql, now: Timestamp) -> Result<Vec<FlowRun>> {
    Ok(tx.all::<WithState<FlowRunRow>>(query).await?.into_iter().map(|row| row.at(now)).collect())
}

/// The run, if it exists; its estimates are those of `now`.
pub async fn by_id(tx: &mut Tx, id: FlowRunId, now: Timestamp) -> Result<Option<FlowRun>> {
    Ok(read(tx, select().text(" WHERE flow_run.id = ?").bind(id), now).await?.pop())
}

/// The same; nobody else changes the run until the transaction ends.
pub async fn by_id_locked(tx: &mut Tx, id: FlowRunId, now: Timestamp) -> Result<Option<FlowRun>> {
    let query = select().text(" WHERE flow_run.id = ?").bind(id).text(&tx.for_update_of("flow_run"));
    match read(tx, query, now).await?.pop() {
        // The row of now with the state of before: its lock had to be waited for.
        Some(run) if run.state_id != run.state.as_ref().map(|state| state.id) => by_id(tx, id, now).await,
        found => Ok(found),
    }
}

/// Runs by their ids, in no order.
pub async fn by_ids(tx: &mut Tx, ids: &[FlowRunId], now: Timestamp) -> Result<Vec<FlowRun>> {
    let query = select().text(" WHERE flow_run.id IN ").then(Sql::list(ids.iter().copied()));
    read(tx, query, now).await
}

/// The run of a flow with that key, if there is one.
pub async fn by_idempotency_key(tx: &mut Tx, flow: FlowId, key: &str, now: Timestamp) -> Result<Option<FlowRun>> {
    let query = select().text(" WHERE flow_run.flow_id = ? AND flow_run.idempotency_key = ?").bind(flow).bind(key);
    Ok(read(tx, query, now).await?.pop())
}

/// Runs that fit, in the asked order. `limit` and `offset` are checked by the caller.
pub async fn filter(
    tx: &mut Tx,
    page: &Page<FlowRunSort>,
    limit: i64,
    offset: i64,
    now: Timestamp,
) -> Result<Vec<FlowRun>> {
    let order = order(page.sort.unwrap_or_default());
    // Sorted by ids alone: only the rows of the page are read whole.
    let ids = sql("(SELECT flow_run.id FROM flow_run WHERE ")
        .then(matching(tx, &page.filters))
        .text(&format!(" ORDER BY {order} LIMIT ? OFFSET ?) AS page CROSS JOIN flow_run"))
        .bind(limit)
        .bind(offset);
    let query = select_from(ids).text(&format!(" WHERE flow_run.id = page.id ORDER BY {order}"));
    read(tx, query, now).await
}

/// Runs for which `condition` (on the row `flow_run`, and `work_queue`, `work_pool` joined to it) holds,
/// in the order of the SQL text `order`.
pub async fn where_(tx: &mut Tx, condition: Sql, order: &str, limit: i64, now: Timestamp) -> Result<Vec<FlowRun>> {
    let query = select().text(" WHERE ").then(condition).text(&format!(" ORDER BY {order} LIMIT ?")).bind(limit);
    read(tx, query, now).await
}

/// The run of each of these flows that comes next, if there is one: the soonest, also when its time is over.
pub async fn next_of_flows(tx: &mut Tx, flows: &[FlowId], now: Timestamp) -> Result<Vec<FlowRun>> {
    let query = select()
        .text(
            " WHERE flow_run.id IN (SELECT id FROM (
                  SELECT planned.id, row_number() OVER (PARTITION BY planned.flow_id
                         ORDER BY planned.next_scheduled_start_time, planned.id) AS place
                  FROM flow_run AS planned
                  WHERE planned.state_type = 'SCHEDULED' AND planned.next_scheduled_start_time IS NOT NULL
                  AND planned.flow_id IN ",
        )
        .then(Sql::list(flows.iter().copied()))
        .text(") AS numbered WHERE place = 1)");
    read(tx, query, now).await
}

/// How many runs fit.
pub async fn count(tx: &mut Tx, filters: &Filters) -> Result<i64> {
    let query = sql("SELECT count(*) FROM flow_run WHERE ").then(matching(tx, filters));
    tx.count(query).await
}

row! {
    struct LabelsRow {
        labels: Json<Labels>,
    }
}

/// The run's labels, if it exists.
pub async fn labels(tx: &mut Tx, id: FlowRunId) -> Result<Option<Labels>> {
    let query = sql("SELECT labels FROM flow_run WHERE id = ?").bind(id);
    Ok(tx.optional::<LabelsRow>(query).await?.map(|row| row.labels.0))
}

row! {
    struct TagsRow {
        tags: Json<Vec<String>>,
    }
}

/// The tags of the newest runs, in the order of the alphabet; `runs` is how many runs are looked at.
pub async fn tags(tx: &mut Tx, runs: i64) -> Result<Vec<String>> {
    let query = sql("SELECT DISTINCT tags FROM (
                         SELECT tags FROM flow_run ORDER BY expected_start_time DESC LIMIT ?) AS newest")
    .bind(runs);
    let all = tx.all::<TagsRow>(query).await?.into_iter().flat_map(|row| row.tags.0);
    Ok(all.collect::<std::collections::BTreeSet<_>>().into_iter().collect())
}

/// Deletes the run with its states; whether it existed. Its task runs and logs have no foreign key and go
/// with [`crate::task_runs::delete_of_flow_runs`] and the logs' own call.
pub async fn delete(tx: &mut Tx, id: FlowRunId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM flow_run WHERE id = ?").bind(id)).await? == 1)
}

fn order(sort: FlowRunSort) -> &'static str {
    match sort {
        FlowRunSort::IdDesc => "flow_run.id DESC",
        FlowRunSort::StartTimeAsc => "coalesce(flow_run.start_time, flow_run.expected_start_time) ASC, flow_run.id",
        FlowRunSort::StartTimeDesc => "coalesce(flow_run.start_time, flow_run.expected_start_time) DESC, flow_run.id",
        FlowRunSort::ExpectedStartTimeAsc => "flow_run.expected_start_time ASC, flow_run.id",
        FlowRunSort::ExpectedStartTimeDesc => "flow_run.expected_start_time DESC, flow_run.id",
        FlowRunSort::NameAsc => "flow_run.name ASC, flow_run.id",
        FlowRunSort::NameDesc => "flow_run.name DESC, flow_run.id",
        FlowRunSort::NextScheduledStartTimeAsc => "flow_run.next_scheduled_start_time ASC, flow_run.id",
        FlowRunSort::EndTimeDesc => "flow_run.end_time DESC, flow_run.id",
    }
}

/// The condition of a flow run filter on the row `flow_run` of the query around it.
pub fn condition(tx: &Tx, filter: &FlowRunFilter) -> Sql {
    let mut all = Conditions::new(filter.operator);
    let ids = filter.id.iter().map(|ops| filters::ids("flow_run.id", ops));
    let names = filter.name.iter().map(|ops| filters::names("flow_run.name", ops));
    let tags = filter.tags.iter().map(|ops| filters::tags(tx, "flow_run.tags", ops));
    let deployments = filter.deployment_id.iter().map(|ops| filters::optional_ids("flow_run.deployment_id", ops));
    let queues = filter.work_queue_name.iter().map(|ops| filters::optional_texts("flow_run.work_queue_name", ops));
    let states = filter.state.iter().map(|ops| filters::state("flow_run", ops));
    let versions = filter.flow_version.iter().map(|ops| filters::any_text("flow_run.flow_version", ops));
    let keys = filter.idempotency_key.iter().map(|ops| filters::texts("flow_run.idempotency_key", ops));
    let parents = filter.parent_task_run_id.iter().map(|ops| filters::optional_ids("flow_run.parent_task_run_id", ops));
    for pieces in ids.chain(names).chain(tags).chain(deployments).chain(queues).chain(states) {
        all.all(pieces);
    }
    for pieces in versions.chain(keys).chain(parents) {
        all.all(pieces);
    }
    all.all(filter.start_time.iter().flat_map(begun).collect());
    for (column, ops) in [
        ("flow_run.end_time", &filter.end_time),
        ("flow_run.expected_start_time", &filter.expected_start_time),
        ("flow_run.next_scheduled_start_time", &filter.next_scheduled_start_time),
    ] {
        all.all(ops.iter().flat_map(|ops| filters::times(column, ops)).collect());
    }
    if let Some(parents) = filter.parent_flow_run_id.as_ref().and_then(|ops| ops.any_.as_ref()) {
        let wrappers = sql("(SELECT wrapper.id FROM task_run AS wrapper WHERE wrapper.flow_run_id IN ");
        let wrappers = wrappers.then(Sql::list(parents.iter().copied())).text(")");
        all.add(sql("flow_run.parent_task_run_id IN ").then(wrappers));
    }
    if let Some(ops) = &filter.created_by {
        all.all(created_by(tx, ops));
    }
    all.finish()
}

/// A run that has not begun counts with the time at which it is expected to; whether it has begun is another
/// question.
fn begun(ops: &TimeOps) -> Vec<Sql> {
    let between = TimeOps { is_null_: None, ..ops.clone() };
    let null = TimeOps { is_null_: ops.is_null_, ..TimeOps::default() };
    let between = filters::times("coalesce(flow_run.start_time, flow_run.expected_start_time)", &between);
    between.into_iter().chain(filters::times("flow_run.start_time", &null)).collect()
}

fn created_by(tx: &Tx, ops: &CreatedByOps) -> Vec<Sql> {
    let is_in = |key: &str, words: Vec<String>| {
        Sql::default().text(&tx.json_text("flow_run.created_by", key)).text(" IN ").then(Sql::list(words))
    };
    let ids = ops.id_.as_ref().map(|ids| is_in("id", ids.iter().map(ToString::to_string).collect()));
    let types = ops.type_.as_ref().map(|types| is_in("type", types.clone()));
    let null = ops
        .is_null_
        .map(|null| if null { sql("flow_run.created_by IS NULL") } else { sql("flow_run.created_by IS NOT NULL") });
    filters::either_or_both(ops.operator, ids.into_iter().chain(types).chain(null).collect())
}

/// The condition on the row `flow_run` that all of the given entity filters hold.
pub fn matching(tx: &Tx, filters: &Filters) -> Sql {
    // Lists of ids rather than EXISTS: the databases may then begin with what there is least of.
    let among = |ids: &'static str, condition: Sql| sql(ids).text(" WHERE ").then(condition).text(")");
    let mut all: Vec<Sql> = filters.flow_runs.iter().map(|filter| condition(tx, filter)).collect();
    if let Some(filter) = &filters.flows {
        all.push(match crate::flows::only_ids(filter) {
            // A run's flow exists.
            Some(ids) => sql("flow_run.flow_id IN ").then(Sql::list(ids.iter().copied())),
            None => among("flow_run.flow_id IN (SELECT flow.id FROM flow", crate::flows::condition(tx, filter)),
        });
    }
    if let Some(filter) = &filters.task_runs {
        let ids = "flow_run.id IN (SELECT task_run.flow_run_id FROM task_run";
        all.push(among(ids, crate::task_runs::condition(tx, filter)));
    }
    if let Some(filter) = &filters.deployments {
        let ids = "flow_run.deployment_id IN (SELECT deployment.id FROM deployment";
        all.push(among(ids, crate::deployments::condition(tx, filter)));
    }
    if let Some(filter) = &filters.work_pools {
        let ids = "flow_run.work_queue_id IN (SELECT work_queue.id FROM work_queue \
                   JOIN work_pool ON work_pool.id = work_queue.work_pool_id";
        all.push(among(ids, crate::work_pools::condition(filter)));
    }
    if let Some(filter) = &filters.work_pool_queues {
        let ids = "flow_run.work_queue_id IN (SELECT work_queue.id FROM work_queue";
        all.push(among(ids, crate::work_queues::condition(filter)));
    }
    Sql::join(all, " AND ")
}
