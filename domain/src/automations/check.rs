//! What an automation must not be, beyond its shape.

use serde_json::{Value, json};

use crate::automations::trigger::{LEAST_PROACTIVE, MatchRelated, Require};
use crate::automations::{Action, Automation, EventTrigger, Posture, Source, Trigger};
use crate::events::{ID, Specification};

/// Something that is wrong, with its place in the body.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub place: Vec<Value>,
    pub sentence: String,
}

impl Fault {
    fn at(place: &[Value], sentence: impl Into<String>) -> Self {
        Fault { place: place.to_vec(), sentence: sentence.into() }
    }
}

/// No time that is given may be longer, in seconds: no calendar reaches further than dates can be written.
const LONGEST: f64 = 100.0 * 366.0 * 86_400.0;

/// What a run of a deployment goes through: a run that is made at one of these makes another one.
const STEPS_OF_EVERY_RUN: [&str; 4] =
    ["prefect.flow-run.Scheduled", "prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.*"];

impl Automation {
    /// What is wrong with it, if anything. A trigger that notices absence gets its least time if none is said.
    pub fn check(&mut self) -> Option<Fault> {
        let of_trigger = trigger(&mut self.trigger, &[json!("trigger")]);
        of_trigger.or_else(|| self.wrong_action()).or_else(|| self.endless_loop())
    }

    fn wrong_action(&self) -> Option<Fault> {
        let numbered = |(list, actions): (&'static str, &[Action])| {
            let place = move |n: usize| [json!(list), json!(n)];
            actions.iter().enumerate().find_map(|(n, action)| wrong_target(action, &place(n)))
        };
        self.lists().into_iter().find_map(numbered)
    }

    /// Runs that make runs: what a trigger that is on does to a deployment must not set it off again.
    pub fn endless_loop(&self) -> Option<Fault> {
        let Trigger::Event(trigger) = &self.trigger else { return None };
        let is_prone = self.enabled
            && trigger.posture == Posture::Reactive
            && trigger.expect.iter().any(|name| STEPS_OF_EVERY_RUN.contains(&name.as_str()));
        let mut sources = self.actions.iter().filter_map(|action| match action {
            Action::RunDeployment { source, .. } => Some(*source),
            _ => None,
        });
        let sentence = match sources.find(|source| *source == Source::Inferred || is_about_all_runs(trigger))? {
            _ if !is_prone => return None,
            Source::Inferred => {
                "Running the deployment of a flow run whenever the run changes its state makes flow runs without \
                 end. Choose a deployment, and let match or match_related leave its own runs out."
            }
            Source::Selected => {
                "Running a deployment whenever any flow run changes its state makes flow runs without end. Let \
                 match or match_related leave the runs of that deployment out."
            }
        };
        Some(Fault::at(&[], sentence))
    }
}

fn trigger(of: &mut Trigger, place: &[Value]) -> Option<Fault> {
    match of {
        Trigger::Event(trigger) => event_trigger(trigger, place),
        Trigger::Compound(compound) => {
            let (least, most) = (1, compound.triggers.len() as i64);
            match compound.require {
                Require::Count(count) if count < least => Some(Fault::at(place, "require must be at least 1")),
                Require::Count(count) if count > most => {
                    Some(Fault::at(place, "require must be no more than there are triggers"))
                }
                _ => triggers(&mut compound.triggers, place),
            }
        }
        Trigger::Sequence(sequence) => triggers(&mut sequence.triggers, place),
    }
}

fn triggers(of: &mut [Trigger], place: &[Value]) -> Option<Fault> {
    let mut below = |(n, child): (usize, &mut Trigger)| {
        let place: Vec<Value> = place.iter().cloned().chain([json!("triggers"), json!(n)]).collect();
        trigger(child, &place)
    };
    of.iter_mut().enumerate().find_map(&mut below)
}

fn event_trigger(of: &mut EventTrigger, place: &[Value]) -> Option<Fault> {
    if of.posture == Posture::Proactive && of.within == 0.0 {
        of.within = LEAST_PROACTIVE;
    }
    if of.within < 0.0 {
        return Some(Fault::at(place, "within must be greater than or equal to 0 seconds"));
    }
    if of.within > LONGEST {
        return Some(Fault::at(place, "within must be no more than a hundred years"));
    }
    if of.posture == Posture::Proactive && of.within < LEAST_PROACTIVE {
        return Some(Fault::at(place, "within must be at least 10 seconds for Proactive triggers"));
    }
    let of_match = unreadable(&of.matching).map(|label| ("match", label));
    let of_related = of.match_related.as_slice().iter().find_map(unreadable).map(|label| ("match_related", label));
    let (member, label) = of_match.or(of_related)?;
    let place: Vec<Value> = place.iter().cloned().chain([json!(member), json!(label)]).collect();
    Some(Fault::at(&place, "a label must be given a text or a list of texts"))
}

/// The first label whose patterns are no texts.
fn unreadable(of: &Specification) -> Option<String> {
    let is_readable = |value: &Value| match value {
        Value::Array(list) => list.iter().all(Value::is_string),
        other => other.is_string(),
    };
    of.0.iter().find(|(_, value)| !is_readable(value)).map(|(label, _)| label.clone())
}

