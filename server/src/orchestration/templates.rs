//! Jinja templates that people write: checked when they are stored, filled in when something happens.
//!
//! They were written for Python's Jinja, so values print as Python prints them, and the methods that texts
//! and dictionaries have there can be called.

mod labels;
mod links;
mod objects;
mod python;

use std::collections::{BTreeMap, HashSet};

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

pub use labels::Labels;
pub use objects::{event, firing};

/// A template may do so many steps: enough for any message, and no endless loop.
const FUEL: u64 = 100_000;

/// What templates may name.
pub type Context = BTreeMap<String, Value>;

/// The engine. `dashboard` is the address that links begin with.
pub fn environment(dashboard: &str) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(python::print);
    environment.set_unknown_method_callback(python::method);
    links::install(&mut environment, dashboard);
    environment
}

/// A thing as its JSON is.
pub fn plain(thing: impl Serialize) -> Value {
    Value::from(Serde(thing))
}

/// A thing as Python prints it.
pub fn python(thing: impl Serialize) -> String {
    python::shown(&plain(thing))
}

/// Whether the text has anything to fill in.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// What is wrong with a template, if it cannot be read.
pub fn fault(text: &str) -> Option<String> {
    environment("").template_from_str(text).err().map(|error| error.to_string())
}

/// The names that the templates take from the context.
pub fn names<'t>(texts: impl IntoIterator<Item = &'t str>) -> HashSet<String> {
    let environment = environment("");
    let of = |text: &str| environment.template_from_str(text).map(|read| read.undeclared_variables(false));
    texts.into_iter().filter_map(|text| of(text).ok()).flatten().collect()
}

/// The text, filled in.
pub fn render(environment: &Environment, text: &str, context: &Context) -> Result<String, minijinja::Error> {
    if is_template(text) { environment.render_str(text, context) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(text: &str) -> String {
        let event_of = serde_json::from_value(json!({
            "occurred": "2026-11-23T12:00:00Z", "event": "prefect.flow-run.Failed", "id": "01a20981-a646-72bd-84ec-ad8a9fa5232b",
            "resource": {
                "prefect.resource.id": "prefect.flow-run.01a20981-a646-72bd-84ec-ad8a9fa5232c",
                "prefect.resource.name": "fox", "prefect": "P",
            },
            "related": [
                { "prefect.resource.id": "prefect.flow.2", "prefect.resource.role": "flow", "prefect.resource.name": "etl" },
                { "prefect.resource.id": "prefect.tag.a", "prefect.resource.role": "tag" },
            ],
            "payload": { "answer": 42, "ok": true, "none": null, "list": [1, "a"] },
        }))
        .expect("an event");
        let labels = [("hello.world".to_owned(), "foo".to_owned()), ("hello.world.again".to_owned(), "bar".to_owned())];
        let context = Context::from([
            ("event".to_owned(), event(&event_of, "http://ui")),
            ("labels".to_owned(), Value::from_object(Labels::of(labels.into()))),
            ("flow_run".to_owned(), plain(json!({ "id": "1", "flow_id": "2", "run_count": 1 }))),
        ]);
        render(&environment("http://ui"), text, &context).unwrap_or_else(|error| format!("{error}"))
    }

    #[test]
    fn events_and_labels_are_open_to_templates() {
        let cases = [
            ("plain", "plain"),
            ("{{ event.event }} at {{ event.occurred }}", "prefect.flow-run.Failed at 2026-11-23T12:00:00Z"),
            ("{{ event.resource.name }}/{{ event.resource['prefect.resource.name'] }}", "fox/fox"),
            ("{{ event.resource.labels.prefect.resource.name }}", "fox"),
            ("{{ event.resource.labels.prefect }}", "P"),
            ("{{ event.resource_in_role.flow.name }}", "etl"),
            ("{% for one in event.related %}{{ one.role }} {% endfor %}", "flow tag "),
            ("{{ labels.hello.world }} {{ labels.hello.world.again }} {{ labels['hello.world'] }}", "foo bar foo"),
            ("{{ event.payload.answer + 1 }} {{ event.payload.ok }} {{ event.payload.none }}", "43 True None"),
            ("{{ event.payload.list }} {{ event.payload.get('x', 'y') }}", "[1, 'a'] y"),
            ("{{ nothing.at.all }}|{{ event.payload.x.y }}", "|"),
            ("{{ event.payload | tojson }}", r#"{"answer": 42, "list": [1, "a"], "none": null, "ok": true}"#),
            ("{{ event.event.split('.')[1].upper() }}", "FLOW-RUN"),
            ("{{ flow_run | ui_url }}", "http://ui/runs/flow-run/1"),
            (
                "{{ event.resource | ui_resource_events_url }}",
                "http://ui/events?resource=prefect.flow-run.01a20981-a646-72bd-84ec-ad8a9fa5232c",
            ),
            (
                "{{ 'see flow-run/01a20981-a646-72bd-84ec-ad8a9fa5232c!' | flow_run_id }}",
                "01a20981-a646-72bd-84ec-ad8a9fa5232c",
            ),
            ("{{ event.url }}", "http://ui/events/event/2026-11-23/01a20981-a646-72bd-84ec-ad8a9fa5232b"),
        ];
        for (text, want) in cases {
            assert_eq!(filled(text), want, "{text}");
        }
    }

    #[test]
    fn templates_are_read_before_they_are_kept() {
        assert_eq!(fault("{{ event.event }}"), None);
        assert!(fault("{{ event.event }").is_some() && fault("{% for %}").is_some());
        let names = names(["{{ flow.name }} {% for x in events %}{{ x }}{% endfor %}", "{{ flow_run }}", "{{"]);
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort();
        assert_eq!(names, ["events", "flow", "flow_run"]);
    }
}
