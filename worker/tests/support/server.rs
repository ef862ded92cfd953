//! The part of the API that a worker uses, in memory, with the rules that matter to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use client::{Call, ClientError, Reply, Transport};
use domain::deployments::Deployment;
use domain::dry_run::DryRun;
use domain::events::Event;
use domain::flow_runs::{FlowRun, FlowRunUpdate, RetryType};
use domain::flows::Flow;
use domain::id::StateId;
use domain::logs::LogCreate;
use domain::state::{
    OrchestrationResult, SetState, SetStateDetails, SetStateStatus, State, StateCreate, StateDetails, StateType,
};
use domain::work_pools::WorkPool;
use domain::{FlowRunId, Patch, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use uuid::Uuid;

/// The server; clones are the same one.
#[derive(Clone)]
pub struct Server {
    book: Arc<Mutex<Book>>,
    seen: Arc<watch::Sender<i64>>,
}

/// What it holds, open to the tests.
pub struct Book {
    pub pool: Option<WorkPool>,
    pub runs: BTreeMap<FlowRunId, FlowRun>,
    pub deployments: BTreeMap<Uuid, Deployment>,
    pub flow: Flow,
    /// Every state that was accepted, in order.
    pub history: Vec<(FlowRunId, State)>,
    pub logs: Vec<LogCreate>,
    /// Bodies of `POST /logs/`: how many lines each.
    pub batches: Vec<usize>,
    pub heartbeats: Vec<String>,
    events: Vec<Event>,
    /// Requests that claimed many runs: how many each.
    pub claimed_at_once: Vec<usize>,
    /// Whether such requests are known.
    pub takes_batches: bool,
    /// How long storing log lines takes.
    pub slowness: Duration,
    /// While true no call is answered.
    pub down: bool,
    /// Names of workers that are reported as ONLINE.
    pub online: Vec<String>,
    /// Block documents by name: what they hold, and the same without its secrets.
    pub blocks: BTreeMap<String, (Value, Value)>,
    /// Questions to the cluster that nobody has taken, and their answers.
    questions: Vec<Value>,
    answers: BTreeMap<String, DryRun>,
}

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the test server's clock")]
pub fn now() -> Timestamp {
    Timestamp::new(chrono::Utc::now())
}

fn from<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a wire type")
}

