//! Schedules that a deploy finds again: they keep their ids, and stay off when somebody turned them off.

use domain::deploy::{Deed, Part, differences};
use domain::deployments::{DeploymentSchedule, DeploymentScheduleCreate};
use domain::schedule::{Schedule, describe};
use serde_json::json;

use super::schedules::made;
use super::*;

/// The schedules that a deployment will have, and what becomes of each. `said` is what the last deploy said of
/// them: only what is said differently now is changed. With `take` all become what is said.
pub fn matched(
    wanted: Vec<DeploymentScheduleCreate>,
    existing: &[DeploymentSchedule],
    said: &[DeploymentScheduleCreate],
    asked: &Asked,
    take: bool,
) -> (Vec<DeploymentSchedule>, Vec<Part>) {
    let mut left: Vec<&DeploymentSchedule> = existing.iter().collect();
    let mut found: Vec<Option<&DeploymentSchedule>> = vec![None; wanted.len()];
    let ways: [fn(&DeploymentScheduleCreate, &DeploymentSchedule) -> bool; 3] = [
        |new, old| new.slug.is_some() && (new.slug == old.slug || new.replaces.is_some() && new.replaces == old.slug),
        |new, old| same_dates(&new.schedule, &old.schedule) && new.parameters == old.parameters,
        |new, old| new.slug.is_none() && old.slug.is_none() && new.schedule.kind() == old.schedule.kind(),
    ];
    for way in ways {
        for (new, found) in wanted.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            if let Some(at) = left.iter().position(|old| way(new, old)) {
                *found = Some(left.remove(at));
            }
        }
    }
    let (mut schedules, mut parts) = (Vec::new(), Vec::new());
    for (new, old) in wanted.into_iter().zip(found) {
        // What was said otherwise before is changed.
        let before = if take { Some(!new.active) } else { said_before(said, &new) };
        let schedule = match old {
            Some(old) => kept(new, old, before, asked),
            None => made(new, asked),
        };
        parts.push(part(old, Some(&schedule)));
        schedules.push(schedule);
    }
    parts.extend(left.into_iter().map(|old| part(Some(old), None)));
    (schedules, parts)
}

/// Whether the schedule was to be active when it was last spoken of.
fn said_before(said: &[DeploymentScheduleCreate], new: &DeploymentScheduleCreate) -> Option<bool> {
    said.iter().find(|before| is_the_same(before, new)).map(|before| before.active)
}

/// Two mentions of one schedule in two versions of a file.
fn is_the_same(before: &DeploymentScheduleCreate, new: &DeploymentScheduleCreate) -> bool {
    match &new.slug {
        Some(slug) => before.slug.as_ref() == Some(slug),
        None => before.schedule == new.schedule && before.parameters == new.parameters,
    }
}

fn kept(
    new: DeploymentScheduleCreate,
    old: &DeploymentSchedule,
    said: Option<bool>,
    asked: &Asked,
) -> DeploymentSchedule {
    let active = match said {
        Some(said) if said == new.active => old.active,
        Some(_) => new.active,
        // Nobody knows what was said before: what is on may be turned off, what is off stays so.
        None => new.active && old.active,
    };
    let dates = same_dates(&new.schedule, &old.schedule).then(|| old.schedule.clone());
    let new = made(new, asked);
    DeploymentSchedule {
        id: old.id,
        created: old.created,
        updated: old.updated,
        deployment_id: old.deployment_id,
        active,
        schedule: dates.unwrap_or(new.schedule),
        ..new
    }
}

/// Whether a stored schedule is what the server makes of the one that is sent: the anchor of an interval and the
/// start of a rule depend on when they were stored.
fn same_dates(new: &Schedule, old: &Schedule) -> bool {
    match (new, old) {
        (Schedule::Interval(new), Schedule::Interval(old)) => {
            new.interval == old.interval
                && new.timezone.as_deref().unwrap_or("UTC") == old.timezone.as_deref().unwrap_or("UTC")
                && new.anchor_date.as_ref().is_none_or(|anchor| Some(anchor) == old.anchor_date.as_ref())
        }
        (Schedule::RRule(new), Schedule::RRule(old)) => {
            let bare =
                old.rrule.split_once('\n').filter(|(start, _)| start.starts_with("DTSTART")).map(|(_, rule)| rule);
            new.timezone == old.timezone && (new.rrule == old.rrule || bare == Some(&new.rrule))
        }
        (new, old) => new == old,
    }
}

fn part(old: Option<&DeploymentSchedule>, new: Option<&DeploymentSchedule>) -> Part {
    let view = |it: &DeploymentSchedule| {
        json!({
            "schedule": it.schedule, "active": it.active, "parameters": it.parameters, "slug": it.slug,
            "max_scheduled_runs": it.max_scheduled_runs,
        })
    };
    let what = new.or(old).map_or_else(String::new, |it| match &it.slug {
        Some(slug) => format!("{slug}: {}", describe(&it.schedule)),
        None => describe(&it.schedule),
    });
    let fields = match (old, new) {
        (Some(old), Some(new)) => differences(&view(old), &view(new)),
        _ => Vec::new(),
    };
    let deed = match (old, new) {
        (None, _) => Deed::Add,
        (_, None) => Deed::Remove,
        _ if fields.is_empty() => Deed::Unchanged,
        _ => Deed::Change,
    };
    Part { deed, what, fields }
}
