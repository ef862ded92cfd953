//! Plays a recording of a real server's traffic to ours and compares every answer.
//!
//! Ids that a server mints are learnt from the answers: where the recording has one id and we have another,
//! the two stand for each other from then on. Datetimes, durations and minted names may differ; all else,
//! every key and every status, may not. The clock stands where it stood in the recording.

use std::collections::HashMap;

use axum::http::Method;
use domain::{Major, Timestamp, Uuid};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{START, Server};

#[derive(Deserialize)]
struct Recording {
    about: String,
    major: String,
    /// Compare also what comes from deployments and pools: the recording begins with an empty server.
    #[serde(default)]
    exact: bool,
    /// When it begins, where the bodies name the time; the loops run then as they ran there.
    #[serde(default)]
    begins: Option<Timestamp>,
    /// Runs that were there before.
    given: Vec<Given>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Given {
    id: Uuid,
    /// Body of the request that makes it, without the state.
    run: Value,
    /// Its state; without one it is as its schedule made it.
    state: Option<Value>,
    /// Body of the request that changed it since.
    #[serde(default)]
    patch: Option<Value>,
}

#[derive(Deserialize)]
struct Step {
    /// Seconds since the first step.
    t: f64,
    /// Method and path.
    call: String,
    #[serde(default)]
    body: Option<Value>,
    /// Not looked at where the real server was too busy.
    status: Option<u16>,
    /// Not looked at when it was not recorded.
    #[serde(default)]
    answer: Option<Value>,
    /// Why the answers differ; theirs tells only which ids are meant later.
    #[serde(default)]
    differs: Option<String>,
    /// The id of what this step makes, where the answer was not recorded.
    #[serde(default)]
    gives: Option<Uuid>,
    /// Keys under which we answer otherwise on purpose.
    #[serde(default)]
    apart_from: Vec<String>,
}

/// What runs got from deployments, pools and queues that the replay does not have, and what is random.
const UNCOMPARED: [&str; 13] = [
    "job_variables",
    "work_queue_id",
    "work_queue_name",
    "work_pool_id",
    "work_pool_name",
    "deployment_version",
    "created_by",
    "auto_scheduled",
    "labels",
    "total_run_time",
    "estimated_run_time",
    "estimated_start_time_delta",
    "request_body",
];

/// What is never compared: what real servers write down some time later, durations until now, and echoes.
const NEVER_COMPARED: [&str; 8] = [
    "next_page",
    "last_polled",
    "total_run_time",
    "estimated_run_time",
    "estimated_start_time_delta",
    "time_in_current_state",
    "request_body",
    "input",
];

/// Recorded ids and ours.
#[derive(Default)]
struct Ids {
    known: HashMap<Uuid, Uuid>,
    exact: bool,
    apart_from: Vec<String>,
}

impl Ids {
    /// The text with every recorded id replaced by ours.
    fn ours(&self, text: &str) -> String {
        self.known
            .iter()
            .fold(text.to_owned(), |text, (theirs, ours)| text.replace(&theirs.to_string(), &ours.to_string()))
    }

    fn ours_in(&self, value: &Value) -> Value {
        serde_json::from_str(&self.ours(&value.to_string())).expect("still JSON")
    }

    /// Whether the member of that name is compared.
    fn compares(&self, key: &str) -> bool {
        if self.apart_from.iter().any(|apart| apart == key) {
            return false;
        }
        if self.exact { !NEVER_COMPARED.contains(&key) } else { !UNCOMPARED.contains(&key) }
    }

