//! The variables' defaults as a form. A change goes into the text, whose order stays.

use leptos::prelude::*;
use serde_json::{Map, Value};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use super::Draft;
use crate::components::json::pretty;
use crate::components::list::{Item, list};
use crate::element::{El, el};
use crate::notices::{Notices, notices};

/// One variable as the form shows it.
#[derive(Debug, Clone, PartialEq)]
struct Variable {
    name: String,
    title: String,
    description: String,
    kind: Kind,
    default: Option<Value>,
}

/// Which control a variable gets.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Text,
    Number,
    Flag,
    Choice(Vec<String>),
    /// Objects, lists and everything else, as JSON.
    Json,
}

/// The form; its fields rest while the text is no template.
pub fn form(draft: Draft) -> El {
    let notices = notices();
    let resting = move || draft.checked.with(Result::is_err);
    let items = move || {
        let variables = draft.template.with(variables);
        let item = |variable: Variable| {
            let key = format!("{variable:?}");
            Item::new(key, move || field(draft, notices, &variable))
        };
        variables.into_iter().map(item).collect()
    };
    el("fieldset").class("defaults").attr("disabled", resting).add(list(items))
}

fn variables(template: &Map<String, Value>) -> Vec<Variable> {
    let properties = template.get("variables").and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    properties
        .map(|properties| properties.iter().map(|(name, schema)| variable(name, schema)).collect())
        .unwrap_or_default()
}

fn variable(name: &str, schema: &Value) -> Variable {
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let title = Some(text("title")).filter(|title| !title.is_empty()).unwrap_or_else(|| name.to_owned());
    let default = schema.get("default").filter(|value| !value.is_null()).cloned();
    Variable { name: name.to_owned(), title, description: text("description"), kind: kind(schema), default }
}

/// By `enum` and `type`; of several types the first that is not null counts.
fn kind(schema: &Value) -> Kind {
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return Kind::Choice(choices.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    let any_of = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let types = std::iter::once(schema).chain(any_of).filter_map(|schema| schema.get("type")?.as_str());
    match types.into_iter().find(|kind| *kind != "null") {
        Some("string") => Kind::Text,
        Some("integer" | "number") => Kind::Number,
        Some("boolean") => Kind::Flag,
        _ => Kind::Json,
    }
}

fn field(draft: Draft, notices: Notices, variable: &Variable) -> El {
    let id = format!("default-{}", variable.name);
    let shown = variable.default.as_ref().map(written).unwrap_or_default();
    let change = {
        let (name, kind) = (variable.name.clone(), variable.kind.clone());
        move |event: Event| match read(&event, &kind) {
            Ok(value) => set_default(draft, &name, value),
            Err(why) => notices.refused(format!("{name}: {why}")),
        }
    };
    let control = match &variable.kind {
        Kind::Text => el("input").attr("type", "text").attr("placeholder", "unset").attr(".value", shown),
        Kind::Number => el("input").attr("type", "number").attr("placeholder", "unset").attr(".value", shown),
        Kind::Flag => choice(&["true".to_owned(), "false".to_owned()], &shown),
        Kind::Choice(choices) => choice(choices, &shown),
        Kind::Json => {
            el("textarea").attr("rows", "2").attr("placeholder", "unset").attr("spellcheck", "false").add(shown)
        }
    };
    el("div")
        .class("field")
        .add(
            el("label")
                .attr("for", id.clone())
                .add(variable.title.clone())
                .add(" ")
                .add(el("code").add(variable.name.clone())),
        )
        .add(control.attr("id", id).on("change", change))
        .add((!variable.description.is_empty()).then(|| el("small").add(variable.description.clone())))
}

fn choice(choices: &[String], shown: &str) -> El {
    let option = |value: &str, word: &str| {
        el("option").attr("value", value.to_owned()).attr("selected", value == shown).add(word.to_owned())
    };
    el("select").add(option("", "unset")).add_all(choices.iter().map(|choice| option(choice, choice)))
}

/// Texts as they are, everything else as JSON.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The value of the control that changed; `None` is unset.
fn read(event: &Event, kind: &Kind) -> Result<Option<Value>, String> {
    let target = event.target().ok_or("nothing was changed")?;
    let text = if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        input.value()
    } else if let Some(select) = target.dyn_ref::<HtmlSelectElement>() {
        select.value()
    } else {
        target.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value).unwrap_or_default()
    };
    parse(&text, kind)
}

fn parse(text: &str, kind: &Kind) -> Result<Option<Value>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match kind {
        Kind::Text | Kind::Choice(_) => Ok(Some(Value::String(text.to_owned()))),
        Kind::Flag => Ok(Some(Value::Bool(text == "true"))),
        Kind::Number => match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_number() => Ok(Some(value)),
            _ => Err("a number is wanted".to_owned()),
        },
        Kind::Json => serde_json::from_str(text).map(Some).map_err(|error| format!("not JSON: {error}")),
    }
}

/// Puts the default into the text, or takes it out.
fn set_default(draft: Draft, name: &str, value: Option<Value>) {
    let mut template = draft.template.get_untracked();
    let Some(schema) = template
        .get_mut("variables")
        .and_then(|schema| schema.get_mut("properties"))
        .and_then(|properties| properties.get_mut(name))
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    match value {
        Some(value) => drop(schema.insert("default".to_owned(), value)),
        None => drop(schema.shift_remove("default")),
    }
    draft.text.set(pretty(&Value::Object(template)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn controls_follow_the_schema() {
        let cases = [
            (json!({"type": "string"}), Kind::Text),
            (json!({"type": "integer"}), Kind::Number),
            (json!({"type": "boolean"}), Kind::Flag),
            (json!({"enum": ["A", "B"], "type": "string"}), Kind::Choice(vec!["A".into(), "B".into()])),
            (json!({"anyOf": [{"type": "null"}, {"type": "integer"}]}), Kind::Number),
            (json!({"type": "object"}), Kind::Json),
            (json!({}), Kind::Json),
        ];
        for (schema, wanted) in cases {
            assert_eq!(kind(&schema), wanted, "{schema}");
        }
    }

    #[test]
    fn what_is_typed_becomes_a_value_of_its_kind() {
        assert_eq!(parse("  ", &Kind::Text), Ok(None));
        assert_eq!(parse("60", &Kind::Number), Ok(Some(json!(60))));
        assert_eq!(parse("60", &Kind::Text), Ok(Some(json!("60"))));
        assert_eq!(parse("false", &Kind::Flag), Ok(Some(json!(false))));
        assert_eq!(parse("{\"a\": 1}", &Kind::Json), Ok(Some(json!({"a": 1}))));
        assert!(parse("six", &Kind::Number).is_err() && parse("{", &Kind::Json).is_err());
    }
}
