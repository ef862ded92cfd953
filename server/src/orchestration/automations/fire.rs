//! A trigger fires: the one above it may fire in turn, and at the top actions are queued.

use domain::automations::{Automation, ChildFiring, EventTrigger, Firing, Invocation, Trigger, TriggerState};
use domain::events::Event;
use domain::{EventId, Timestamp};
use store::automations::{actions, child_firings};
use store::{Result, Tx};

use super::super::after_commit::AfterCommit;
use super::super::events;
use crate::clock::new_id;

/// A trigger on events fires for a key. `times` are when it happened, and now.
pub async fn event_trigger(
    tx: &mut Tx,
    (automation, trigger): (&Automation, &EventTrigger),
    key: &[String],
    about: Option<Event>,
    (happened, now): (Timestamp, Timestamp),
    after: &mut AfterCommit,
) -> Result<()> {
    let labels = trigger.key_labels().into_iter().map(str::to_owned).zip(key.iter().cloned());
    let mut firing = firing(Trigger::Event(trigger.clone()), now);
    firing.triggering_labels = labels.collect();
    firing.triggering_event = about;
    let mut fired = ChildFiring { child: trigger.id, at: happened, firing };
    while let Some(parent) = automation.trigger.parent_of(fired.child) {
        match raise(tx, automation, parent, fired, now).await? {
            Some(raised) => fired = raised,
            None => return Ok(()),
        }
    }
    act(tx, automation, fired.firing, now, after).await
}

fn firing(trigger: Trigger, now: Timestamp) -> Firing {
    Firing {
        id: new_id(),
        trigger,
        trigger_states: vec![TriggerState::Triggered],
        triggered: now,
        triggering_labels: Default::default(),
        triggering_firings: Vec::new(),
        triggering_event: None,
        triggering_value: None,
    }
}

/// What the firing of a child makes of its parent, if that fires.
async fn raise(
    tx: &mut Tx,
    automation: &Automation,
    parent: &Trigger,
    fired: ChildFiring,
    now: Timestamp,
) -> Result<Option<ChildFiring>> {
    let about = fired.firing.triggering_event.clone();
    let counted = if parent.needed() == 1 {
        vec![fired]
    } else {
        child_firings::put(tx, automation.id, parent.id(), &fired).await?;
        let counted = parent.counted(child_firings::of_parent(tx, parent.id()).await?);
        if !parent.is_ready(&counted) {
            return Ok(None);
        }
        child_firings::forget(tx, parent.id()).await?;
        counted
    };
    let at = counted.last().map_or(now, |last| last.at);
    let mut raised = firing(parent.clone(), now);
    raised.triggering_event = about;
    raised.triggering_firings = counted.into_iter().map(|fired| fired.firing).collect();
    Ok(Some(ChildFiring { child: parent.id(), at, firing: raised }))
}

/// Tells that the automation is triggered, and queues what it does.
async fn act(
    tx: &mut Tx,
    automation: &Automation,
    firing: Firing,
    now: Timestamp,
    after: &mut AfterCommit,
) -> Result<()> {
    let told_id: EventId = new_id();
    let told = Event { received: Some(now), ..firing.told(automation, told_id) };
    events::emit(tx, told.clone(), now, after).await?;
    let about_the_event = automation.actions.iter().map(|action| (action, firing.triggering_event.clone()));
    let about_the_firing = automation.actions_on_trigger.iter().map(|action| (action, Some(told.clone())));
    let numbered = about_the_event.chain(about_the_firing).zip(0_i64..);
    for ((action, about), index) in numbered {
        let invocation = Invocation {
            automation: automation.clone(),
            id: new_id(),
            firing: firing.clone(),
            triggering_event: about,
            action: action.clone(),
            action_index: index,
            automation_triggered_event_id: told_id,
        };
        actions::insert(tx, &invocation, now).await?;
        after.action();
    }
    Ok(())
}
