//! A deployment's values: what the file says, and over it what the command line says.

use serde_json::{Map, Value as Json, json};

use super::Options;
use crate::prefect_file::Entry;

/// Both together, with what is always there. An error is a sentence.
pub fn merged(entry: Option<&Entry>, options: &Options) -> Result<Map<String, Json>, String> {
    let mut config = match entry.map(|entry| entry.node.json()) {
        Some(Json::Object(config)) => config,
        _ => Map::new(),
    };
    let pool = match config.get("work_pool") {
        Some(Json::Object(pool)) => pool.clone(),
        _ => Map::new(),
    };
    config.insert("work_pool".to_owned(), Json::Object(pool));
    for key in ["parameters", "tags"] {
        if config.get(key).is_none_or(Json::is_null) {
            config.insert(key.to_owned(), if key == "tags" { json!([]) } else { json!({}) });
        }
    }
    single_schedule(&mut config)?;
    put_options(&mut config, options);
    Ok(config)
}

/// `schedule:` of old is a list of one.
fn single_schedule(config: &mut Map<String, Json>) -> Result<(), String> {
    config.shift_remove("is_schedule_active");
    let single = config.shift_remove("schedule");
    match single {
        Some(Json::Object(schedule)) if !schedule.is_empty() => {
            if config.contains_key("schedules") {
                return Err("both `schedule` and `schedules` are there; keep `schedules`".to_owned());
            }
            config.insert("schedules".to_owned(), json!([schedule]));
        }
        _ => {}
    }
    if config.get("schedules").is_some_and(Json::is_null) {
        config.shift_remove("schedules");
    }
    Ok(())
}

fn put_options(config: &mut Map<String, Json>, options: &Options) {
    let texts = [
        ("entrypoint", &options.entrypoint),
        ("name", &options.name),
        ("description", &options.description),
        ("version", &options.version),
    ];
    for (key, value) in texts {
        config.extend(value.iter().map(|value| (key.to_owned(), json!(value))));
    }
    config.extend(options.tags.iter().map(|tags| ("tags".to_owned(), json!(tags))));
    config.extend(options.concurrency_limit.iter().map(|limit| ("concurrency_limit".to_owned(), limit.clone())));
    config.extend(options.enforce_parameter_schema.iter().map(|it| ("enforce_parameter_schema".to_owned(), json!(it))));
    config.extend(options.triggers.iter().map(|triggers| ("triggers".to_owned(), json!(triggers))));
    if let Some(Json::Object(parameters)) = config.get_mut("parameters") {
        parameters.extend(options.parameters.clone());
    }
    if let Some(Json::Object(pool)) = config.get_mut("work_pool") {
        pool.extend(options.work_pool_name.iter().map(|name| ("name".to_owned(), json!(name))));
        pool.extend(options.work_queue_name.iter().map(|name| ("work_queue_name".to_owned(), json!(name))));
        if !options.job_variables.is_empty() {
            // As with the clients: variables of the command line take the place of the file's.
            pool.insert("job_variables".to_owned(), Json::Object(options.job_variables.clone()));
        }
    }
    put_schedules(config, options);
}

fn put_schedules(config: &mut Map<String, Json>, options: &Options) {
    if !options.schedules.is_empty() {
        let schedules = config.entry("schedules").or_insert_with(|| json!([]));
        if let Json::Array(schedules) = schedules {
            schedules.extend(options.schedules.iter().cloned().map(Json::Object));
        }
    }
    for schedule in config.get_mut("schedules").and_then(Json::as_array_mut).into_iter().flatten() {
        let Json::Object(schedule) = schedule else { continue };
        if schedule.contains_key("interval") {
            schedule.extend(options.anchor_date.iter().map(|date| ("anchor_date".to_owned(), json!(date))));
        }
        schedule.extend(options.timezone.iter().map(|zone| ("timezone".to_owned(), json!(zone))));
    }
}
