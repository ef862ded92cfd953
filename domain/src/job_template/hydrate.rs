//! The values of a template's variables: pool defaults, overridden by the deployment, overridden by the run.

use serde_json::{Map, Value};

use super::tracked::{Members, Origin, Tracked};
use super::{TemplateError, object};
use crate::major::Major;

/// A template and the job variables that lie over its defaults.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    pub template: &'a Map<String, Value>,
    pub deployment: &'a Map<String, Value>,
    pub flow_run: &'a Map<String, Value>,
    /// Prefect 2 and 3 differ in what a null default means and in dotted keys.
    pub major: Major,
}

/// The configuration with `env` merged into it, and the values of all variables.
pub(super) struct Hydrated {
    pub configuration: Members,
    pub variables: Members,
}

pub(super) fn hydrate(layers: &Layers<'_>) -> Result<Hydrated, TemplateError> {
    let mut configuration = Members::of(object(layers.template, "job_configuration")?, Origin::Template);
    let mut variables = defaults(object(layers.template, "variables")?, layers.major);
    let default_env = variables.get("env").filter(|env| env.is_truthy()).cloned();
    if let Some(env) = default_env {
        put_default_env(&mut configuration, env, layers.major);
    }
    let mut job_variables = merged(layers);
    if layers.major == Major::V3 {
        job_variables = nest_dotted_keys(job_variables)?;
    }
    variables.update(job_variables);
    if let (Some(Tracked::Object(env, _)), Some(Tracked::Object(over, _))) =
        (configuration.get_mut("env"), variables.get("env"))
    {
        env.update(over.clone());
    }
    Ok(Hydrated { configuration, variables })
}

/// In Prefect 3 `"default": null` is no default, so that the placeholder's key is left out.
fn defaults(variables: &Map<String, Value>, major: Major) -> Members {
    let properties = variables.get("properties").and_then(Value::as_object);
    let mut defaults = Members::default();
    for (name, schema) in properties.into_iter().flatten() {
        match schema.get("default") {
            None => {}
            Some(Value::Null) if major == Major::V3 => {}
            Some(default) => defaults.set(name, Tracked::of(default, Origin::PoolDefault)),
        }
    }
    defaults
}

/// The default `env` must survive a deployment that sets one of its own, so it goes into the
/// configuration first: in the place of a placeholder, or (Prefect 3) over what is written there.
fn put_default_env(configuration: &mut Members, env: Tracked, major: Major) {
    match (configuration.get_mut("env"), env) {
        (Some(Tracked::Object(written, _)), Tracked::Object(env, _)) if major == Major::V3 => written.update(env),
        (_, env) => configuration.set("env", env),
    }
}

/// The flow run's variables over the deployment's; of `env`, key by key.
fn merged(layers: &Layers<'_>) -> Members {
    let mut merged = Members::of(layers.deployment, Origin::Deployment);
    let mut over = Members::of(layers.flow_run, Origin::FlowRun);
    if let Some(Tracked::Object(env, _)) = merged.get_mut("env") {
        match over.remove("env") {
            Some(Tracked::Object(over_env, _)) => env.update(over_env),
            Some(other) => over.set("env", other),
            None => {}
        }
    }
    merged.update(over);
    merged
}

/// `"resources.limits.cpu": 1` becomes `{"resources": {"limits": {"cpu": 1}}}`; what is given nested
/// beside it is merged over that.
fn nest_dotted_keys(flat: Members) -> Result<Members, TemplateError> {
    let mut nested = Members::default();
    let (dotted, plain): (Vec<_>, Vec<_>) = flat.0.into_iter().partition(|(key, _)| key.contains('.'));
    for (key, value) in dotted {
        let path = key.replace('[', ".").replace(']', "");
        let parts: Vec<&str> = path.split('.').collect();
        set_at(&mut nested, &parts, value).map_err(|()| TemplateError::KeyPath(key.clone()))?;
    }
    for (key, value) in plain {
        match (nested.get_mut(&key), value) {
            (Some(Tracked::Object(under, _)), Tracked::Object(over, _)) => deep_merge(under, over),
            (_, value) => nested.set(&key, value),
        }
    }
    Ok(nested)
}

fn set_at(members: &mut Members, path: &[&str], value: Tracked) -> Result<(), ()> {
    match path {
        [] => Err(()),
        [key] => {
            members.set(key, value);
            Ok(())
        }
        [key, rest @ ..] => {
            if members.get(key).is_none() {
                members.set(key, Tracked::Object(Members::default(), value.origin()));
            }
            match members.get_mut(key) {
                Some(Tracked::Object(inner, _)) => set_at(inner, rest, value),
                _ => Err(()),
            }
        }
    }
}

fn deep_merge(under: &mut Members, over: Members) {
    for (key, value) in over.0 {
        match (under.get_mut(&key), value) {
            (Some(Tracked::Object(under, _)), Tracked::Object(over, _)) => deep_merge(under, over),
            (_, value) => under.set(&key, value),
        }
    }
}
