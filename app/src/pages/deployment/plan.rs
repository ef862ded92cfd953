//! When it runs: the schedules with their switches, the runs that are planned already, and the last ones.

use domain::Moment;
use domain::flow_runs::FlowRun;
use domain::pages::DeploymentPage;
use leptos::prelude::*;

use crate::components::list::{Item, list};
use crate::components::{schedules, strip, time};
use crate::element::{El, el, link, many};
use crate::page::Page;
use crate::routes;

/// Runs of the plan that are shown.
const SHOWN: usize = 5;

/// Schedules, next runs, last runs, side by side.
pub fn plan(page: Page<DeploymentPage>) -> El {
    let items = move || {
        let runs = page.with(|data| data.upcoming.clone()).into_iter().take(SHOWN);
        runs.map(|run| Item::new(format!("{}{}", run.id, run.state_name.as_deref().unwrap_or("")), move || next(&run)))
            .collect()
    };
    let none = move || page.with(|data| data.upcoming.is_empty());
    let section = |title: &'static str| el("section").add(el("h2").add(title));
    el("div")
        .class("plan")
        .add(section("Schedules").add(move || page.with(|data| chosen(page, data))))
        .add(
            section("Next runs")
                .add(el("ol").class("next").attr("hidden", none).add(list(items)))
                .add(move || none().then(|| el("p").class("faint").add("None planned."))),
        )
        .add(section("Last runs").add(move || page.with(|data| last(&data.last_runs))))
}

/// The strip, and what it says in words.
fn last(runs: &[FlowRun]) -> AnyView {
    let words = (!runs.is_empty()).then(|| el("p").class("faint").add(strip::describe(runs)));
    many([Some(strip::strip(runs)), words])
}

fn chosen(page: Page<DeploymentPage>, data: &DeploymentPage) -> AnyView {
    if data.deployment.schedules.is_empty() {
        return el("p").class("faint").add("None: it runs when somebody asks.").into_any();
    }
    schedules::schedules(page, &data.deployment, &data.schedule_words)
}

/// A planned run: in how long, and at which time on the schedule's own clock.
fn next(run: &FlowRun) -> El {
    let due = run.expected_start_time.or(run.next_scheduled_start_time);
    let local = run.state.as_ref().and_then(|state| state.state_details.scheduled_time).map(wall_clock);
    el("li").add(link(routes::flow_run(run.id), due.map(time::due))).add(" ").add(el("small").add(local))
}

/// `2026-11-24 01:19:00 +08:00`.
fn wall_clock(at: Moment) -> String {
    let offset = at.0.offset().local_minus_utc() / 60;
    let shifted = at.timestamp().plus_seconds(f64::from(offset) * 60.0).to_rfc3339();
    let zone = match offset {
        0 => "UTC".to_owned(),
        minutes => {
            let sign = if minutes < 0 { '−' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    };
    let text = shifted.get(..19).unwrap_or(&shifted).replace('T', " ");
    format!("{text} {zone}")
}

#[cfg(test)]
mod tests {
    use super::wall_clock;

    #[test]
    fn planned_runs_are_shown_on_the_schedules_clock() {
        for (given, shown) in [
            ("2026-11-24T01:19:00+08:00", "2026-11-24 01:19:00 +08:00"),
            ("2026-11-23T23:00:00-03:30", "2026-11-23 23:00:00 −03:30"),
            ("2026-11-23T17:19:00Z", "2026-11-23 17:19:00 UTC"),
        ] {
            assert_eq!(domain::time::parse_moment(given).map(wall_clock).as_deref(), Ok(shown));
        }
    }
}