impl Server {
    /// A server with one pool of that type, its template being `template`.
    pub fn new(kind: &str, template: Value) -> Self {
        let pool = from(json!({
            "id": Uuid::from_u128(1), "name": "pool", "type": kind, "base_job_template": template,
        }));
        let flow = from(json!({ "id": Uuid::from_u128(2), "name": "demo-flow", "tags": [] }));
        let book = Book {
            pool: Some(pool),
            runs: BTreeMap::new(),
            deployments: BTreeMap::new(),
            flow,
            history: Vec::new(),
            logs: Vec::new(),
            batches: Vec::new(),
            heartbeats: Vec::new(),
            events: Vec::new(),
            claimed_at_once: Vec::new(),
            takes_batches: true,
            slowness: Duration::ZERO,
            down: false,
            online: Vec::new(),
            blocks: BTreeMap::new(),
            questions: Vec::new(),
            answers: BTreeMap::new(),
        };
        Server { book: Arc::new(Mutex::new(book)), seen: Arc::new(watch::Sender::new(1)) }
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A deployment with an entrypoint (Prefect code) or without one (a plain command).
    pub fn deploy(&self, entrypoint: Option<&str>, job_variables: Value) -> Uuid {
        let mut book = self.book();
        let id = Uuid::from_u128(1000 + book.deployments.len() as u128);
        let deployment = from(json!({
            "id": id, "name": "demo", "flow_id": book.flow.id, "entrypoint": entrypoint,
            "job_variables": job_variables, "work_pool_name": "pool", "work_queue_name": "default",
        }));
        book.deployments.insert(id, deployment);
        id
    }

    /// A run of that deployment, due in `seconds`. The pool's followers hear of it.
    pub fn schedule(&self, deployment: Uuid, seconds: f64, more: Value) -> FlowRunId {
        let id = FlowRunId(Uuid::new_v4());
        let due = now().plus_seconds(seconds);
        let mut run = json!({
            "id": id, "name": format!("run-{}", &id.to_string()[..4]), "flow_id": self.book().flow.id,
            "deployment_id": deployment, "state_type": "SCHEDULED", "state_name": "Scheduled",
            "next_scheduled_start_time": due, "expected_start_time": due, "work_pool_name": "pool",
        });
        run.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.book().runs.insert(id, from(run));
        self.changed();
        id
    }

    fn changed(&self) {
        self.seen.send_modify(|seen| *seen += 1);
    }

    /// The run as it is now.
    pub fn run(&self, id: FlowRunId) -> FlowRun {
        self.book().runs[&id].clone()
    }

    /// Names of the states that the run went through.
    pub fn states(&self, id: FlowRunId) -> Vec<String> {
        let book = self.book();
        book.history.iter().filter(|(run, _)| *run == id).map(|(_, state)| state.name.clone()).collect()
    }

    /// The message of the run's last state.
    pub fn message(&self, id: FlowRunId) -> String {
        self.run(id).state.and_then(|state| state.message).unwrap_or_default()
    }

    /// The events of Jobs and pods of the run: their names, in order.
    pub fn told(&self, id: FlowRunId) -> Vec<String> {
        let about = format!("prefect.flow-run.{id}");
        let book = self.book();
        let mut events: Vec<&Event> =
            book.events.iter().filter(|event| event.related.iter().any(|of| of.id() == about)).collect();
        events.sort_by_key(|event| event.occurred);
        events.iter().map(|event| event.event.trim_start_matches("prefect.kubernetes.").to_owned()).collect()
    }

    /// Messages of the run's log, of one logger.
    pub fn lines(&self, id: FlowRunId, logger: &str) -> Vec<String> {
        let book = self.book();
        let lines = book.logs.iter().filter(|line| line.flow_run_id == Some(id) && line.name == logger);
        lines.map(|line| line.message.clone()).collect()
    }

    /// Puts the run into a state as a person or the run itself would.
    pub fn set(&self, id: FlowRunId, state: StateCreate) -> SetStateStatus {
        let status = self.book().set_state(id, SetState { state, force: false }).status;
        self.changed();
        status
    }

    /// Waits until the run has ended.
    pub async fn ended(&self, id: FlowRunId) -> StateType {
        super::eventually("the run has ended", async || self.is_over(id)).await;
        self.run(id).state_type.expect("a state")
    }

    fn is_over(&self, id: FlowRunId) -> bool {
        self.run(id).state_type.is_some_and(StateType::is_terminal)
    }
}

fn reply(status: u16, body: &impl serde::Serialize) -> Reply {
    Reply { status, body: serde_json::to_vec(body).expect("JSON").into() }
}

#[async_trait]
impl Transport for Server {
    async fn send(&self, call: Call) -> client::Result<Reply> {
        if self.book().down {
            return Err(ClientError::Unreachable("connection refused".to_owned()));
        }
        if call.path.starts_with("/api/logs") {
            let slowness = self.book().slowness;
            tokio::time::sleep(slowness).await;
        }
        let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
        if let Some(name) = path.strip_prefix("/api/block_types/").and_then(|path| path.rsplit('/').next()) {
            return Ok(self.block(name, query));
        }
        if path.starts_with("/api/reeve/work_pools/") {
            return Ok(self.wait(query).await);
        }
        let body: Value = call.body.as_deref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
        let parts: Vec<&str> = path.trim_start_matches("/api/").trim_end_matches('/').split('/').collect();
        let answer = self.book().answer(call.method.as_str(), &parts, body);
        if parts.last() == Some(&"set_state") {
            self.changed();
        }
        Ok(answer)
    }
}

impl Server {
    async fn wait(&self, query: &str) -> Reply {
        let known: i64 =
            query.split('&').find_map(|pair| pair.strip_prefix("seen=")).expect("seen").parse().expect("a number");
        let mut seen = self.seen.subscribe();
        // Held for five seconds at most: the tests do not wait for more.
        let _ = tokio::time::timeout(Duration::from_secs(5), seen.wait_for(|seen| *seen != known)).await;
        let seen = *seen.borrow();
        let question = query.contains("dry_runs=true").then(|| self.book().questions.pop());
        reply(200, &json!({ "seen": seen, "dry_run": question.flatten() }))
    }

    fn block(&self, name: &str, query: &str) -> Reply {
        let book = self.book();
        match book.blocks.get(name) {
            Some((whole, _)) if query.contains("include_secrets=true") => reply(200, &json!({ "data": whole })),
            Some((_, hidden)) => reply(200, &json!({ "data": hidden })),
            None => reply(404, &json!({ "detail": "Block document not found" })),
        }
    }

