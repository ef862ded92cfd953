//! Triggers of a deployment: automations that run it.

use domain::automations::AutomationCreate;
use serde_json::{Map, Value as Json, json};

/// Members that belong to the automation or its action, not to the trigger.
const OF_AUTOMATION: [&str; 6] = ["name", "description", "enabled", "parameters", "job_variables", "schedule_after"];

/// The automation of the n-th trigger (from 1) of a deployment; an error is a sentence.
pub fn automation(spec: &Json, deployment: &str, n: usize) -> Result<AutomationCreate, String> {
    let Json::Object(spec) = spec else { return Err("a trigger is a mapping".to_owned()) };
    let given = |key: &str| spec.get(key).filter(|value| !value.is_null()).cloned();
    let mut action = Map::from_iter([
        ("type".to_owned(), json!("run-deployment")),
        ("source".to_owned(), json!("selected")),
        ("parameters".to_owned(), given("parameters").unwrap_or_default()),
        ("job_variables".to_owned(), given("job_variables").unwrap_or_default()),
    ]);
    action.insert("schedule_after".to_owned(), given("schedule_after").unwrap_or(json!(0)));
    let name = given("name").unwrap_or_else(|| json!(format!("{deployment}__automation_{n}")));
    let enabled = super::schedules::truth(spec.get("enabled")).unwrap_or(true);
    let automation = json!({
        "name": name,
        "description": given("description").unwrap_or(json!("")),
        "enabled": enabled,
        "trigger": trigger(spec),
        "actions": [action],
    });
    serde_json::from_value(automation).map_err(|error| format!("the trigger {name}: {error}"))
}

/// The trigger with what may be left out in a file.
fn trigger(spec: &Map<String, Json>) -> Json {
    let mut trigger: Map<String, Json> = spec
        .iter()
        .filter(|(key, _)| !OF_AUTOMATION.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let kind = match trigger.get("type").and_then(Json::as_str) {
        Some(kind) => kind.to_owned(),
        None if trigger.contains_key("triggers") && trigger.contains_key("require") => "compound".to_owned(),
        None if trigger.contains_key("triggers") => "sequence".to_owned(),
        None if trigger.get("posture").is_some_and(|posture| posture == "Metric") => "metric".to_owned(),
        None => "event".to_owned(),
    };
    trigger.insert("type".to_owned(), json!(kind));
    if kind == "event" {
        for (key, value) in [("posture", json!("Reactive")), ("threshold", json!(1)), ("within", json!(0))] {
            trigger.entry(key).or_insert(value);
        }
    }
    if let Some(Json::Array(inner)) = trigger.get_mut("triggers") {
        for one in inner {
            if let Json::Object(members) = one {
                *one = self::trigger(members);
            }
        }
    }
    Json::Object(trigger)
}
