//! Our description of the API against what the real servers publish: no route, no member, no choice, no
//! required answer of theirs may be missing in ours.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use server::api::docs::description;

use crate::harness::Server;

/// The real servers' descriptions without their words.
const PUBLISHED: [(&str, &str); 2] = [
    ("Prefect 2.20.26", include_str!("../published/prefect2.json")),
    ("Prefect 3.8.8", include_str!("../published/prefect3.json")),
];

/// Where ours differs, and why.
const EXCEPT: [(&str, &str); 6] = [
    ("GET /csrf-token: no answer 200", "tokens are never given"),
    (".type is not required", "actions and triggers are told apart by it"),
    ("no member body.work_queues", "another name of work_pool_queues"),
    ("no member body.artifacts.latest_id", "another name of id"),
    ("no member body.create_if_missing", "taken and not heeded, as by the real server"),
    ("no member body.agent_id", "agents are not told apart"),
];

#[test]
fn nothing_that_the_real_servers_publish_is_missing() {
    let ours = Ours::new(description(""));
    let (mut missing, mut used) = (Vec::new(), HashSet::new());
    for (whose, text) in PUBLISHED {
        let theirs: Value = serde_json::from_str(text).expect("JSON");
        let schemas = theirs["schemas"].as_object().expect("schemas");
        for (operation, told) in theirs["operations"].as_object().expect("operations") {
            let place = without_names(operation);
            for lack in ours.lacks(operation, told, schemas) {
                let line = format!("{place}: {lack}");
                match EXCEPT.iter().find(|(except, _)| line.contains(except)) {
                    Some((except, _)) => drop(used.insert(*except)),
                    None => missing.push(format!("{whose}: {line}")),
                }
            }
        }
    }
    let idle: Vec<_> = EXCEPT.iter().filter(|(except, _)| !used.contains(except)).collect();
    assert!(idle.is_empty(), "no exceptions any more: {idle:?}");
    assert!(missing.is_empty(), "{} are missing:\n{}", missing.len(), missing.join("\n"));
}

/// Our document, by methods and paths without the names of parameters.
struct Ours {
    document: Value,
    operations: Map<String, Value>,
}

impl Ours {
    fn new(document: Value) -> Ours {
        let mut operations = Map::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                operations.insert(without_names(&format!("{} {path}", method.to_uppercase())), operation.clone());
            }
        }
        Ours { document, operations }
    }

    /// What our operation lacks of theirs.
    fn lacks(&self, name: &str, theirs: &Value, schemas: &Map<String, Value>) -> Vec<String> {
        let Some(ours) = self.operations.get(&without_names(name)) else { return vec!["no such route".to_owned()] };
        let mut lacks = Vec::new();
        for (parameter, _) in theirs["query"].as_object().into_iter().flatten() {
            let known =
                ours["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == **parameter));
            if !known {
                lacks.push(format!("no parameter {parameter}"));
            }
        }
        if let Some(body) = theirs.get("body") {
            let own = &ours["requestBody"];
            if own["required"] == json!(true) && theirs["body_required"] == json!(false) {
                lacks.push("the body may be missing".to_owned());
            }
            let schema = &own["content"]["application/json"]["schema"];
            let mut compare = Compare { ours: self, schemas, lacks: &mut lacks, is_body: true };
            compare.schema(schema, body, "body", 0);
        }
        for (status, schema) in theirs["statuses"].as_object().expect("statuses") {
            let Some(answer) = ours["responses"].get(status) else {
                lacks.push(format!("no answer {status}"));
                continue;
            };
            let own = answer["content"].as_object().and_then(|kinds| kinds.values().next());
            let own = own.map_or(&Value::Null, |content| &content["schema"]);
            Compare { ours: self, schemas, lacks: &mut lacks, is_body: false }.schema(own, schema, "answer", 0);
        }
        lacks
    }
}

/// A walk through two schemas side by side.
struct Compare<'a> {
    ours: &'a Ours,
    schemas: &'a Map<String, Value>,
    lacks: &'a mut Vec<String>,
    /// What is read must not require more than theirs; what is written must have all that theirs has.
    is_body: bool,
}

/// Filters and triggers nest without end.
const DEEP: usize = 6;

