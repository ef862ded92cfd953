//! Events, their resources and firings as templates see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::automations::Firing;
use domain::events::{Event, Resource};
use minijinja::Value;
use minijinja::value::{Enumerator, Object};

use super::labels::Labels;
use super::{links, plain};

/// The event, with what belongs to it under the names that Python's objects have.
pub fn event(of: &Event, dashboard: &str) -> Value {
    Value::from_object(EventObject { event: of.clone(), url: links::of_event(of, dashboard) })
}

/// The firing, with its events as [`event`]s.
pub fn firing(of: &Firing, dashboard: &str) -> Value {
    let about = of.triggering_event.as_ref().map(|about| event(about, dashboard));
    let below: Vec<Value> = of.triggering_firings.iter().map(|below| firing(below, dashboard)).collect();
    let members = BTreeMap::from([
        ("id", Value::from(of.id.to_string())),
        ("trigger", plain(&of.trigger)),
        ("trigger_states", plain(&of.trigger_states)),
        ("triggered", plain(of.triggered)),
        ("triggering_labels", plain(&of.triggering_labels)),
        ("triggering_firings", Value::from(below)),
        ("triggering_event", about.unwrap_or_else(|| Value::from(()))),
        ("triggering_value", plain(&of.triggering_value)),
    ]);
    Value::from_pairs(members)
}

#[derive(Debug)]
struct EventObject {
    event: Event,
    url: String,
}

impl Object for EventObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let event = &self.event;
        let related = || event.related.iter().map(resource);
        Some(match key.as_str()? {
            "occurred" => plain(event.occurred),
            "event" => Value::from(event.event.as_str()),
            "resource" => resource(&event.resource),
            "related" => related().collect(),
            "involved_resources" => std::iter::once(resource(&event.resource)).chain(related()).collect(),
            "resource_in_role" => {
                // The first of each role.
                let in_roles = event.related.iter().rev().map(|one| (one.role().to_owned(), resource(one)));
                Value::from_pairs(in_roles.collect::<BTreeMap<_, _>>())
            }
            "resources_in_role" => {
                let mut in_roles: BTreeMap<String, Vec<Value>> = BTreeMap::new();
                event
                    .related
                    .iter()
                    .for_each(|one| in_roles.entry(one.role().to_owned()).or_default().push(resource(one)));
                Value::from_pairs(in_roles.into_iter().map(|(role, all)| (role, Value::from(all))))
            }
            "payload" => plain(&event.payload),
            "id" => Value::from(event.id.to_string()),
            "follows" => plain(event.follows),
            "received" => plain(event.received),
            "url" => Value::from(self.url.as_str()),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["occurred", "event", "resource", "related", "payload", "id", "follows", "received"])
    }
}

/// The resource: its labels, and some of them by short names.
fn resource(of: &Resource) -> Value {
    Value::from_object(ResourceObject(of.clone()))
}

#[derive(Debug)]
struct ResourceObject(Resource);

impl Object for ResourceObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let (name, of) = (key.as_str()?, &self.0);
        if let Some(text) = of.get(name) {
            return Some(Value::from(text));
        }
        Some(match name {
            "id" => Value::from(of.id()),
            "name" => Value::from(of.get(domain::events::NAME)?),
            "role" => Value::from(of.get(domain::events::ROLE)?),
            "labels" => {
                let labels = of.iter().map(|(label, text)| (label.to_owned(), text.to_owned()));
                Value::from_object(Labels::of(labels.collect()))
            }
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(label, _)| Value::from(label)).collect())
    }
}
