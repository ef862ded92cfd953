//! What is refused in bodies before anything is decided, in the words of the caller's major.

use domain::Patch;
use domain::deployments::{DeploymentScheduleCreate, DeploymentScheduleUpdate};
use domain::flows::is_legal_name;
use domain::schedule::Schedule;
use serde::Serialize;

use super::*;
use crate::api::{checks, names};
use crate::orchestration::deploy::unfit_parameters;

/// Keys of a deployment that the other major knows.
const ONLY_IN_V2: [&str; 4] = ["schedule", "is_schedule_active", "infra_overrides", "manifest_path"];
const ONLY_IN_V3: [&str; 5] =
    ["concurrency_limit", "concurrency_options", "global_concurrency_limit_id", "labels", "version_info"];

/// The same of a schedule.
const ONLY_IN_V2_SCHEDULES: [&str; 2] = ["max_active_runs", "catchup"];
const ONLY_IN_V3_SCHEDULES: [&str; 3] = ["parameters", "slug", "replaces"];

/// Most runs that a schedule may ask to have planned.
const MOST_RUNS: i64 = 50;

pub fn check_create(major: Major, new: &DeploymentCreate) -> Result<()> {
    let body = json!(new);
    check_keys(major, &body)?;
    if !is_legal_name(&new.name) {
        return Err(names::illegal(major, &new.name, body));
    }
    if let Patch::Value(schedules) = &new.schedules {
        check_schedules(major, schedules, &["body", "schedules"], &body)?;
    }
    if let Patch::Value(schedule) = &new.schedule {
        check_dates(major, schedule, json!(["body", "schedule"]), &body)?;
    }
    if is_value(&new.concurrency_limit) && is_value(&new.global_concurrency_limit_id) {
        let text = "A deployment cannot have both a concurrency limit and a global concurrency limit.";
        return Err(checks::refused(major, json!(["body"]), text, &body, &body));
    }
    if let Some(unfit) = unfit_parameters(new, major) {
        let loc = if major == Major::V2 { json!(["body", "parameters"]) } else { json!(["body"]) };
        return Err(checks::refused(major, loc, &unfit, &body, &body));
    }
    Ok(())
}

pub fn check_update(major: Major, update: &DeploymentUpdate) -> Result<()> {
    let body = json!(update);
    check_keys(major, &body)?;
    if let Patch::Value(schedules) = &update.schedules {
        check_schedule_updates(major, schedules, &body)?;
    }
    if let Patch::Value(schedule) = &update.schedule {
        check_dates(major, schedule, json!(["body", "schedule"]), &body)?;
    }
    if is_value(&update.concurrency_limit) && is_value(&update.global_concurrency_limit_id) {
        let text = "A deployment cannot have both a concurrency limit and a global concurrency limit.";
        return Err(checks::refused(major, json!(["body"]), text, &body, &body));
    }
    Ok(())
}

fn is_value<T>(sent: &Patch<T>) -> bool {
    matches!(sent, Patch::Value(_))
}

/// The body of the caller's major is closed, although both are read here.
fn check_keys(major: Major, body: &Value) -> Result<()> {
    let foreign: &[&str] = if major == Major::V2 { &ONLY_IN_V3 } else { &ONLY_IN_V2 };
    let items: Vec<Value> = foreign
        .iter()
        .filter_map(|key| Some((key, body.get(*key)?)))
        .map(|(key, input)| extra(major, json!(["body", key]), input))
        .collect();
    if items.is_empty() { Ok(()) } else { Err(ApiError::Invalid { items, body: body.clone() }) }
}

fn extra(major: Major, loc: Value, input: &Value) -> Value {
    match major {
        Major::V2 => json!({ "loc": loc, "msg": "extra fields not permitted", "type": "value_error.extra" }),
        Major::V3 => {
            json!({ "type": "extra_forbidden", "loc": loc, "msg": "Extra inputs are not permitted", "input": input })
        }
    }
}

pub fn check_schedules(
    major: Major,
    schedules: &[DeploymentScheduleCreate],
    place: &[&str],
    body: &impl Serialize,
) -> Result<()> {
    for (n, new) in schedules.iter().enumerate() {
        let loc = |rest: &[&str]| {
            let mut loc: Vec<Value> = place.iter().map(|part| json!(part)).collect();
            loc.push(json!(n));
            loc.extend(rest.iter().map(|part| json!(part)));
            Value::Array(loc)
        };
        check_dates(major, &new.schedule, loc(&["schedule"]), body)?;
        check_most(major, new.max_scheduled_runs, loc(&["max_scheduled_runs"]), body)?;
        let used_by_others = match major {
            Major::V2 => [
                ("parameters", !new.parameters.is_empty()),
                ("slug", new.slug.is_some()),
                ("replaces", new.replaces.is_some()),
            ]
            .to_vec(),
            Major::V3 => [("max_active_runs", new.max_active_runs.is_some()), ("catchup", new.catchup)].to_vec(),
        };
        if let Some((key, _)) = used_by_others.into_iter().find(|(_, used)| *used) {
            let item = extra(major, loc(&[key]), &Value::Null);
            return Err(ApiError::Invalid { items: vec![item], body: json!(body) });
        }
    }
    Ok(())
}

fn check_schedule_updates(major: Major, schedules: &[DeploymentScheduleUpdate], body: &Value) -> Result<()> {
    for (n, update) in schedules.iter().enumerate() {
        check_schedule_update(major, update, &[json!("body"), json!("schedules"), json!(n)], body)?;
    }
    Ok(())
}

/// An update of one schedule, which stands at `place` of the body.
pub fn check_schedule_update(
    major: Major,
    update: &DeploymentScheduleUpdate,
    place: &[Value],
    body: &impl Serialize,
) -> Result<()> {
    let loc = |key: &str| Value::Array(place.iter().cloned().chain([json!(key)]).collect());
    if let Some(schedule) = &update.schedule {
        check_dates(major, schedule, loc("schedule"), body)?;
    }
    check_most(major, update.max_scheduled_runs, loc("max_scheduled_runs"), body)?;
    let foreign: &[&str] = if major == Major::V2 { &ONLY_IN_V3_SCHEDULES } else { &ONLY_IN_V2_SCHEDULES };
    let sent = json!(update);
    match foreign.iter().find_map(|key| Some((key, sent.get(*key)?))) {
        Some((key, input)) => {
            let item = extra(major, loc(key), input);
            Err(ApiError::Invalid { items: vec![item], body: json!(body) })
        }
        None => Ok(()),
    }
}

/// Dates must be possible. Prefect lists what is wrong with every shape that a schedule could have; here it
/// is said of the shape that was meant.
fn check_dates(major: Major, schedule: &Schedule, loc: Value, body: &impl Serialize) -> Result<()> {
    let Err(error) = schedule.check() else { return Ok(()) };
    let mut parts = loc.as_array().cloned().unwrap_or_default();
    if major == Major::V3 {
        parts.push(json!(schedule.kind()));
    }
    parts.push(json!(error.field()));
    let input = json!(schedule).get(error.field()).cloned().unwrap_or_default();
    Err(checks::refused(major, Value::Array(parts), &error.to_string(), &input, body))
}

fn check_most(major: Major, runs: Option<i64>, loc: Value, body: &impl Serialize) -> Result<()> {
    match runs {
        Some(runs) if runs > MOST_RUNS => {
            let text = format!("`max_scheduled_runs` must be less than or equal to {MOST_RUNS}.");
            Err(checks::refused(major, loc, &text, &json!(runs), body))
        }
        _ => Ok(()),
    }
}