impl Compare<'_> {
    fn schema(&mut self, ours: &Value, theirs: &Value, place: &str, depth: usize) {
        if depth > DEEP {
            return;
        }
        let own = self.flat_ours(ours);
        let other = self.flat_theirs(theirs);
        for (name, member) in &other.members {
            let place = format!("{place}.{name}");
            let known: Vec<&Value> = own.members.iter().filter(|(known, _)| known == name).map(|(_, of)| of).collect();
            match known.is_empty() {
                false => self.schema(&json!({ "anyOf": known }), member, &place, depth + 1),
                true if own.is_open => {}
                true => self.lacks.push(format!("no member {place}")),
            }
        }
        for choice in &other.choices {
            if !own.choices.is_empty() && !own.choices.contains(choice) {
                self.lacks.push(format!("no choice {choice} at {place}"));
            }
        }
        if self.is_body && !other.members.is_empty() {
            for name in own.required.iter().filter(|name| !other.required.contains(name)) {
                self.lacks.push(format!("{place}.{name} is not required"));
            }
        }
        if let (Some(own), Some(other)) = (&own.items, &other.items) {
            self.schema(own, other, &format!("{place}[]"), depth + 1);
        }
    }

    fn flat_ours(&self, schema: &Value) -> Flat {
        let mut flat = Flat::default();
        self.gather_ours(schema, &mut flat);
        flat
    }

    fn gather_ours(&self, schema: &Value, flat: &mut Flat) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            self.gather_ours(&self.ours.document["components"]["schemas"][name], flat);
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            schema[key].as_array().into_iter().flatten().for_each(|one| self.gather_ours(one, flat));
        }
        flat.take(&schema["properties"], &schema["required"], &schema["enum"], &schema["items"]);
        flat.choices.extend(schema.get("const").cloned());
        // Any JSON at all: nothing but words.
        let says = |key: &String| !["default", "description"].contains(&key.as_str());
        flat.is_open |= schema == &json!(true) || schema.as_object().is_some_and(|all| !all.keys().any(says));
    }

    fn flat_theirs(&self, schema: &Value) -> Flat {
        let mut flat = Flat::default();
        self.gather_theirs(schema, &mut flat);
        flat
    }

    fn gather_theirs(&self, schema: &Value, flat: &mut Flat) {
        if let Some(schema) = schema["$ref"].as_str().and_then(|name| self.schemas.get(name)) {
            return self.gather_theirs(schema, flat);
        }
        schema["any"].as_array().into_iter().flatten().for_each(|one| self.gather_theirs(one, flat));
        flat.take(&schema["members"], &schema["required"], &schema["choices"], &schema["items"]);
    }
}

/// A schema and all its alternatives in one.
#[derive(Default)]
struct Flat {
    members: Vec<(String, Value)>,
    required: Vec<String>,
    choices: Vec<Value>,
    items: Option<Value>,
    is_open: bool,
}

impl Flat {
    fn take(&mut self, members: &Value, required: &Value, choices: &Value, items: &Value) {
        self.members.extend(members.as_object().into_iter().flatten().map(|(name, of)| (name.clone(), of.clone())));
        self.required
            .extend(required.as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())));
        self.choices.extend(choices.as_array().into_iter().flatten().cloned());
        self.items = self.items.take().or_else(|| (!items.is_null()).then(|| items.clone()));
    }
}

/// `GET /flows/{id}` → `GET /flows/{}`.
fn without_names(operation: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    operation.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_described_route_is_there() {
    let server = Server::start().await;
    for (path, methods) in description("")["paths"].as_object().expect("paths") {
        let parts = path.split('/').map(|part| match part.strip_prefix('{') {
            Some(name) if name.contains("id}") => "00000000-0000-4000-8000-000000000000",
            Some(_) => "nobody",
            None => part,
        });
        let path = parts.collect::<Vec<_>>().join("/");
        for method in methods.as_object().expect("methods").keys() {
            let method: axum::http::Method = method.to_uppercase().parse().expect("a method");
            let only_in_v2 =
                ["admin/database", "set_schedule_", "notification_policies"].iter().any(|part| path.contains(part));
            let major = if only_in_v2 { domain::Major::V2 } else { domain::Major::V3 };
            let (status, answer) = server.text(major, method.clone(), &path).await;
            let is_there = status < 500 && status != 405 && !(status == 404 && answer.contains("\"Not Found\""));
            assert!(is_there, "{method} {path}: {status} {answer}");
        }
    }
}

#[tokio::test]
async fn the_page_and_the_description_are_where_each_major_looks() {
    let server = Server::start().await;
    let (status, page) = server.text(domain::Major::V3, axum::http::Method::GET, "/docs").await;
    assert_eq!(status, 200);
    let links = page.split("http").skip(1).filter(|rest| rest.starts_with("s://") || rest.starts_with("://")).count();
    assert_eq!(links, 0, "everything is on the page");
    let (_, below) = server.get("/openapi.json").await;
    assert!(below["paths"].get("/flows/").is_some() && below["servers"][0]["url"] == "/api");
    assert!(description("/api")["paths"].get("/api/flows/").is_some());
    let text = below.to_string();
    for name in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(below["components"]["schemas"].get(name).is_some(), "{name}");
    }
}