fn wrong_target(action: &Action, place: &[Value]) -> Option<Fault> {
    if let Action::RunDeployment { schedule_after, .. } = action
        && !(0.0..=LONGEST).contains(schedule_after)
    {
        return Some(Fault::at(place, "schedule_after must be from 0 seconds to a hundred years"));
    }
    let target = action.target()?;
    match (target.source, target.is_given) {
        (Source::Selected, false) => Some(Fault::at(place, format!("{} is required", target.member))),
        (Source::Inferred, true) => Some(Fault::at(place, format!("{} is not allowed", target.member))),
        _ => None,
    }
}

/// Whether neither the run nor what it is related to leaves out any run.
fn is_about_all_runs(trigger: &EventTrigger) -> bool {
    let is_any = |of: &Specification| {
        let mut labels = of.labels();
        match (labels.next(), labels.next()) {
            (None, _) => true,
            (Some((ID, patterns)), None) => patterns.contains(&"prefect.flow-run.*"),
            _ => false,
        }
    };
    let related = match &trigger.match_related {
        MatchRelated::One(one) => is_any(one),
        MatchRelated::All(all) => all.iter().any(is_any),
    };
    is_any(&trigger.matching) && related
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID_OF_ONE: &str = "1402ac95-5266-421f-af66-9b70366163c0";

    fn fault(trigger: Value, actions: Value, enabled: bool) -> Option<Fault> {
        let mut automation: Automation = serde_json::from_value(json!({
            "name": "a", "enabled": enabled, "trigger": trigger, "actions": actions, "id": ID_OF_ONE,
        }))
        .expect("an automation");
        automation.check()
    }

    #[test]
    fn triggers_are_checked_at_any_depth() {
        let within = |posture: &str, within: f64| json!({ "type": "event", "posture": posture, "within": within });
        let cases = [
            (within("Reactive", 0.0), None),
            (within("Proactive", 0.0), None),
            (within("Proactive", 10.0), None),
            (within("Proactive", 9.0), Some(json!(["trigger"]))),
            (within("Reactive", -1.0), Some(json!(["trigger"]))),
            (within("Reactive", 1e15), Some(json!(["trigger"]))),
            (
                json!({ "type": "sequence", "within": null, "triggers": [within("Reactive", 0.0), within("Proactive", 1.0)] }),
                Some(json!(["trigger", "triggers", 1])),
            ),
            (
                json!({ "type": "compound", "within": null, "require": 2, "triggers": [within("Reactive", 0.0)] }),
                Some(json!(["trigger"])),
            ),
            (
                json!({ "type": "compound", "within": null, "require": 0, "triggers": [within("Reactive", 0.0)] }),
                Some(json!(["trigger"])),
            ),
            (
                json!({ "type": "event", "posture": "Reactive", "match": { "x": 5 } }),
                Some(json!(["trigger", "match", "x"])),
            ),
            (
                json!({ "type": "event", "posture": "Reactive", "match_related": [{ "x": ["a"] }, { "y": [1] }] }),
                Some(json!(["trigger", "match_related", "y"])),
            ),
        ];
        for (trigger, want) in cases {
            let place = fault(trigger.clone(), json!([]), true).map(|fault| json!(fault.place));
            assert_eq!(place, want, "{trigger}");
        }
    }

    #[test]
    fn a_selected_target_is_named_and_an_inferred_one_is_not() {
        let trigger = json!({ "type": "event", "posture": "Reactive" });
        let cases = [
            (json!({ "type": "pause-deployment", "deployment_id": ID_OF_ONE }), None),
            (json!({ "type": "pause-deployment", "source": "inferred" }), None),
            (json!({ "type": "pause-deployment" }), Some("deployment_id is required")),
            (
                json!({ "type": "pause-work-pool", "source": "inferred", "work_pool_id": ID_OF_ONE }),
                Some("work_pool_id is not allowed"),
            ),
        ];
        for (action, want) in cases {
            let fault = fault(trigger.clone(), json!([{ "type": "do-nothing" }, action]), true);
            assert_eq!(fault.as_ref().map(|fault| fault.sentence.as_str()), want, "{action}");
            assert!(fault.is_none_or(|fault| fault.place == [json!("actions"), json!(1)]));
        }
    }

    #[test]
    fn runs_must_not_make_runs_for_ever() {
        let on = |expect: &str, of: Value| json!({ "type": "event", "posture": "Reactive", "expect": [expect], "match": of });
        let selected = json!([{ "type": "run-deployment", "deployment_id": ID_OF_ONE }]);
        let inferred = json!([{ "type": "run-deployment", "source": "inferred" }]);
        let narrow = json!({ "prefect.resource.id": "prefect.flow-run.*", "prefect.resource.name": "x" });
        let wide = json!({ "prefect.resource.id": "prefect.flow-run.*" });
        let cases = [
            (on("prefect.flow-run.Running", json!({})), &selected, true, true),
            (on("prefect.flow-run.*", wide.clone()), &selected, true, true),
            (on("prefect.flow-run.Running", narrow.clone()), &selected, true, false),
            (on("prefect.flow-run.Scheduled", narrow), &inferred, true, true),
            (on("prefect.flow-run.Failed", wide.clone()), &inferred, true, false),
            (on("prefect.flow-run.Pending", wide), &inferred, false, false),
        ];
        for (trigger, actions, enabled, refused) in cases {
            assert_eq!(fault(trigger.clone(), actions.clone(), enabled).is_some(), refused, "{trigger} {actions}");
        }
    }
}
