//! What an automation waits for: events, or several triggers together.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::events::{Event, ROLE, Resource, Specification, fits};
use crate::id::TriggerId;
use crate::schedule::duration;

/// The least time, in seconds, that the absence of events takes to be noticed.
pub const LEAST_PROACTIVE: f64 = 10.0;

/// A trigger; composite ones have others below them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Trigger {
    Event(EventTrigger),
    Compound(CompoundTrigger),
    Sequence(SequenceTrigger),
}

/// Fires on the presence, or the absence, of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct EventTrigger {
    #[serde(default)]
    pub id: TriggerId,
    /// Labels of the event's resource.
    #[serde(rename = "match", default)]
    pub matching: Specification,
    /// Labels of related resources.
    #[serde(default)]
    pub match_related: MatchRelated,
    /// Names of events that must come first; none means that it waits from the start.
    #[serde(default, deserialize_with = "set")]
    pub after: Vec<String>,
    /// Names of events that are counted; none means all.
    #[serde(default, deserialize_with = "set")]
    pub expect: Vec<String>,
    /// Labels; events that differ in one of them are counted apart.
    #[serde(default, deserialize_with = "set")]
    pub for_each: Vec<String>,
    pub posture: Posture,
    /// So many events.
    #[serde(default = "one")]
    pub threshold: i64,
    /// Within so many seconds.
    #[serde(default, deserialize_with = "within")]
    pub within: f64,
}

/// Fires when enough of its children have fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CompoundTrigger {
    #[serde(default)]
    pub id: TriggerId,
    pub triggers: Vec<Trigger>,
    /// Seconds; none means however long it takes.
    #[serde(deserialize_with = "duration::seconds")]
    pub within: Option<f64>,
    pub require: Require,
}

/// Fires when all of its children have fired, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SequenceTrigger {
    #[serde(default)]
    pub id: TriggerId,
    pub triggers: Vec<Trigger>,
    /// Seconds; none means however long it takes.
    #[serde(deserialize_with = "duration::seconds")]
    pub within: Option<f64>,
}

/// Whether presence or absence counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Posture {
    Reactive,
    Proactive,
}

impl Posture {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Posture::Reactive => "Reactive",
            Posture::Proactive => "Proactive",
        }
    }
}

/// How many children must fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Require {
    Count(i64),
    Word(RequireWord),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum RequireWord {
    Any,
    All,
}

/// One specification that some related resource must fit, or several that each need one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum MatchRelated {
    One(Specification),
    All(Vec<Specification>),
}

impl Default for MatchRelated {
    fn default() -> Self {
        MatchRelated::One(Specification::default())
    }
}

impl MatchRelated {
    /// All of them.
    pub fn as_slice(&self) -> &[Specification] {
        match self {
            MatchRelated::One(one) => std::slice::from_ref(one),
            MatchRelated::All(all) => all,
        }
    }
}

fn one() -> i64 {
    1
}

/// A list without repetitions.
fn set<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let mut set = Vec::new();
    for item in Vec::<String>::deserialize(from)? {
        if !set.contains(&item) {
            set.push(item);
        }
    }
    Ok(set)
}

/// To the microsecond: less than that is no time at all.
fn within<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let seconds = duration::seconds(from)?.ok_or_else(|| D::Error::custom("within must be a duration"))?;
    Ok((seconds * 1e6).round() / 1e6)
}

/// By its `type`; without one, by the keys that only one kind has.
impl<'de> Deserialize<'de> for Trigger {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let members = Map::<String, Value>::deserialize(from)?;
        let kind = match members.get("type") {
            None if members.contains_key("require") => "compound".to_owned(),
            None if members.contains_key("triggers") => "sequence".to_owned(),
            None => "event".to_owned(),
            Some(kind) => kind.as_str().unwrap_or_default().to_owned(),
        };
        let whole = Value::Object(members);
        let read = match kind.as_str() {
            "event" => serde_json::from_value(whole).map(Trigger::Event),
            "compound" => serde_json::from_value(whole).map(Trigger::Compound),
            "sequence" => serde_json::from_value(whole).map(Trigger::Sequence),
            other => return Err(D::Error::unknown_variant(other, &["event", "compound", "sequence"])),
        };
        read.map_err(D::Error::custom)
    }
}

