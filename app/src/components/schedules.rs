//! Schedules in words, each with its switch.

use client::deployments;
use domain::DeploymentId;
use domain::deployments::{DeploymentSchedule, DeploymentScheduleUpdate};
use domain::schedule::describe;
use leptos::prelude::*;

use super::switch::switch;
use crate::element::{El, el, many};
use crate::page::Page;

/// The schedules of a deployment, one a line.
pub fn schedules<T: Send + Sync>(page: Page<T>, id: DeploymentId, schedules: &[DeploymentSchedule]) -> AnyView {
    many(schedules.iter().map(|schedule| one(page, id, schedule)))
}

fn one<T: Send + Sync>(page: Page<T>, id: DeploymentId, schedule: &DeploymentSchedule) -> El {
    let words = describe(&schedule.schedule);
    let schedule_id = schedule.id;
    let flip = move |active: bool| {
        page.act("The schedule was not changed", move |client| async move {
            let update = DeploymentScheduleUpdate { active: Some(active), ..DeploymentScheduleUpdate::default() };
            deployments::update_schedule(&client, id, schedule_id, &update).await
        });
    };
    el("span")
        .class("schedule")
        .attr("data-off", !schedule.active)
        .add(switch(schedule.active, format!("Schedule {words}"), flip))
        .add(el("span").add(words))
}