    /// Asks the cluster through the worker; its answer.
    pub async fn dry_run(&self, template: Value, deployment: Option<Uuid>) -> DryRun {
        let id = Uuid::new_v4();
        let question = json!({ "id": id, "base_job_template": template, "deployment_id": deployment });
        self.book().questions.push(question);
        self.changed();
        super::eventually("the question is answered", async || self.book().answers.contains_key(&id.to_string())).await;
        self.book().answers[&id.to_string()].clone()
    }
}

impl Book {
    fn answer(&mut self, method: &str, parts: &[&str], body: Value) -> Reply {
        let run = |id: &str| -> FlowRunId { id.parse().expect("an id") };
        match (method, parts) {
            ("GET", ["work_pools", _]) => self.pool.as_ref().map_or(reply(404, &json!({})), |pool| reply(200, pool)),
            ("POST", ["work_pools"]) => {
                let mut pool = body;
                pool["id"] = json!(Uuid::from_u128(1));
                self.pool = Some(from(pool));
                reply(201, &self.pool)
            }
            ("PATCH", ["work_pools", _]) => {
                let pool = self.pool.as_mut().expect("a pool");
                pool.base_job_template = body["base_job_template"].as_object().expect("a template").clone();
                reply(204, &json!(null))
            }
            ("POST", ["work_pools", _, "workers", "heartbeat"]) if self.pool.is_none() => reply(404, &json!({})),
            ("POST", ["work_pools", _, "workers", "heartbeat"]) => {
                self.heartbeats.push(body["name"].as_str().expect("a name").to_owned());
                reply(204, &json!(null))
            }
            ("POST", ["work_pools", _, "workers", "filter"]) => reply(200, &self.workers()),
            ("POST", ["work_pools", _, "get_scheduled_flow_runs"]) => reply(200, &self.scheduled(&body)),
            ("GET", ["deployments", id]) => match self.deployments.get(&id.parse().expect("an id")) {
                Some(deployment) => reply(200, deployment),
                None => reply(404, &json!({ "detail": "Deployment not found" })),
            },
            ("GET", ["flows", _]) => reply(200, &self.flow),
            ("POST", ["flow_runs", id, "set_state"]) => reply(201, &self.set_state(run(id), from(body))),
            ("POST", ["flow_runs", "bulk_set_state"]) => self.set_states(body),
            ("PATCH", ["flow_runs", id, "labels"]) => {
                let labels = &mut self.runs.get_mut(&run(id)).expect("a run").labels;
                labels.extend(body.as_object().expect("labels").clone());
                reply(204, &json!(null))
            }
            ("PATCH", ["flow_runs", id]) => {
                let update: FlowRunUpdate = from(body);
                if let Patch::Value(pid) = update.infrastructure_pid {
                    self.runs.get_mut(&run(id)).expect("a run").infrastructure_pid = Some(pid);
                }
                reply(204, &json!(null))
            }
            ("GET", ["flow_runs", id]) => reply(200, &self.runs[&run(id)]),
            ("POST", ["flow_runs", "filter"]) => reply(200, &self.filter(&body)),
            ("POST", ["events"]) => {
                self.events.extend(from::<Vec<Event>>(body));
                reply(204, &json!(null))
            }
            ("POST", ["logs"]) => {
                let lines: Vec<LogCreate> = from(body);
                self.batches.push(lines.len());
                self.logs.extend(lines);
                reply(201, &json!(null))
            }
            ("POST", ["reeve", "dry_run", id]) => {
                self.answers.insert((*id).to_owned(), from(body));
                reply(204, &json!(null))
            }
            ("POST", ["logs", "filter"]) => reply(200, &self.newest_lines(&body)),
            _ => panic!("the worker calls {method} {parts:?}"),
        }
    }

    fn workers(&self) -> Vec<Value> {
        let worker = |name: &String| json!({ "id": Uuid::new_v4(), "name": name, "work_pool_id": Uuid::from_u128(1), "status": "ONLINE" });
        self.online.iter().map(worker).collect()
    }

    fn scheduled(&self, body: &Value) -> Vec<Value> {
        let before: Timestamp = from(body["scheduled_before"].clone());
        let mut due: Vec<&FlowRun> = self
            .runs
            .values()
            .filter(|run| run.state_type == Some(StateType::Scheduled))
            .filter(|run| run.empirical_policy.retry_type != Some(RetryType::InProcess))
            .filter(|run| run.next_scheduled_start_time.is_some_and(|at| at <= before))
            .collect();
        due.sort_by_key(|run| run.next_scheduled_start_time);
        let of = |run: &FlowRun| json!({ "work_pool_id": Uuid::from_u128(1), "work_queue_id": Uuid::nil(), "flow_run": run });
        due.into_iter().map(of).collect()
    }

    fn filter(&self, body: &Value) -> Vec<FlowRun> {
        let filter = &body["flow_runs"];
        let ids: Option<Vec<FlowRunId>> = filter["id"]["any_"].as_array().map(|ids| from(json!(ids)));
        let kinds: Option<Vec<StateType>> = filter["state"]["type"]["any_"].as_array().map(|kinds| from(json!(kinds)));
        let fits = |run: &&FlowRun| {
            ids.as_ref().is_none_or(|ids| ids.contains(&run.id))
                && kinds.as_ref().is_none_or(|kinds| run.state_type.is_some_and(|kind| kinds.contains(&kind)))
        };
        self.runs.values().filter(fits).cloned().collect()
    }