impl Trigger {
    /// Its id.
    pub fn id(&self) -> TriggerId {
        match self {
            Trigger::Event(trigger) => trigger.id,
            Trigger::Compound(trigger) => trigger.id,
            Trigger::Sequence(trigger) => trigger.id,
        }
    }

    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Trigger::Event(_) => "event",
            Trigger::Compound(_) => "compound",
            Trigger::Sequence(_) => "sequence",
        }
    }

    /// The posture of a trigger on events.
    pub fn posture(&self) -> Option<Posture> {
        match self {
            Trigger::Event(trigger) => Some(trigger.posture),
            Trigger::Compound(_) | Trigger::Sequence(_) => None,
        }
    }

    /// The triggers directly below it.
    pub fn children(&self) -> &[Trigger] {
        match self {
            Trigger::Event(_) => &[],
            Trigger::Compound(trigger) => &trigger.triggers,
            Trigger::Sequence(trigger) => &trigger.triggers,
        }
    }

    /// All triggers on events, at any depth.
    pub fn events(&self) -> Vec<&EventTrigger> {
        match self {
            Trigger::Event(trigger) => vec![trigger],
            composite => composite.children().iter().flat_map(Trigger::events).collect(),
        }
    }

    /// The trigger directly above the one with that id, looked for below this one.
    pub fn parent_of(&self, id: TriggerId) -> Option<&Trigger> {
        if self.children().iter().any(|child| child.id() == id) {
            return Some(self);
        }
        self.children().iter().find_map(|child| child.parent_of(id))
    }

    /// Gives it and all below it new ids.
    pub fn renew_ids(&mut self, new_id: &mut impl FnMut() -> TriggerId) {
        let (id, children) = match self {
            Trigger::Event(trigger) => (&mut trigger.id, &mut [][..]),
            Trigger::Compound(trigger) => (&mut trigger.id, &mut trigger.triggers[..]),
            Trigger::Sequence(trigger) => (&mut trigger.id, &mut trigger.triggers[..]),
        };
        *id = new_id();
        children.iter_mut().for_each(|child| child.renew_ids(new_id));
    }
}

impl EventTrigger {
    /// Whether the event is one that the trigger counts or begins with.
    pub fn covers(&self, event: &Event) -> bool {
        (self.expects(&event.event) || self.starts_after(&event.event))
            && self.matching.fits(&event.resource)
            && self
                .match_related
                .as_slice()
                .iter()
                .all(|wanted| wanted.0.is_empty() || event.related.iter().any(|resource| wanted.fits(resource)))
    }

    /// Whether events of that name are counted.
    pub fn expects(&self, name: &str) -> bool {
        self.expect.is_empty() || fits_any(&self.expect, name)
    }

    /// Whether the trigger begins to wait at events of that name.
    pub fn starts_after(&self, name: &str) -> bool {
        fits_any(&self.after, name)
    }

    /// Whether it fires at the very event that reaches the threshold, whenever that is.
    pub fn is_immediate(&self) -> bool {
        self.posture == Posture::Reactive && self.within == 0.0
    }

    /// The labels in which events are told apart, in the order of keys.
    pub fn key_labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = self.for_each.iter().map(String::as_str).collect();
        labels.sort_unstable();
        labels
    }

    /// Which of its buckets the event belongs into.
    pub fn key_of(&self, event: &Event) -> Vec<String> {
        self.key_labels().into_iter().map(|label| label_of(event, label).unwrap_or_default().to_owned()).collect()
    }
}

/// The label's text: of the event's resource or, as `related:<role>:<label>`, of the first related resource
/// in that role.
fn label_of<'e>(event: &'e Event, label: &str) -> Option<&'e str> {
    let of_role = label.strip_prefix("related:").and_then(|rest| rest.split_once(':'));
    match of_role {
        Some((role, label)) => {
            let in_role = |resource: &&Resource| resource.get(ROLE) == Some(role);
            event.related.iter().find(in_role)?.get(label)
        }
        None => event.resource.get(label),
    }
}

