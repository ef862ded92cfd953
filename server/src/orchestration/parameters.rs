//! Parameters that say where their value comes from: objects with the key `__prefect_kind`.
//!
//! Both majors' dashboards send them. `json` holds JSON text, `jinja` a template, `workspace_variable` the
//! name of a variable; `none` and kinds that nobody knows hold the value itself.

use std::collections::HashMap;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value, json};
use store::{Tx, variable_values};

use super::templates::is_template;

/// The key that makes an object such a parameter.
const KIND: &str = "__prefect_kind";

/// A template may do so many steps; more than any parameter needs, and no endless loop.
const FUEL: u64 = 100_000;

/// Why parameters cannot be read; the texts are those of Prefect's servers.
#[derive(Debug, thiserror::Error)]
pub enum HydrationError {
    #[error("Missing '{0}' key in __prefect object")]
    Missing(&'static str),
    #[error("Invalid JSON: {0}")]
    Json(serde_json::Error),
    #[error("Invalid jinja: {0}")]
    Jinja(minijinja::Error),
    #[error("Variable '{0}' not found in workspace.")]
    Variable(String),
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

/// Fills in a template.
pub type Render<'r> = &'r (dyn Fn(&str) -> Result<String, minijinja::Error> + Send + Sync);

/// The parameters with every such object replaced by its value. Variables are read only if one is asked for.
pub async fn hydrate(tx: &mut Tx, parameters: Map<String, Value>) -> Result<Map<String, Value>, HydrationError> {
    hydrate_in(tx, parameters, &rendered).await
}

/// The same, with templates that have something to refer to.
pub async fn hydrate_in(
    tx: &mut Tx,
    parameters: Map<String, Value>,
    render: Render<'_>,
) -> Result<Map<String, Value>, HydrationError> {
    let parameters = Value::Object(parameters);
    if !mentions(&parameters, |_| true) {
        return Ok(into_map(Some(parameters)));
    }
    let asks = |members: &Map<String, Value>| members.get(KIND).is_some_and(|kind| kind == "workspace_variable");
    let variables = if mentions(&parameters, asks) { variable_values::all(tx).await? } else { HashMap::new() };
    Ok(into_map(hydrated(&parameters, &variables, render)?))
}

/// The parameters with plain texts that are templates made such objects. What a template of one expression
/// gives keeps its type.
pub fn with_templates(parameters: Map<String, Value>) -> Map<String, Value> {
    parameters.into_iter().map(|(name, value)| (name, with_template(value))).collect()
}

fn with_template(value: Value) -> Value {
    match value {
        Value::String(text) if is_template(&text) => wrapped(&text),
        Value::Object(members) if !members.contains_key(KIND) => Value::Object(with_templates(members)),
        Value::Array(items) => Value::Array(items.into_iter().map(with_template).collect()),
        other => other,
    }
}

fn wrapped(text: &str) -> Value {
    let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    match inner.filter(|inner| !inner.contains("{{") && !inner.contains("{%")) {
        Some(inner) => {
            let template = format!("{{{{ ({}) | tojson }}}}", inner.trim());
            json!({ KIND: "json", "value": { KIND: "jinja", "template": template } })
        }
        None => json!({ KIND: "jinja", "template": text }),
    }
}

/// What is wrong with parameters that are to be filled in later, if that can be told now.
pub fn fault(parameters: &Map<String, Value>) -> Option<String> {
    let whole = with_templates(parameters.clone());
    whole.iter().find_map(|(name, value)| fault_in(value).map(|fault| format!("{name}: {fault}")))
}

fn fault_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => {
            let template = members.get("template").and_then(Value::as_str);
            let own = match (members.get(KIND).and_then(Value::as_str), template) {
                (Some("jinja"), Some(text)) => super::templates::fault(text),
                (Some("jinja"), None) => Some(HydrationError::Missing("template").to_string()),
                (Some("json"), _) => {
                    let text = members.get("value").and_then(Value::as_str);
                    let read = text.map(serde_json::from_str::<Value>).transpose();
                    read.err().map(|error| HydrationError::Json(error).to_string())
                }
                _ => None,
            };
            own.or_else(|| members.values().find_map(fault_in))
        }
        Value::Array(items) => items.iter().find_map(fault_in),
        _ => None,
    }
}

/// All templates of the parameters.
pub fn templates(parameters: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    parameters.values().for_each(|value| find_templates(value, &mut found));
    found
}

fn find_templates(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if members.get(KIND).is_some_and(|kind| kind == "jinja") {
                found.extend(members.get("template").and_then(Value::as_str).map(str::to_owned));
            }
            members.values().for_each(|value| find_templates(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| find_templates(item, found)),
        _ => {}
    }
}

fn into_map(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Whether some object with a kind, at any depth, is such that `test` holds.
fn mentions(value: &Value, test: impl Fn(&Map<String, Value>) -> bool + Copy) -> bool {
    match value {
        Value::Object(members) => {
            (members.contains_key(KIND) && test(members)) || members.values().any(|value| mentions(value, test))
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, test)),
        _ => false,
    }
}

