//! The first pane: the defaults of the variables as a form. It writes into the text, and reads from it.

use domain::deployments::DeploymentRow;
use domain::job_template::placeholders;
use leptos::prelude::*;
use serde_json::Value;

use super::desk::Desk;
use super::groups::{GROUPS, group};
use crate::components::schema_form::schema_field;
use crate::element::{El, el, link};
use crate::routes;
use crate::schema::{Field, fields};

/// Deployments that are named one by one.
const SHOWN: usize = 3;

/// What is being typed into one field: its name and its text, which may not be a value yet.
type Typed = RwSignal<Option<(String, String)>>;

/// The pane.
pub fn form(desk: Desk) -> El {
    let typed = Typed::new(None);
    let content = move || {
        let all = desk.template.with(|template| fields(template.get("variables").unwrap_or(&Value::Null)));
        if all.is_empty() {
            return el("p").class("faint").add("The template declares no variables.");
        }
        let used =
            desk.template.with(|template| template.get("job_configuration").map(placeholders).unwrap_or_default());
        let groups = GROUPS.iter().filter_map(|name| {
            let of_group: Vec<&Field> = all.iter().filter(|field| group(&field.name) == *name).collect();
            let fields = of_group.iter().map(|field| {
                let is_used = used.iter().any(|used| used.split(['.', '[']).next() == Some(field.name.as_str()));
                variable(desk, typed, field).add(usage(desk, &field.name, is_used))
            });
            let open = (!of_group.is_empty()).then(|| el("details").attr("open", true))?;
            Some(open.add(el("summary").add(*name)).add_all(fields))
        });
        el("fieldset").attr("disabled", move || desk.broken()).add_all(groups)
    };
    let note =
        move || desk.broken().then(|| el("p").class("faint").add("Mend the source first; then the form works again."));
    // While nothing in it can be changed it still can be scrolled.
    let scrolled = move || desk.broken().then_some("0");
    let body = el("div").class("pane-body").attr("tabindex", scrolled).on("focusout", move |_| leave(typed));
    el("section")
        .class("pane variables")
        .attr("aria-label", "Defaults")
        .add(el("div").class("pane-head").add(el("h2").add("Defaults")))
        .add(body.add(note).add(content))
}

fn variable(desk: Desk, typed: Typed, field: &Field) -> El {
    // A default may always be missing, whatever the schema requires of the value in the end.
    let field = Field { required: false, ..field.clone() };
    let stored = StoredValue::new(field.clone());
    let being_typed = move || {
        typed.with(|typed| {
            typed
                .as_ref()
                .filter(|(name, _)| stored.with_value(|field| *name == field.name))
                .map(|(_, text)| text.clone())
        })
    };
    let default = move || {
        desk.template.with(|template| {
            stored.with_value(|field| {
                let default =
                    template.get("variables").and_then(|variables| variables["properties"][&field.name].get("default"));
                field.show(default)
            })
        })
    };
    let text = move || being_typed().unwrap_or_else(default);
    let problem = move || being_typed().and_then(|text| stored.with_value(|field| field.read(&text).err()));
    let change = move |text: String| {
        let Some(field) = stored.try_get_value() else { return };
        typed.set(Some((field.name.clone(), text.clone())));
        if let Ok(value) = field.read(&text) {
            desk.change(|template| set_default(template, &field, value));
        }
    };
    schema_field(format!("variable-{}", field.name), &field, text, problem, change)
}

/// Sets or takes away the default; where null is a value, it stays in the place of nothing.
fn set_default(template: &mut Value, field: &Field, value: Option<Value>) {
    let Some(property) = template["variables"]["properties"][&field.name].as_object_mut() else { return };
    match value.or_else(|| field.nullable.then_some(Value::Null)) {
        Some(value) => drop(property.insert("default".to_owned(), value)),
        None => drop(property.shift_remove("default")),
    }
}

/// How many of the pool's deployments get the variable's value, and which of them say otherwise.
fn usage(desk: Desk, name: &str, is_used: bool) -> El {
    let line = el("p").class("help faint usage");
    if !is_used {
        return line.add("No placeholder uses it.");
    }
    desk.page.with(|data| {
        let pool = routes::work_pool(&data.row.work_pool.name);
        let all = &data.deployments;
        let own: Vec<&DeploymentRow> =
            all.iter().filter(|row| row.deployment.job_variables.contains_key(name)).collect();
        let line =
            line.add("Used by ").add(link(pool.clone(), crate::words::count(data.row.deployments, "deployment")));
        if own.is_empty() {
            return line;
        }
        let shown = own.iter().take(SHOWN).map(|row| {
            let path = routes::deployment(&row.flow_name, &row.deployment.name);
            el("span").add(" ").add(link(path, row.deployment.name.clone()))
        });
        let more = (own.len() > SHOWN).then(|| el("span").add(" ").add(link(pool, "…")));
        line.add(", overridden by ").add(own.len() as i64).add(":").add_all(shown).add(more)
    })
}

/// What has become a value is shown as the text says it from now on; half a value stays to be mended.
fn leave(typed: Typed) {
    typed.set(None);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_set_in_place() {
        let mut template = json!({ "variables": { "properties": {
            "image": { "title": "Image", "default": "a", "type": "string" },
            "ttl": { "anyOf": [{ "type": "integer" }, { "type": "null" }], "default": 1 },
        } } });
        let all = fields(&template["variables"]);
        set_default(&mut template, &all[0], Some(json!("b")));
        set_default(&mut template, &all[1], None);
        let expected = r#"{"variables":{"properties":{"image":{"title":"Image","default":"b","type":"string"},"ttl":{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null}}}}"#;
        assert_eq!(template.to_string(), expected);
        set_default(&mut template, &all[0], None);
        assert!(template["variables"]["properties"]["image"].get("default").is_none());
    }
}
