//! Which events somebody wants: the same question to the database and to an event that has just come.

use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::{Event, ID, ROLE, Resource};
use crate::filter::QueryOps;
use crate::id::EventId;
use crate::text_query::TextQuery;
use crate::time::Timestamp;

/// All members must hold; one that is absent, or a list that is empty, says nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EventFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred: Option<OccurredFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<NameFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<OneOrMany<RelatedFilter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_resource: Option<OneOrMany<AnyResourceFilter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Ids>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<QueryOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<EventOrder>,
}

/// By the time of happening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum EventOrder {
    Asc,
    #[default]
    Desc,
}

/// A closed range of instants.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct OccurredFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Names and beginnings of names.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NameFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_prefix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_name: Option<Vec<String>>,
}

/// The resource that the event is about.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ResourceFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_prefix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Specification>,
    /// Of each resource only the first event in the order.
    pub distinct: bool,
}

/// A related resource for which all of this holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RelatedFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Vec<String>>,
    /// Pairs of id and role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources_in_roles: Option<Vec<(String, String)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Specification>,
}

/// The event's own resource or a related one for which all of this holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AnyResourceFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_prefix: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Specification>,
}

/// Ids of events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Ids {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Vec<EventId>>,
}

/// One, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    /// All of them.
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// Labels and the patterns that their texts must fit, one of each list: `*` stands for any text, `?` for
/// any character, and a leading `!` turns a pattern round.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Specification(pub Map<String, serde_json::Value>);

impl Specification {
    /// Each label with its patterns.
    pub fn labels(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.0.iter().map(|(label, patterns)| {
            let patterns = match patterns {
                serde_json::Value::Array(list) => list.iter().filter_map(|pattern| pattern.as_str()).collect(),
                one => one.as_str().into_iter().collect(),
            };
            (label.as_str(), patterns)
        })
    }

    /// Whether the resource has all of the labels, with texts that fit.
    pub fn fits(&self, resource: &Resource) -> bool {
        self.labels().all(|(label, patterns)| {
            resource.get(label).is_some_and(|text| patterns.iter().any(|pattern| fits(pattern, text)))
        })
    }
}

/// Whether the whole of `text` fits a pattern, or, behind a `!`, does not.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    match pattern.strip_prefix('!') {
        Some(unwanted) => !glob(unwanted, text),
        None => glob(pattern, text),
    }
}