fn fits_any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trigger(value: Value) -> EventTrigger {
        match serde_json::from_value(value).expect("a trigger") {
            Trigger::Event(trigger) => trigger,
            other => panic!("no trigger on events: {other:?}"),
        }
    }

    fn event() -> Event {
        serde_json::from_value(json!({
            "occurred": "2026-11-23T12:00:00Z", "event": "prefect.flow-run.Failed", "id": "01a20981-a646-72bd-84ec-ad8a9fa5232b",
            "resource": { "prefect.resource.id": "prefect.flow-run.1", "prefect.resource.name": "fox" },
            "related": [
                { "prefect.resource.id": "prefect.flow.2", "prefect.resource.role": "flow" },
                { "prefect.resource.id": "prefect.tag.a", "prefect.resource.role": "tag" },
                { "prefect.resource.id": "prefect.tag.b", "prefect.resource.role": "tag" },
            ],
        }))
        .expect("an event")
    }

    #[test]
    fn a_trigger_covers_what_it_names() {
        let cases = [
            (json!({}), true),
            (json!({ "expect": ["prefect.flow-run.*"] }), true),
            (json!({ "expect": ["prefect.flow-run.Completed"] }), false),
            (json!({ "expect": ["prefect.flow-run.Completed"], "after": ["prefect.flow-run.Failed"] }), true),
            (json!({ "expect": ["prefect.flow-run"] }), false),
            (json!({ "match": { "prefect.resource.id": ["x", "prefect.flow-run.*"] } }), true),
            (json!({ "match": { "prefect.resource.name": "!fox" } }), false),
            (json!({ "match_related": { "prefect.resource.id": "prefect.tag.b" } }), true),
            (
                json!({ "match_related": [{ "prefect.resource.role": "tag" }, { "prefect.resource.id": "prefect.flow.2" }] }),
                true,
            ),
            (
                json!({ "match_related": [{ "prefect.resource.role": "tag" }, { "prefect.resource.id": "prefect.flow.3" }] }),
                false,
            ),
        ];
        for (members, want) in cases {
            let mut whole = members.clone();
            whole["posture"] = json!("Reactive");
            assert_eq!(trigger(whole).covers(&event()), want, "{members}");
        }
    }

    #[test]
    fn keys_are_made_of_labels_in_their_order() {
        let labels = json!(["related:tag:prefect.resource.id", "prefect.resource.id", "nothing", "related:flow:x"]);
        let trigger = trigger(json!({ "posture": "Reactive", "for_each": labels }));
        assert_eq!(
            trigger.key_labels(),
            ["nothing", "prefect.resource.id", "related:flow:x", "related:tag:prefect.resource.id"]
        );
        assert_eq!(trigger.key_of(&event()), ["", "prefect.flow-run.1", "", "prefect.tag.a"]);
    }

    #[test]
    fn kinds_are_told_by_type_or_by_keys() {
        let event = json!({ "posture": "Proactive", "within": "PT1M", "expect": ["a", "a"] });
        let cases = [
            (event.clone(), "event"),
            (json!({ "triggers": [event.clone()], "within": null, "require": "all" }), "compound"),
            (json!({ "type": "sequence", "triggers": [event.clone()], "within": 5 }), "sequence"),
        ];
        for (value, kind) in cases {
            let trigger: Trigger = serde_json::from_value(value.clone()).expect("a trigger");
            assert_eq!(trigger.kind(), kind, "{value}");
            assert_eq!((trigger.events()[0].within, trigger.events()[0].expect.len()), (60.0, 1), "{value}");
        }
    }

    #[test]
    fn parents_are_found_at_any_depth() {
        let event = json!({ "posture": "Reactive" });
        let inner = json!({ "triggers": [event, event], "within": null, "require": 1 });
        let mut trigger: Trigger =
            serde_json::from_value(json!({ "triggers": [inner, event], "within": null })).expect("a trigger");
        let mut last = 0;
        trigger.renew_ids(&mut || {
            last += 1;
            TriggerId(uuid::Uuid::from_u128(last))
        });
        let id = |n| TriggerId(uuid::Uuid::from_u128(n));
        let parent = |n| trigger.parent_of(id(n)).map(Trigger::id);
        assert_eq!(last, 5);
        assert_eq!(
            [parent(1), parent(2), parent(3), parent(4), parent(5)],
            [None, Some(id(1)), Some(id(2)), Some(id(2)), Some(id(1))]
        );
    }
}
