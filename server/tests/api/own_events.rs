//! What the server itself tells of flows, pools, queues, deployments and artifacts: call by call what Prefect
//! 3.8.8 told, as it was recorded.

use std::collections::HashMap;

use domain::events::Event;
use domain::{Major, Uuid};
use serde_json::{Value, json};
use server::scheduler::{foreman, polls};

use crate::harness::Server;
use crate::harness::each::on_each;

const RECORDED: &str = include_str!("recorded/own_events.json");

/// Names for the ids of this run, as the recording has them between dollars.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    /// Notes the ids in an answer.
    fn learn(&mut self, places: &Value, answer: &Value) {
        for (name, place) in places.as_object().into_iter().flatten() {
            let id = answer.pointer(place.as_str().expect("a pointer")).and_then(Value::as_str);
            self.0.insert(format!("${name}$"), id.unwrap_or_else(|| panic!("no {place} in {answer:#}")).to_owned());
        }
    }

    /// The text with ids in the place of names.
    fn filled(&self, text: &Value) -> Value {
        self.replaced(text, |text, name, id| text.replace(name, id))
    }

    /// The text with names in the place of ids.
    fn hidden(&self, text: &Value) -> Value {
        self.replaced(text, |text, name, id| text.replace(id, name))
    }

    fn replaced(&self, value: &Value, replace: impl Fn(&str, &str, &str) -> String) -> Value {
        let text = self.0.iter().fold(value.to_string(), |text, (name, id)| replace(&text, name, id));
        serde_json::from_str(&text).expect("JSON")
    }
}

/// One step of the recording: a call as Prefect 3, or that everybody is silent until the foreman notices.
async fn step(server: &Server, step: &Value, names: &mut Names) {
    if step["call"] == "foreman" {
        server.pass(100.0);
        foreman::tick(server.app.clone()).await.expect("who is silent is noticed");
        return;
    }
    let call = names.filled(&step["call"]);
    let (method, path) = (call[0].as_str().expect("a method"), call[1].as_str().expect("a path"));
    let method = method.parse().expect("a method");
    let (status, answer) = server.call(Major::V3, method, path, call.get(2).cloned()).await;
    assert!(status < 300, "{call}: {status} {answer:#}");
    names.learn(&step["ids"], &answer);
    polls::tick(server.app.clone()).await.expect("polls are written down");
}

/// What was told since the last step, as the recording has it, by name and resource.
async fn told(server: &Server, seen: &mut HashMap<String, String>, names: &Names) -> Vec<Value> {
    let since = json!({ "filter": { "occurred": { "since": server.app.clock.now() }, "order": "ASC" } });
    let (_, page) = server.post("/events/filter", since).await;
    let mut told = Vec::new();
    let events: Vec<Event> = serde_json::from_value(page["events"].clone()).expect("events");
    for event in events.into_iter().filter(|event| !event.event.starts_with("prefect.flow-run.")) {
        let mut short = json!({ "event": event.event, "resource": event.resource });
        let payload = json!(event.payload);
        let follows = event.follows.map(|id| json!(seen.get(&id.to_string()).expect("it was told before")));
        let related = (!event.related.is_empty()).then(|| json!(event.related));
        let payload = (payload != json!({})).then_some(payload);
        for (key, value) in [("related", related), ("payload", payload), ("follows", follows)] {
            value.into_iter().for_each(|value| short[key] = value);
        }
        seen.insert(event.id.to_string(), event.event);
        told.push(names.hidden(&short));
    }
    told
}

/// In an order that does not depend on who was quicker, and without ids that nobody has named.
fn comparable(mut events: Vec<Value>) -> Vec<Value> {
    for event in &mut events {
        if let Some(fields) = event.pointer_mut("/payload/updated_fields").and_then(Value::as_array_mut) {
            fields.sort_by_key(Value::to_string);
        }
        *event = without_ids(event);
    }
    events.sort_by_key(|event| (event["event"].to_string(), event["resource"].to_string()));
    events
}

fn without_ids(event: &Value) -> Value {
    let text = event.to_string();
    let words = text.split_inclusive(['"', '.']).map(|word| {
        let is_id = word.get(..36).is_some_and(|id| id.parse::<Uuid>().is_ok());
        if is_id { format!("<id>{}", &word[36..]) } else { word.to_owned() }
    });
    serde_json::from_str(&words.collect::<String>()).expect("JSON")
}

#[tokio::test]
async fn the_server_tells_what_prefect_tells() {
    on_each(async |server| {
        let steps: Vec<Value> = serde_json::from_str(RECORDED).expect("JSON");
        let (mut names, mut seen) = (Names::default(), HashMap::new());
        for recorded in &steps {
            server.pass(1.0);
            step(&server, recorded, &mut names).await;
            let want = recorded["events"].as_array().expect("a list").clone();
            let got = comparable(told(&server, &mut seen, &names).await);
            assert_eq!(json!(got), json!(comparable(want)), "after {}", recorded["call"]);
        }
    })
    .await;
}