/// Whether the whole of `text` fits a pattern of `*`, `?` and plain characters.
fn glob(pattern: &str, text: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return pattern == text;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last star does not fit.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((after_star, tried)) => {
                    retry = Some((after_star, tried + 1));
                    (p, t) = (after_star, tried + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

/// The list, unless it says nothing.
fn said<T>(list: &Option<Vec<T>>) -> Option<&[T]> {
    list.as_deref().filter(|list| !list.is_empty())
}

fn is_any(list: &Option<Vec<String>>, text: &str) -> bool {
    said(list).is_none_or(|list| list.iter().any(|one| one == text))
}

fn begins_with_any(list: &Option<Vec<String>>, text: &str) -> bool {
    said(list).is_none_or(|list| list.iter().any(|start| text.starts_with(start.as_str())))
}

impl EventFilter {
    /// Whether the event is wanted; `distinct` and `order` are about lists and say nothing here. Without
    /// `until` there is no end.
    pub fn includes(&self, event: &Event) -> bool {
        let occurred = self.occurred.as_ref().is_none_or(|range| {
            range.since.is_none_or(|since| since <= event.occurred)
                && range.until.is_none_or(|until| event.occurred <= until)
        });
        occurred
            && self.id.as_ref().and_then(|ids| said(&ids.id)).is_none_or(|ids| ids.contains(&event.id))
            && self.event.as_ref().is_none_or(|names| names.includes(&event.event))
            && self.resource.as_ref().is_none_or(|filter| filter.includes(&event.resource))
            && self.related.iter().flat_map(|all| all.as_slice()).all(|filter| filter.includes(event))
            && self.any_resource.iter().flat_map(|all| all.as_slice()).all(|filter| filter.includes(event))
            && self.text.as_ref().and_then(|text| text.query.as_deref()).is_none_or(|query| says(event, query))
    }
}

impl NameFilter {
    fn includes(&self, name: &str) -> bool {
        let excluded = said(&self.exclude_prefix)
            .is_some_and(|list| list.iter().any(|start| name.starts_with(start.as_str())))
            || said(&self.exclude_name).is_some_and(|list| list.iter().any(|one| one == name));
        !excluded && begins_with_any(&self.prefix, name) && is_any(&self.name, name)
    }
}

impl ResourceFilter {
    fn includes(&self, resource: &Resource) -> bool {
        is_any(&self.id, resource.id())
            && begins_with_any(&self.id_prefix, resource.id())
            && self.labels.as_ref().is_none_or(|labels| labels.fits(resource))
    }
}

impl RelatedFilter {
    /// True when the filter asks for nothing, and so holds without any related resource.
    pub fn is_empty(&self) -> bool {
        said(&self.id).is_none()
            && said(&self.role).is_none()
            && said(&self.resources_in_roles).is_none()
            && self.labels.as_ref().is_none_or(|labels| labels.0.is_empty())
    }

    fn includes(&self, event: &Event) -> bool {
        self.is_empty() || event.related.iter().any(|resource| self.fits(resource))
    }

    fn fits(&self, resource: &Resource) -> bool {
        let (id, role) = (resource.get(ID).unwrap_or_default(), resource.get(ROLE).unwrap_or_default());
        is_any(&self.id, id)
            && is_any(&self.role, role)
            && said(&self.resources_in_roles)
                .is_none_or(|pairs| pairs.iter().any(|pair| pair.0 == id && pair.1 == role))
            && self.labels.as_ref().is_none_or(|labels| labels.fits(resource))
    }
}

impl AnyResourceFilter {
    /// True when the filter asks for nothing.
    pub fn is_empty(&self) -> bool {
        said(&self.id).is_none()
            && said(&self.id_prefix).is_none()
            && self.labels.as_ref().is_none_or(|labels| labels.0.is_empty())
    }

    fn includes(&self, event: &Event) -> bool {
        let fits = |resource: &Resource| {
            is_any(&self.id, resource.id())
                && begins_with_any(&self.id_prefix, resource.id())
                && self.labels.as_ref().is_none_or(|labels| labels.fits(resource))
        };
        fits(&event.resource) || event.related.iter().any(fits)
    }
}

/// Whether the words of the event fit the query: its name, the texts of all labels, and the payload.
fn says(event: &Event, query: &str) -> bool {
    let mut words = event.event.clone();
    let texts = event.resource.texts().chain(event.related.iter().flat_map(Resource::texts));
    for text in texts {
        words.push(' ');
        words.push_str(text);
    }
    words.push(' ');
    words.push_str(&serde_json::to_string(&event.payload).unwrap_or_default());
    TextQuery::parse(query).fits(&words.to_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event() -> Event {
        serde_json::from_value(json!({
            "occurred": "2026-11-23T12:00:00Z", "event": "prefect.flow-run.Completed", "id": "01a20981-a646-72bd-84ec-ad8a9fa5232b",
            "resource": {"prefect.resource.id": "prefect.flow-run.1", "prefect.resource.name": "Brave-Fox", "prefect.state-type": "COMPLETED"},
            "related": [
                {"prefect.resource.id": "prefect.flow.2", "prefect.resource.role": "flow", "prefect.resource.name": "etl"},
                {"prefect.resource.id": "prefect.tag.prod", "prefect.resource.role": "tag"},
            ],
            "payload": {"answer": 42},
        }))
        .expect("an event")
    }

    #[test]
    fn a_filter_takes_what_fits() {
        let cases: Vec<(Value, bool)> = vec![
            (json!({}), true),
            (json!({"occurred": {"since": "2026-11-23T12:00:00Z", "until": "2026-11-23T12:00:00Z"}}), true),
            (json!({"occurred": {"since": "2026-11-23T12:00:01Z"}}), false),
            (json!({"occurred": {"until": "2026-11-23T11:59:59Z"}}), false),
            (json!({"event": {"prefix": ["prefect.flow-run."], "name": [], "exclude_name": ["x"]}}), true),
            (json!({"event": {"exclude_prefix": ["prefect."]}}), false),
            (json!({"event": {"name": ["prefect.flow-run.Failed"]}}), false),
            (json!({"id": {"id": []}, "related": null, "text": null}), true),
            (json!({"id": {"id": ["01a20981-a646-72bd-84ec-ad8a9fa5232c"]}}), false),
            (
                json!({"resource": {"id": ["prefect.flow-run.1"], "labels": {"prefect.state-type": ["FAILED", "COMP*"]}}}),
                true,
            ),
            (json!({"resource": {"id_prefix": ["prefect.task-run."]}}), false),
            (json!({"resource": {"labels": {"prefect.resource.id": "prefect.flow-run.?"}}}), true),
            (json!({"resource": {"labels": {"prefect.state-type": "!COMPLETED"}}}), false),
            (json!({"resource": {"labels": {"nothing": "*"}}}), false),
            (json!({"resource": {"labels": {"prefect.state-type": []}}}), false),
            (json!({"related": {"id": ["prefect.flow.2"], "role": ["flow"]}}), true),
            (json!({"related": {"id": ["prefect.flow.2"], "role": ["tag"]}}), false),
            (json!({"related": [{"role": ["tag"]}, {"labels": {"prefect.resource.name": "e*"}}]}), true),
            (
                json!({"related": {"resources_in_roles": [["prefect.flow.2", "tag"], ["prefect.tag.prod", "tag"]]}}),
                true,
            ),
            (json!({"any_resource": {"id": ["prefect.flow-run.1"]}}), true),
            (json!({"any_resource": [{"id_prefix": ["prefect.tag."]}, {"id": ["prefect.flow.3"]}]}), false),
            (json!({"text": {"query": "brave -failed +42"}}), true),
            (json!({"text": {"query": "missing"}}), false),
        ];
        for (filter, want) in cases {
            let parsed: EventFilter = serde_json::from_value(filter.clone()).expect("a filter");
            assert_eq!(parsed.includes(&event()), want, "{filter}");
        }
        for wrong in [json!({"colour": 1}), json!({"event": {"suffix": []}}), json!({"order": "UP"})] {
            assert!(serde_json::from_value::<EventFilter>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn globs() {
        let cases = [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*b*", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a**b", "ab", true),
            ("", "a", false),
            ("*.é", "x.é", true),
            ("[ab]", "a", false),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(glob(pattern, text), want, "{pattern} on {text}");
        }
    }
}
