//! Schedules of a file as the server takes them.

use domain::Major;
use domain::deployments::DeploymentScheduleCreate;
use domain::schedule::Schedule;
use serde_json::{Map, Value as Json, json};

use crate::Place;
use crate::prefect_file::Entry;

/// Where the schedules of a deployment stand.
pub fn places(entry: Option<&Entry>) -> Vec<Place> {
    let Some(entry) = entry else { return Vec::new() };
    match entry.node.get("schedules") {
        Some(list) => list.items().iter().map(|item| item.place).collect(),
        None => entry.node.get("schedule").map(|one| vec![one.place]).unwrap_or_default(),
    }
}

/// One schedule; an error is a sentence about it.
pub fn schedule(config: &Json, major: Major) -> Result<DeploymentScheduleCreate, String> {
    let Json::Object(config) = config else { return Err("a schedule is a mapping".to_owned()) };
    let (inner, outer) = match config.get("schedule") {
        Some(Json::Object(inner)) => (inner.clone(), config.clone()),
        _ => (config.clone(), config.clone()),
    };
    let dates = dates(&inner, major)?;
    let schedule: Schedule = serde_json::from_value(Json::Object(dates)).map_err(|error| error.to_string())?;
    schedule.check().map_err(|error| error.to_string())?;
    let only_in_v3 = |key: &str| outer.get(key).filter(|value| major == Major::V3 && !value.is_null()).cloned();
    let text =
        |key: &str| only_in_v3(key).and_then(|value| value.as_str().map(str::to_owned)).filter(|text| !text.is_empty());
    Ok(DeploymentScheduleCreate {
        active: truth(outer.get("active")).unwrap_or(true),
        schedule,
        max_scheduled_runs: outer.get("max_scheduled_runs").and_then(Json::as_i64),
        parameters: only_in_v3("parameters").and_then(|it| it.as_object().cloned()).unwrap_or_default(),
        slug: text("slug"),
        replaces: text("replaces"),
        max_active_runs: None,
        catchup: false,
    })
}

/// The keys that say when.
fn dates(config: &Map<String, Json>, major: Major) -> Result<Map<String, Json>, String> {
    let given = |key: &str| config.get(key).filter(|value| !value.is_null() && **value != json!("")).cloned();
    let mut dates = Map::new();
    let mut put = |key: &str, value: Option<Json>| dates.extend(value.map(|value| (key.to_owned(), value)));
    if let Some(cron) = given("cron") {
        put("cron", Some(cron));
        put("timezone", given("timezone"));
        // Prefect 2's client does not pass it on.
        put("day_or", truth(config.get("day_or")).filter(|_| major == Major::V3).map(Json::Bool));
    } else if let Some(interval) = given("interval") {
        put("interval", Some(interval));
        put("anchor_date", given("anchor_date"));
        put("timezone", given("timezone"));
    } else if let Some(rrule) = given("rrule") {
        match rrule.as_str().and_then(|text| serde_json::from_str::<Map<String, Json>>(text).ok()) {
            Some(whole) => whole.into_iter().for_each(|(key, value)| put(&key, Some(value))),
            None => put("rrule", Some(rrule)),
        }
        put("timezone", given("timezone"));
    } else {
        return Err("a schedule says not when: give it one of `cron`, `interval` and `rrule`".to_owned());
    }
    Ok(dates)
}

/// Templates may leave text where true or false is meant.
pub fn truth(value: Option<&Json>) -> Option<bool> {
    match value? {
        Json::Bool(value) => Some(*value),
        Json::String(text) => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "t" | "y" => Some(true),
            "false" | "no" | "off" | "0" | "f" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}
