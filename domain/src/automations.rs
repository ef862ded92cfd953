//! Automations: when events happen, or fail to happen, the server acts.
//!
//! A trigger gathers events in buckets and fires; the automation's actions are then carried out. What a
//! trigger does with an event is decided here, in plain functions; where buckets are kept is not.

mod action;
mod bucket;
mod check;
mod composite;
mod firing;
mod trigger;

pub use action::{Action, Source, Target};
pub use bucket::{Bucket, Verdict};
pub use check::Fault;
pub use composite::ChildFiring;
pub use firing::{Firing, Invocation, TriggerState};
pub use trigger::{CompoundTrigger, EventTrigger, MatchRelated, Posture, Require, SequenceTrigger, Trigger};

use serde::{Deserialize, Serialize};

use crate::filter::{AnyOps, IdOps, Operator, TagOps, TimeOps};
use crate::id::AutomationId;
use crate::major::not_in_v2;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Automation {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default, skip_serializing_if = "not_in_v2")]
    pub tags: Vec<String>,
    pub trigger: Trigger,
    /// Carried out whenever the trigger fires.
    pub actions: Vec<Action>,
    /// Carried out after those, about the event that tells of the firing.
    #[serde(default)]
    pub actions_on_trigger: Vec<Action>,
    /// Kept and shown; triggers on events never resolve.
    #[serde(default)]
    pub actions_on_resolve: Vec<Action>,
    pub id: AutomationId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
}

fn yes() -> bool {
    true
}

/// Body of `POST /automations/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AutomationCreate {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub tags: Vec<String>,
    pub trigger: Trigger,
    pub actions: Vec<Action>,
    #[serde(default)]
    pub actions_on_trigger: Vec<Action>,
    #[serde(default)]
    pub actions_on_resolve: Vec<Action>,
    /// The resource, e.g. a deployment, with which the automation goes.
    #[serde(default)]
    pub owner_resource: Option<String>,
}

/// Body of `PUT /automations/{id}`: takes the place of all that was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AutomationUpdate {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    #[serde(default)]
    pub tags: Vec<String>,
    pub trigger: Trigger,
    pub actions: Vec<Action>,
    #[serde(default)]
    pub actions_on_trigger: Vec<Action>,
    #[serde(default)]
    pub actions_on_resolve: Vec<Action>,
}

/// Body of `PATCH /automations/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AutomationPartialUpdate {
    #[serde(default = "yes")]
    pub enabled: bool,
}

impl AutomationCreate {
    /// The automation that this makes, and the resource that owns it. Its triggers need ids of their own.
    pub fn into_automation(self, id: AutomationId, now: Timestamp) -> (Automation, Option<String>) {
        let automation = Automation {
            name: self.name,
            description: self.description,
            enabled: self.enabled,
            tags: self.tags,
            trigger: self.trigger,
            actions: self.actions,
            actions_on_trigger: self.actions_on_trigger,
            actions_on_resolve: self.actions_on_resolve,
            id,
            created: Some(now),
            updated: Some(now),
        };
        (automation, self.owner_resource)
    }
}

impl AutomationUpdate {
    /// What `stored` becomes. Its triggers need ids of their own.
    pub fn over(self, stored: &Automation, now: Timestamp) -> Automation {
        Automation {
            name: self.name,
            description: self.description,
            enabled: self.enabled,
            tags: self.tags,
            trigger: self.trigger,
            actions: self.actions,
            actions_on_trigger: self.actions_on_trigger,
            actions_on_resolve: self.actions_on_resolve,
            id: stored.id,
            created: stored.created,
            updated: Some(now),
        }
    }
}

impl Automation {
    /// Its lists of actions by the names of their members.
    pub fn lists(&self) -> [(&'static str, &[Action]); 3] {
        [
            ("actions", &self.actions),
            ("actions_on_trigger", &self.actions_on_trigger),
            ("actions_on_resolve", &self.actions_on_resolve),
        ]
    }

    /// Whether it must be looked at when nothing happens.
    pub fn is_proactive(&self) -> bool {
        self.trigger.events().iter().any(|trigger| trigger.posture == Posture::Proactive)
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AutomationFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdOps<AutomationId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<AnyOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<TimeOps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagOps>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AutomationSort {
    CreatedDesc,
    UpdatedDesc,
    #[default]
    NameAsc,
    NameDesc,
}

/// Body of `POST /automations/filter` and `…/count`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AutomationPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automations: Option<AutomationFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<AutomationSort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(deserialize_with = "crate::bounds::at_least::<0, _>", skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_automation_reads_and_prints_as_it_was_sent() {
        let sent = json!({
            "name": "my-auto", "description": "", "enabled": true, "tags": ["x"],
            "trigger": {
                "type": "event", "id": "f74a0fad-666c-45b8-85cf-b7fde1bd3e23",
                "match": { "prefect.resource.id": "prefect.flow-run.*" }, "match_related": {}, "after": [],
                "expect": ["prefect.flow-run.Completed"], "for_each": ["prefect.resource.id"],
                "posture": "Reactive", "threshold": 1, "within": 0.0,
            },
            "actions": [
                { "type": "change-flow-run-state", "name": "zz", "state": "CANCELLED", "message": null, "force": false },
                {
                    "type": "run-deployment", "source": "inferred", "deployment_id": null, "parameters": null,
                    "job_variables": null, "schedule_after": 0.0,
                },
            ],
            "actions_on_trigger": [], "actions_on_resolve": [],
            "id": "1402ac95-5266-421f-af66-9b70366163c0",
            "created": "2026-11-23T17:43:49.024160Z", "updated": "2026-11-23T17:43:49.024177Z",
        });
        let automation: Automation = serde_json::from_value(sent.clone()).expect("an automation");
        assert_eq!(serde_json::to_value(&automation).expect("JSON"), sent);
        let v2 = crate::Major::V2.scope(|| serde_json::to_value(&automation)).expect("JSON");
        assert_eq!((v2.get("tags"), v2["actions"][0].get("force")), (None, None));
        assert_eq!(v2["actions"][1].get("schedule_after"), None);
    }

    #[test]
    fn bodies_are_closed() {
        let body = json!({ "name": "a", "trigger": { "type": "event", "posture": "Reactive" }, "actions": [] });
        assert!(serde_json::from_value::<AutomationCreate>(body.clone()).is_ok());
        let cases = [
            ("/colour", json!(1), "unknown field `colour`"),
            ("/actions", json!([{ "type": "fly" }]), "unknown variant `fly`"),
            ("/actions", json!([{ "type": "send-notification" }]), "missing field"),
            ("/trigger", json!({ "type": "event" }), "missing field `posture`"),
            ("/trigger", json!({ "type": "compound", "triggers": [], "within": null }), "missing field `require`"),
            ("/trigger", json!({ "type": "metric" }), "unknown variant `metric`"),
        ];
        for (place, value, want) in cases {
            let mut wrong = body.clone();
            wrong[&place[1..]] = value;
            let error = serde_json::from_value::<AutomationCreate>(wrong).expect_err(place).to_string();
            assert!(error.contains(want), "{place}: {error}");
        }
    }
}