/// The value; nothing where the member or item is to be left out.
fn hydrated(
    value: &Value,
    variables: &HashMap<String, Value>,
    render: Render<'_>,
) -> Result<Option<Value>, HydrationError> {
    match value {
        Value::Object(members) => match members.get(KIND) {
            Some(kind) => of_kind(kind, members, variables, render),
            None => {
                let mut whole = Map::with_capacity(members.len());
                for (key, value) in members {
                    if let Some(value) = hydrated(value, variables, render)? {
                        whole.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::Object(whole)))
            }
        },
        Value::Array(items) => {
            let items = items.iter().filter_map(|item| hydrated(item, variables, render).transpose());
            Ok(Some(Value::Array(items.collect::<Result<_, _>>()?)))
        }
        plain => Ok(Some(plain.clone())),
    }
}

fn of_kind(
    kind: &Value,
    members: &Map<String, Value>,
    variables: &HashMap<String, Value>,
    render: Render<'_>,
) -> Result<Option<Value>, HydrationError> {
    let inner = |key: &str| match members.get(key) {
        Some(nested) => hydrated(nested, variables, render).map(|nested| Some(nested.unwrap_or_default())),
        None => Ok(None),
    };
    match kind.as_str() {
        Some("json") => match inner("value")? {
            // The dashboards send this for a field that was emptied.
            None => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(&text).map(Some).map_err(HydrationError::Json),
            whole => Ok(whole),
        },
        Some("jinja") => match inner("template")? {
            None => Err(HydrationError::Missing("template")),
            Some(template) => {
                let text = render(template.as_str().unwrap_or_default()).map_err(HydrationError::Jinja)?;
                Ok(Some(Value::String(text)))
            }
        },
        Some("workspace_variable") => match inner("variable_name")? {
            None => Ok(None),
            Some(name) => {
                let name = name.as_str().unwrap_or_default();
                let value = variables.get(name).cloned();
                value.map(Some).ok_or_else(|| HydrationError::Variable(name.to_owned()))
            }
        },
        Some("none") => inner("value")?.map(Some).ok_or(HydrationError::Missing("value")),
        _ => Ok(Some(members.get("value").cloned().unwrap_or_default())),
    }
}

/// What a template makes without anything to refer to.
fn rendered(template: &str) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_fuel(Some(FUEL));
    environment.render_str(template, ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: Value) -> Result<Option<Value>, String> {
        let variables = HashMap::from([("region".to_owned(), json!("tw"))]);
        hydrated(&value, &variables, &rendered).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_has_its_value() {
        let cases = [
            (json!({ KIND: "json", "value": "[1, 2]" }), Ok(Some(json!([1, 2])))),
            (json!({ KIND: "json" }), Ok(None)),
            (json!({ KIND: "jinja", "template": "{{ 'a' | upper }}" }), Ok(Some(json!("A")))),
            (json!({ KIND: "workspace_variable", "variable_name": "region" }), Ok(Some(json!("tw")))),
            (json!({ KIND: "none", "value": { KIND: "json", "value": "1" } }), Ok(Some(json!(1)))),
            (json!({ KIND: "odd", "value": 5 }), Ok(Some(json!(5)))),
            (json!({ "a": { KIND: "json" }, "b": [{ KIND: "json" }, 1] }), Ok(Some(json!({ "b": [1] })))),
            (json!({ KIND: "none" }), Err("Missing 'value' key in __prefect object".to_owned())),
            (json!({ KIND: "jinja" }), Err("Missing 'template' key in __prefect object".to_owned())),
            (
                json!({ KIND: "workspace_variable", "variable_name": "x" }),
                Err("Variable 'x' not found in workspace.".to_owned()),
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(of(value.clone()), expected, "{value}");
        }
        assert!(of(json!({ KIND: "json", "value": "{" })).is_err_and(|text| text.starts_with("Invalid JSON: ")));
        assert!(
            of(json!({ KIND: "jinja", "template": "{% for %}" }))
                .is_err_and(|text| text.starts_with("Invalid jinja: "))
        );
    }

    #[test]
    fn plain_texts_may_be_templates() {
        let given = json!({
            "n": "{{ 1 + 1 }}", "text": "n = {{ 1 + 1 }}", "list": ["{{ [1] }}", 5], "plain": "x",
            "kept": { KIND: "none", "value": "{{ 1 }}" }, "deep": { "x": "{% if true %}y{% endif %}" },
        });
        let Value::Object(given) = given else { panic!("an object") };
        let whole = with_templates(given);
        assert_eq!(templates(&whole).len(), 4);
        assert_eq!(fault(&whole), None);
        for wrong in [json!("{{ x"), json!([{ KIND: "jinja" }]), json!({ "x": { KIND: "json", "value": "{" } })] {
            let parameters = Map::from_iter([("p".to_owned(), wrong.clone())]);
            assert!(fault(&parameters).is_some_and(|fault| fault.starts_with("p: ")), "{wrong}");
        }
        assert_eq!(
            of(Value::Object(whole)),
            Ok(Some(json!({
                "n": 2, "text": "n = 2", "list": [[1], 5], "plain": "x", "kept": "{{ 1 }}", "deep": { "x": "y" },
            })))
        );
    }

    #[test]
    fn a_template_cannot_run_for_ever() {
        let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
        assert!(of(json!({ KIND: "jinja", "template": endless })).is_err());
    }
}
