//! The part of the API that a worker uses, in memory, with the rules that matter to it.

mod answers;
mod states;

use std::collections::{BTreeMap, HashMap};
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
use domain::output::{Output, OutputEnd, OutputLine};
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
    /// What was told of the Job and the pods of a run.
    pub infrastructure: HashMap<FlowRunId, Value>,
    /// What was kept of the output of a run's pods.
    pub output: HashMap<FlowRunId, Vec<OutputLine>>,
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
            infrastructure: HashMap::new(),
            output: HashMap::new(),
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

    /// What is kept of what the run's pods printed.
    pub fn printed(&self, id: FlowRunId) -> Vec<String> {
        self.book().output.get(&id).into_iter().flatten().map(|line| line.text.clone()).collect()
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
