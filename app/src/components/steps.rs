//! Steps in a row, each with the time that it took to come to it.

use domain::Timestamp;
use domain::pages::FlowRunPage;

use super::time;
use crate::clock::clock;
use crate::element::{El, IntoNode, el, icon};
use crate::milestones::{Milestone, milestones};
use crate::words;

/// From due to ended; nothing before there is anything but a due time.
pub fn steps(data: &FlowRunPage) -> Option<El> {
    let all = milestones(&data.flow_run, &data.states);
    if all.len() < 2 {
        return None;
    }
    let ended = data.flow_run.state_type.is_some_and(|kind| kind.is_terminal());
    let goes_on = all.last().filter(|_| !ended).map(|last| open(last.at));
    let befores = [None].into_iter().chain(all.iter().map(|step| Some(step.at)));
    let items: Vec<El> = befores.zip(&all).map(|(before, step)| item(before, step)).collect();
    Some(el("ol").class("steps").attr("aria-label", "Steps of this run").add_all(items).add(goes_on))
}

fn item(before: Option<Timestamp>, step: &Milestone) -> El {
    let clock = clock();
    let at = step.at;
    let took = before.map(|before| {
        let seconds = at.seconds_since(before);
        let text = if seconds < 0.0 { "early".to_owned() } else { words::duration(seconds) };
        el("span").class("took").add(text)
    });
    let word = el("span").class("state").attr("data-state", step.mark).add(icon(format!("#s-{}", step.mark)));
    let time = el("time")
        .attr("datetime", at.to_rfc3339())
        .attr("title", move || format!("{} {}", clock.stamp(at), clock.zone(at)));
    let time = time.add(move || clock.time_of_day(at)[..8].to_owned());
    el("li").add(took).add(word.add(step.word.clone())).add(" ").add(time)
}

/// What has not ended yet.
fn open(since: Timestamp) -> El {
    el("li")
        .add(el("span").class("took").add(time::span(Some(since), None).into_node()))
        .add(el("span").class("faint").add("now"))
}
