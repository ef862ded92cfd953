//! Schedules in words, each with its switch.

use client::deployments;
use domain::DeploymentId;
use domain::deployments::{Deployment, DeploymentSchedule};
use leptos::prelude::*;

use super::switch::switch;
use crate::element::{El, el, many};
use crate::page::Page;

/// The schedules of a deployment, one a line; `words` says each of them.
pub fn schedules<T: Send + Sync>(page: Page<T>, deployment: &Deployment, words: &[String]) -> AnyView {
    let lines = deployment.schedules.iter().zip(words);
    many(lines.map(|(schedule, words)| one(page, deployment.id, schedule, words.clone())))
}

fn one<T: Send + Sync>(page: Page<T>, id: DeploymentId, schedule: &DeploymentSchedule, words: String) -> El {
    let schedule_id = schedule.id;
    let flip = move |active: bool| {
        page.act("The schedule was not changed", move |client| async move {
            deployments::set_schedule_active(&client, id, schedule_id, active).await
        });
    };
    el("span")
        .class("schedule")
        .attr("data-off", !schedule.active)
        .add(switch(schedule.active, domain::say!("Schedule {}", words), flip))
        .add(el("span").add(words))
}