    fn newest_lines(&self, body: &Value) -> Vec<Value> {
        let run: Vec<FlowRunId> = from(body["logs"]["flow_run_id"]["any_"].clone());
        let lines = self.logs.iter().rev().filter(|line| line.flow_run_id.is_some_and(|id| run.contains(&id)));
        let of = |line: &LogCreate| {
            let mut value = json!(line);
            value["id"] = json!(Uuid::new_v4());
            value
        };
        lines.take(200).map(of).collect()
    }

    /// The rules of the real server that a worker can meet.
    /// One state for many runs, by servers that know the route.
    fn set_states(&mut self, body: Value) -> Reply {
        let ids: Vec<FlowRunId> = from(body["flow_runs"]["id"]["any_"].clone());
        self.claimed_at_once.push(ids.len());
        if !self.takes_batches {
            return reply(404, &json!({ "detail": "Not Found" }));
        }
        let one = |id: &FlowRunId| {
            let result = self.set_state(*id, from(json!({ "state": body["state"], "force": false })));
            let mut answer = serde_json::to_value(result).expect("JSON");
            answer["flow_run_id"] = json!(id);
            answer
        };
        reply(200, &json!({ "results": ids.iter().map(one).collect::<Vec<_>>() }))
    }

    fn set_state(&mut self, id: FlowRunId, proposal: SetState) -> OrchestrationResult {
        let run = self.runs.get_mut(&id).expect("a run");
        let (from, to) = (run.state_type.expect("a state"), proposal.state.kind);
        let abort = |reason: &str| SetStateDetails::AbortDetails { reason: Some(reason.to_owned()) };
        let reject = || SetStateDetails::RejectDetails { reason: None };
        let unchanged =
            |status, details, run: &FlowRun| OrchestrationResult { state: run.state.clone(), status, details };
        let name = proposal.state.name.clone().unwrap_or_else(|| to.default_name().to_owned());
        let mut state = proposal.state;
        let mut status = SetStateStatus::Accept;
        if !proposal.force {
            if from.is_terminal() {
                return unchanged(SetStateStatus::Abort, abort("already ended"), run);
            }
            if from == StateType::Cancelling && to != StateType::Cancelled {
                return unchanged(SetStateStatus::Reject, reject(), run);
            }
            let renamed = from == StateType::Pending && run.state_name.as_deref() != Some(&name) && name != "Pending";
            if to == StateType::Pending && from != StateType::Scheduled && !renamed {
                return unchanged(SetStateStatus::Abort, abort("taken"), run);
            }
            let due = run.state.as_ref().and_then(|state| state.scheduled_time());
            if to == StateType::Running && due.is_some_and(|due| due > now()) {
                let details = SetStateDetails::WaitDetails { delay_seconds: 1, reason: None };
                return unchanged(SetStateStatus::Wait, details, run);
            }
            if to == StateType::Failed && run.empirical_policy.retries.is_some_and(|retries| run.run_count <= retries) {
                let delay = run.empirical_policy.retry_delay.unwrap_or(0);
                run.empirical_policy.retry_type = Some(RetryType::InProcess);
                state =
                    StateCreate::new(StateType::Scheduled).named("AwaitingRetry").at(now().plus_seconds(delay as f64));
                status = SetStateStatus::Reject;
            }
        }
        let details = if status == SetStateStatus::Accept { SetStateDetails::AcceptDetails } else { reject() };
        run.run_count += i64::from(state.kind == StateType::Running);
        state.state_details = StateDetails { flow_run_id: Some(id), ..state.state_details };
        let state = state.minted(StateId(Uuid::new_v4()), now());
        (run.state_type, run.state_name, run.state) = (Some(state.kind), Some(state.name.clone()), Some(state.clone()));
        run.next_scheduled_start_time = state.scheduled_time();
        self.history.push((id, state.clone()));
        OrchestrationResult { state: Some(state), status, details }
    }
}

/// A template of the process type with its usual variables.
pub fn process_template() -> Value {
    json!(domain::default_templates::default_base_job_template("process", domain::Major::V3).expect("known"))
}

/// A template of the kubernetes type with its usual variables.
pub fn kubernetes_template() -> Value {
    json!(domain::default_templates::default_base_job_template("kubernetes", domain::Major::V3).expect("known"))
}

/// An object, for [`Server::schedule`].
pub fn nothing() -> Value {
    Value::Object(Map::new())
}
