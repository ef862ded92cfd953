//! That a trigger has fired, and what is to be done about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::automations::{Action, Automation, Trigger};
use crate::events::{Event, NAME, ROLE, Resource};
use crate::id::EventId;
use crate::time::Timestamp;

/// Events follow upon each other within so many seconds.
const TIGHT_SECONDS: f64 = 300.0;

/// One firing of a trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    pub id: Uuid,
    pub trigger: Trigger,
    pub trigger_states: Vec<TriggerState>,
    pub triggered: Timestamp,
    /// The labels of its key.
    pub triggering_labels: BTreeMap<String, String>,
    /// Of a composite trigger: the firings of its children.
    pub triggering_firings: Vec<Firing>,
    /// The event that it fired at or, where one failed to come, the last one before.
    pub triggering_event: Option<Event>,
    pub triggering_value: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriggerState {
    Triggered,
}

/// One action to be carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    pub automation: Automation,
    pub id: Uuid,
    pub firing: Firing,
    /// What the action is about: the event that the trigger fired at, or the one that tells of the firing.
    pub triggering_event: Option<Event>,
    pub action: Action,
    pub action_index: i64,
    /// The event that tells of the firing.
    pub automation_triggered_event_id: EventId,
}

impl Firing {
    /// This one and those below it.
    pub fn all_firings(&self) -> Vec<&Firing> {
        let below = self.triggering_firings.iter().flat_map(Firing::all_firings);
        std::iter::once(self).chain(below).collect()
    }

    /// The events that it and those below it are about.
    pub fn all_events(&self) -> Vec<&Event> {
        self.all_firings().into_iter().filter_map(|firing| firing.triggering_event.as_ref()).collect()
    }

    /// The event that tells of it, `prefect.automation.triggered`.
    pub fn told(&self, automation: &Automation, id: EventId) -> Event {
        let mut resource = Resource::of("automation", automation.id).with(NAME, &automation.name);
        if let Some(posture) = self.trigger.posture() {
            resource = resource.with("prefect.posture", posture.as_str());
        }
        Event::new(id, self.triggered, "prefect.automation.triggered", resource)
            .involving(self.triggering_event.iter().map(|event| about(event.id, "triggering-event")))
            .saying(json!({
                "triggering_labels": self.triggering_labels,
                "triggering_event": self.triggering_event.clone().map(without_its_own_cause),
            }))
    }
}

/// Automations that trigger each other would tell of all that went before, again and again.
fn without_its_own_cause(mut event: Event) -> Event {
    if let Some(Value::Object(cause)) = event.payload.get_mut("triggering_event") {
        cause.retain(|member, _| member != "payload");
    }
    event
}

impl Invocation {
    /// Runs that it makes have this key: it makes one, however often it is tried.
    pub fn idempotency_key(&self) -> String {
        format!("automation {}, action {}, invocation {}", self.automation.id, self.action_index, self.id)
    }

    /// The events that tell how it went: that it was begun and, with `ending` after the name
    /// (`executed`, `failed`), what came of it.
    pub fn told(
        &self,
        ids: [EventId; 2],
        ending: &str,
        involved: &[Resource],
        details: Value,
        now: Timestamp,
    ) -> [Event; 2] {
        let tight = |event: &&Event| self.firing.triggered.seconds_since(event.occurred).abs() < TIGHT_SECONDS;
        let what = json!({
            "action_index": self.action_index, "action_type": self.action.kind(), "invocation": self.id,
        });
        let tell = |id, occurred, name: &str| {
            Event::new(id, occurred, format!("prefect.automation.action.{name}"), self.resource())
                .involving(involved.iter().cloned())
                .involving([about(self.automation_triggered_event_id, "automation-triggered-event")])
                .involving(self.triggering_event.iter().map(|event| about(event.id, "triggering-event")))
                .saying(what.clone())
        };
        let mut begun = tell(ids[0], self.firing.triggered, "triggered");
        begun.follows = self.triggering_event.as_ref().filter(tight).map(|event| event.id);
        let mut ended = tell(ids[1], now, ending).saying(details);
        ended.follows = Some(ids[0]);
        [begun, ended]
    }

    fn resource(&self) -> Resource {
        let trigger = &self.automation.trigger;
        let resource = Resource::of("automation", self.automation.id)
            .with(NAME, &self.automation.name)
            .with("prefect.trigger-type", trigger.kind());
        match trigger.posture() {
            Some(posture) => resource.with("prefect.posture", posture.as_str()),
            None => resource,
        }
    }
}

fn about(event: EventId, role: &str) -> Resource {
    Resource::of("event", event).with(ROLE, role)
}
