//! When triggers above others fire: the latest firing of each child counts, as long as it is not too old.

use crate::automations::firing::Firing;
use crate::automations::trigger::{Require, RequireWord, Trigger};
use crate::id::TriggerId;
use crate::time::Timestamp;

/// That a child has fired.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildFiring {
    pub child: TriggerId,
    /// When what it fired about happened: what is looked at late is not taken for slow.
    pub at: Timestamp,
    pub firing: Firing,
}

impl Trigger {
    /// How many children must have fired.
    pub fn needed(&self) -> usize {
        match self {
            Trigger::Compound(trigger) => match trigger.require {
                Require::Count(count) => usize::try_from(count).unwrap_or(0),
                Require::Word(RequireWord::Any) => 1,
                Require::Word(RequireWord::All) => trigger.triggers.len(),
            },
            other => other.children().len(),
        }
    }

    /// Those that count together with the newest of them, in the order in which they happened.
    pub fn counted(&self, mut firings: Vec<ChildFiring>) -> Vec<ChildFiring> {
        let within = match self {
            Trigger::Compound(trigger) => trigger.within,
            Trigger::Sequence(trigger) => trigger.within,
            Trigger::Event(_) => None,
        };
        firings.retain(|firing| self.children().iter().any(|child| child.id() == firing.child));
        if let (Some(within), Some(newest)) = (within, firings.iter().map(|firing| firing.at).max()) {
            firings.retain(|firing| newest.seconds_since(firing.at) <= within);
        }
        firings.sort_by_key(|firing| (firing.at, firing.firing.id));
        firings
    }

    /// Whether it fires, with these [`Trigger::counted`].
    pub fn is_ready(&self, counted: &[ChildFiring]) -> bool {
        match self {
            Trigger::Event(_) => false,
            Trigger::Compound(_) => counted.len() >= self.needed(),
            Trigger::Sequence(trigger) => {
                counted.iter().map(|firing| firing.child).eq(trigger.triggers.iter().map(Trigger::id))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    /// Children, each with the second at which it fired.
    type Fired = &'static [(u128, i64)];

    fn composite(mut members: Value) -> Trigger {
        let child = |n: u128| json!({ "type": "event", "posture": "Reactive", "id": Uuid::from_u128(n) });
        members["triggers"] = json!([child(1), child(2), child(3)]);
        serde_json::from_value(members).expect("a trigger")
    }

    fn firings(of: &Trigger, fired: &[(u128, i64)]) -> Vec<ChildFiring> {
        let one = |(n, &(child, seconds)): (usize, &(u128, i64))| {
            let at = Timestamp::from_micros(seconds * 1_000_000);
            let firing = Firing {
                id: Uuid::from_u128(n as u128),
                trigger: of.children()[0].clone(),
                trigger_states: Vec::new(),
                triggered: at,
                triggering_labels: Default::default(),
                triggering_firings: Vec::new(),
                triggering_event: None,
                triggering_value: None,
            };
            ChildFiring { child: TriggerId(Uuid::from_u128(child)), at, firing }
        };
        fired.iter().enumerate().map(one).collect()
    }

    #[test]
    fn enough_children_in_time_and_in_order() {
        let compound = |require: Value| json!({ "type": "compound", "require": require, "within": 10 });
        let cases: [(Value, Fired, bool); 12] = [
            (compound(json!("any")), &[(3, 0)], true),
            (compound(json!(2)), &[(3, 0)], false),
            (compound(json!(2)), &[(3, 0), (1, 10)], true),
            (compound(json!(2)), &[(3, 0), (1, 11)], false),
            (compound(json!("all")), &[(3, 2), (1, 1), (2, 0)], true),
            (compound(json!("all")), &[(3, 2), (1, 1), (9, 0)], false),
            (json!({ "type": "compound", "require": "all", "within": null }), &[(1, 0), (2, 9000), (3, 1)], true),
            (json!({ "type": "sequence", "within": null }), &[(1, 0), (2, 5), (3, 9)], true),
            (json!({ "type": "sequence", "within": null }), &[(3, 9), (2, 5), (1, 0)], true),
            (json!({ "type": "sequence", "within": null }), &[(1, 0), (3, 5), (2, 9)], false),
            (json!({ "type": "sequence", "within": null }), &[(1, 0), (2, 0), (3, 0)], true),
            (json!({ "type": "sequence", "within": 5 }), &[(1, 0), (2, 5), (3, 9)], false),
        ];
        for (members, fired, want) in cases {
            let trigger = composite(members.clone());
            let counted = trigger.counted(firings(&trigger, fired));
            assert_eq!(trigger.is_ready(&counted), want, "{members} {fired:?}");
        }
    }
}