    /// Whether the two ids may stand for each other; they do from now on.
    fn match_up(&mut self, theirs: Uuid, ours: Uuid) -> bool {
        *self.known.entry(theirs).or_insert(ours) == ours
    }
}

/// Plays `recording` from its first step to its last; every difference is told at the end.
pub async fn replay(server: Server, recording: &str) {
    let recording: Recording = serde_json::from_str(recording).expect("a recording");
    let major = if recording.major == "v2" { Major::V2 } else { Major::V3 };
    let mut ids = Ids { exact: recording.exact, ..Ids::default() };
    if recording.begins.is_some() {
        let installed = server::orchestration::blocks::catalogue::install(&server.app.store, server.app.clock.now());
        installed.await.expect("the kinds of blocks are known");
    }
    for given in &recording.given {
        prepare(&server, &mut ids, given).await;
    }
    let start: Timestamp = START.parse().expect("a datetime");
    let shift = recording.begins.map_or(0.0, |begins| begins.seconds_since(start));
    let mut differences = Vec::new();
    for (n, step) in recording.steps.iter().enumerate() {
        let (method, path) = step.call.split_once(' ').expect("a method and a path");
        let method: Method = method.parse().expect("a method");
        server.pass_until(shift + step.t);
        if path == "/flow_runs/" {
            know_flow(&server, &mut ids, step.body.as_ref().unwrap_or(&Value::Null)).await;
        }
        if recording.begins.is_some() {
            run_the_loops(&server).await;
        }
        let body = step.body.as_ref().map(|body| ids.ours_in(body));
        let (status, answer) = server.call(major, method, &ids.ours(path), body).await;
        server::scheduler::polls::tick(server.app.clone()).await.expect("polls are written down");
        server::scheduler::triggers::tick(server.app.clone()).await.expect("events are heard");
        server::scheduler::triggers::look(server.app.clone()).await.expect("absence is noticed");
        server::scheduler::automation_actions::tick(server.app.clone()).await.expect("actions are carried out");
        let place = format!("step {n}: {}", step.call);
        let Some(expected) = step.status else { continue };
        if status != expected && step.differs.is_none() {
            differences.push(format!("{place}\n  {status}, not {expected}: {answer}"));
            continue;
        }
        if let (Some(theirs), Some(ours)) = (step.gives, answer["id"].as_str().and_then(|id| id.parse().ok())) {
            ids.match_up(theirs, ours);
        }
        let Some(theirs) = &step.answer else { continue };
        ids.apart_from.clone_from(&step.apart_from);
        let compared = same(&mut ids, &answer, theirs, "$");
        if let (Err(difference), None) = (compared, &step.differs) {
            differences.push(format!("{place}\n  {difference}\n  ours:   {answer}\n  theirs: {theirs}"));
        }
    }
    let (about, major) = (&recording.about, &recording.major);
    assert!(differences.is_empty(), "{about} ({major}) differs:\n{}", differences.join("\n"));
}

/// What the server does by itself.
async fn run_the_loops(server: &Server) {
    use server::scheduler::{cancellation_cleanup, due_runs, foreman, late_runs, pause_expirations, repossessor};
    let app = || server.app.clone();
    due_runs::tick(app()).await.expect("runs are planned");
    late_runs::tick(app()).await.expect("late runs are marked");
    pause_expirations::tick(app()).await.expect("pauses end");
    cancellation_cleanup::tick(app()).await.expect("what belongs to cancelled runs ends");
    foreman::tick(app()).await.expect("who is silent is gone");
    repossessor::tick(app()).await.expect("leases end");
}

/// Makes a run that is due now.
async fn prepare(server: &Server, ids: &mut Ids, given: &Given) {
    let mut run = given.run.clone();
    know_flow(server, ids, &run).await;
    run["state"] =
        given.state.clone().unwrap_or_else(|| json!({ "type": "SCHEDULED", "message": "Flow run scheduled" }));
    if let Some(due) = run.pointer_mut("/state/state_details/scheduled_time") {
        *due = json!(START);
    }
    let (status, ours) = server.post("/flow_runs/", ids.ours_in(&run)).await;
    assert_eq!(status, 201, "{ours:#}");
    let id: Uuid = serde_json::from_value(ours["id"].clone()).expect("an id");
    ids.match_up(given.id, id);
    if let Some(patch) = &given.patch {
        server.call(Major::V3, Method::PATCH, &format!("/flow_runs/{id}"), Some(patch.clone())).await;
    }
}

/// Makes the flow that a run is to be of, unless it was made before.
async fn know_flow(server: &Server, ids: &mut Ids, run: &Value) {
    let Ok(flow) = serde_json::from_value::<Uuid>(run["flow_id"].clone()) else { return };
    if !ids.known.contains_key(&flow) && !flow.to_string().starts_with("00000000") {
        let (_, ours) = server.post("/flows/", json!({ "name": format!("flow-{flow}") })).await;
        ids.match_up(flow, serde_json::from_value(ours["id"].clone()).expect("an id"));
    }
}

/// Whether our answer says what theirs says; if not, where it does not.
fn same(ids: &mut Ids, ours: &Value, theirs: &Value, place: &str) -> Result<(), String> {
    let fits = match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let missing = theirs.keys().find(|key| !ours.contains_key(*key));
            let extra = ours.keys().find(|key| !theirs.contains_key(*key));
            let mut outcome = missing.or(extra).map_or(Ok(()), |key| Err(format!("{place}.{key}")));
            for (key, theirs) in theirs {
                // Ids are learnt behind a difference too.
                if let (true, Some(ours)) = (ids.compares(key), ours.get(key)) {
                    outcome = outcome.and(same(ids, ours, theirs, &format!("{place}.{key}")));
                }
            }
            return outcome;
        }
        (Value::Array(ours), Value::Array(theirs)) if theirs.first().is_some_and(|first| first == "<some>") => {
            let mut outcome = Ok(());
            for theirs in &theirs[1..] {
                let due = due(theirs);
                outcome = outcome.and(match ours.iter().find(|ours| self::due(ours) == due) {
                    Some(ours) => same(ids, ours, theirs, &format!("{place}[]")),
                    None => Err(format!("{place}: none is due {due:?}")),
                });
            }
            return outcome;
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            let is_cut = theirs.last().is_some_and(|last| last == "<more>");
            let theirs = if is_cut { &theirs[..theirs.len() - 1] } else { &theirs[..] };
            let ours = if is_cut { &ours[..ours.len().min(theirs.len())] } else { &ours[..] };
            if ours.len() != theirs.len() {
                return Err(format!("{place}: {} and {} items", ours.len(), theirs.len()));
            }
            let mut outcome = Ok(());
            for (n, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                outcome = outcome.and(same(ids, ours, theirs, &format!("{place}[{n}]")));
            }
            return outcome;
        }
        (_, Value::String(any)) if any == "<any>" => true,
        (Value::String(ours), Value::String(theirs)) => same_text(ids, ours, theirs),
        // Seconds to wait are counted from clocks that differ by the time of one request.
        (Value::Number(ours), Value::Number(theirs)) if place.ends_with("delay_seconds") => {
            (ours.as_i64().unwrap_or(0) - theirs.as_i64().unwrap_or(0)).abs() <= 1
        }
        // An average of delays.
        (Value::Number(ours), Value::Number(theirs)) if place == "$" && theirs.is_f64() => ours.is_f64(),
        (Value::Number(ours), Value::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
        _ => ours == theirs,
    };
    if fits { Ok(()) } else { Err(place.to_owned()) }
}

