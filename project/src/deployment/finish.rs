//! What is sent, once the steps have said what they made.

use std::collections::HashMap;

use domain::deploy::DeployOne;
use domain::deployments::DeploymentCreate;
use domain::{FlowId, Major, Patch, Uuid};
use serde_json::{Map, Value as Json, json};

use super::{Prepared, schedules, triggers};
use crate::Problem;
use crate::template::{Unset, Values, fill};

impl Prepared {
    /// The deployment with the outputs of its steps and the environment put in. `file` is named in problems.
    pub fn finish(
        &self,
        file: &str,
        outputs: &Map<String, Json>,
        environment: &HashMap<String, String>,
    ) -> Result<DeployOne, Problem> {
        let mut known = outputs.clone();
        known.extend(self.overrides.clone());
        let skip = (self.major == Major::V3).then_some("ctx.");
        let values = |unset| Values { known: &known, environment, unset, skip };
        let problem = |n: Option<usize>, what: String| {
            let place = n.and_then(|n| self.schedule_places.get(n).copied()).or(self.place);
            match place {
                Some(place) => Problem::at(file, place, format!("the deployment {}: {what}", self.name)),
                None => Problem::of("reeve deploy", what),
            }
        };
        let mut config = self.config.clone();
        let listed = config.shift_remove("schedules");
        let specs = config.shift_remove("triggers");
        let Some(Json::Object(config)) = fill(&Json::Object(config), &values(Unset::Remove)) else {
            return Err(problem(None, "nothing is left of it".to_owned()));
        };
        let schedules = match listed {
            None => None,
            Some(listed) => {
                let listed = fill(&listed, &values(Unset::Remove)).unwrap_or_default();
                let listed = listed.as_array().cloned().unwrap_or_default().into_iter().enumerate();
                let made =
                    listed.map(|(n, it)| schedules::schedule(&it, self.major).map_err(|what| problem(Some(n), what)));
                Some(made.collect::<Result<Vec<_>, _>>()?)
            }
        };
        let triggers = self.triggers(specs, &values(Unset::Remove)).map_err(|what| problem(None, what))?;
        let deployment = self.body(&config, &values(Unset::Keep), schedules).map_err(|what| problem(None, what))?;
        Ok(DeployOne { flow_name: self.flow.name.clone(), deployment, triggers: Some(triggers) })
    }

    /// What a trigger hands to runs is filled in when it fires, not now.
    fn triggers(
        &self,
        specs: Option<Json>,
        values: &Values,
    ) -> Result<Vec<domain::automations::AutomationCreate>, String> {
        let specs = specs.as_ref().and_then(Json::as_array).cloned().unwrap_or_default();
        let filled = specs.into_iter().map(|spec| {
            let Json::Object(mut members) = spec else { return spec };
            let parameters = members.shift_remove("parameters");
            let mut filled = fill(&Json::Object(members), values).unwrap_or_default();
            if let (Some(parameters), Json::Object(members)) = (parameters, &mut filled) {
                members.insert("parameters".to_owned(), parameters);
            }
            filled
        });
        filled.enumerate().map(|(n, spec)| triggers::automation(&spec, &self.name, n + 1)).collect()
    }

    fn body(
        &self,
        config: &Map<String, Json>,
        pull_values: &Values,
        schedules: Option<Vec<domain::deployments::DeploymentScheduleCreate>>,
    ) -> Result<DeploymentCreate, String> {
        let is_v3 = self.major == Major::V3;
        let given = |key: &str| config.get(key).filter(|value| !value.is_null()).cloned();
        let pool = config.get("work_pool").and_then(Json::as_object).cloned().unwrap_or_default();
        let object = |value: Option<Json>| value.and_then(|value| value.as_object().cloned()).unwrap_or_default();
        let tags = match given("tags") {
            Some(Json::Array(tags)) => tags,
            Some(one) if one != json!("") => vec![one],
            _ => Vec::new(),
        };
        let tags: Vec<String> =
            tags.iter().map(|tag| tag.as_str().map_or_else(|| tag.to_string(), str::to_owned)).collect();
        let words =
            given("description").and_then(|it| it.as_str().map(str::to_owned)).filter(|words| !words.is_empty());
        let (limit, options) = if is_v3 { limit(given("concurrency_limit"))? } else { (Patch::Absent, Patch::Absent) };
        let enforce = schedules::truth(config.get("enforce_parameter_schema")).unwrap_or(is_v3);
        Ok(DeploymentCreate {
            name: self.name.clone(),
            flow_id: FlowId(Uuid::nil()),
            paused: schedules::truth(config.get("paused")).map_or(Patch::Absent, Patch::Value),
            schedules: schedules.map_or(Patch::Absent, Patch::Value),
            concurrency_limit: limit,
            concurrency_options: options,
            global_concurrency_limit_id: Patch::Absent,
            enforce_parameter_schema: Patch::Value(enforce),
            parameter_openapi_schema: Patch::Value(self.flow.parameters.clone()),
            parameters: Patch::Value(object(given("parameters"))),
            tags: Patch::Value(tags),
            labels: Patch::Absent,
            pull_steps: fill(&self.pull, pull_values)
                .filter(|it| !it.is_null())
                .map_or_else(|| if is_v3 { Patch::Value(json!([])) } else { Patch::Null }, Patch::Value),
            work_queue_name: patch(pool.get("work_queue_name")),
            work_pool_name: patch(pool.get("name")),
            storage_document_id: Patch::Absent,
            infrastructure_document_id: Patch::Absent,
            description: self.description(words),
            path: Patch::Null,
            version: self.version(config).map_or(Patch::Null, Patch::Value),
            entrypoint: patch(config.get("entrypoint")),
            job_variables: Patch::Value(object(pool.get("job_variables").cloned())),
            ..blank()?
        })
    }

    /// Where there is none, Prefect 3's client sends the word None, and so a deploy with it changes nothing here.
    fn description(&self, given: Option<String>) -> Patch<String> {
        match given.or_else(|| self.flow.description.clone()) {
            Some(words) => Patch::Value(words),
            None if self.major == Major::V3 => Patch::Value("None".to_owned()),
            None => Patch::Null,
        }
    }

    /// A version that is given may come from a step.
    fn version(&self, config: &Map<String, Json>) -> Option<String> {
        super::text(config, "version").or_else(|| self.version.clone())
    }
}

/// All that a file says nothing of.
fn blank() -> Result<DeploymentCreate, String> {
    serde_json::from_value(json!({ "name": "x", "flow_id": Uuid::nil() })).map_err(|error| error.to_string())
}

fn patch(value: Option<&Json>) -> Patch<String> {
    match value {
        Some(Json::String(text)) if !text.is_empty() => Patch::Value(text.clone()),
        _ => Patch::Null,
    }
}

type Limits = (Patch<i64>, Patch<domain::deployments::ConcurrencyOptions>);

/// A number, or an object that says what happens to runs beyond it.
fn limit(value: Option<Json>) -> Result<Limits, String> {
    let Some(Json::Object(mut members)) = value else {
        return Ok((value.and_then(|value| value.as_i64()).map_or(Patch::Null, Patch::Value), Patch::Null));
    };
    let limit = members.shift_remove("limit").and_then(|limit| limit.as_i64());
    members.retain(|_, value| !value.is_null());
    let options = match members.contains_key("collision_strategy") {
        true => Patch::Value(
            serde_json::from_value(Json::Object(members)).map_err(|error| format!("concurrency_limit: {error}"))?,
        ),
        false => Patch::Null,
    };
    Ok((limit.map_or(Patch::Null, Patch::Value), options))
}