/// When a run that is handed out is due.
fn due(handed_out: &Value) -> Option<Timestamp> {
    handed_out["flow_run"]["expected_start_time"].as_str()?.parse().ok()
}

fn same_text(ids: &mut Ids, ours: &str, theirs: &str) -> bool {
    if let (Ok(ours), Ok(theirs)) = (ours.parse::<Uuid>(), theirs.parse::<Uuid>()) {
        return ids.match_up(theirs, ours);
    }
    if let (Some((kind, ours)), Some((same_kind, theirs))) = (resource(ours), resource(theirs))
        && kind == same_kind
    {
        return ids.match_up(theirs, ours);
    }
    let both = |test: fn(&str) -> bool| test(ours) && test(theirs);
    ours == theirs || both(is_datetime) && same_print(ours, theirs) || both(is_minted_name) || ours == ids.ours(theirs)
}

/// `prefect.<kind>.<id>`, taken apart.
fn resource(text: &str) -> Option<(&str, Uuid)> {
    let (kind, id) = text.strip_prefix("prefect.")?.rsplit_once('.')?;
    Some((kind, id.parse().ok()?))
}

fn is_datetime(text: &str) -> bool {
    text.len() >= 19 && text.parse::<Timestamp>().is_ok()
}

/// Whether both are in one major's print; a schedule's own offset is not repeated here.
fn same_print(ours: &str, theirs: &str) -> bool {
    ours.ends_with('Z') == theirs.ends_with('Z') || !(theirs.ends_with('Z') || theirs.ends_with("+00:00"))
}

/// `adjective-animal`.
fn is_minted_name(text: &str) -> bool {
    let letters = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    text.split_once('-').is_some_and(|(first, second)| letters(first) && letters(second))
}
