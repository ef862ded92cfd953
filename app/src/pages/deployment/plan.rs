//! When it runs: the schedules with their switches, and the runs that are planned already.

use domain::Moment;
use domain::flow_runs::FlowRun;
use domain::pages::DeploymentPage;
use leptos::prelude::*;

use crate::components::list::{Item, list};
use crate::components::{schedules, strip, time};
use crate::page::Page;
use crate::routes;

/// Schedules, next runs, last runs, side by side.
pub fn plan(page: Page<DeploymentPage>) -> AnyView {
    let planned = move || page.with(|data| data.upcoming.clone());
    let items = move || {
        let runs = planned().into_iter().take(5);
        runs.map(|run| Item::new(format!("{}{:?}", run.id, run.state_name), move || next(&run))).collect()
    };
    let none = Memo::new(move |_| page.with(|data| data.upcoming.is_empty()));
    view! {
        <div class="plan">
            <section aria-labelledby="schedules">
                <h2 id="schedules">"Schedules"</h2>
                {move || page.with(|data| chosen(page, data))}
            </section>
            <section aria-labelledby="next-runs">
                <h2 id="next-runs">"Next runs"</h2>
                <ol class="next">{list(items)}</ol>
                {move || none.get().then(|| view! { <p class="faint">"None planned."</p> })}
            </section>
            <section aria-labelledby="last-runs">
                <h2 id="last-runs">"Last runs"</h2>
                <span class="large">{move || page.with(|data| strip::strip(&data.last_runs))}</span>
            </section>
        </div>
    }
    .into_any()
}

fn chosen(page: Page<DeploymentPage>, data: &DeploymentPage) -> AnyView {
    if data.deployment.schedules.is_empty() {
        return view! { <p class="faint">"None: it runs when somebody asks."</p> }.into_any();
    }
    schedules::schedules(page, data.deployment.id, &data.deployment.schedules)
}

/// A planned run: in how long, and at which time on the schedule's own clock.
fn next(run: &FlowRun) -> AnyView {
    let due = run.expected_start_time.or(run.next_scheduled_start_time);
    let local = run.state.as_ref().and_then(|state| state.state_details.scheduled_time).map(wall_clock);
    view! {
        <li>
            <a href=routes::flow_run(run.id)>{due.map(time::ago)}</a>
            " " <small>{local}</small>
        </li>
    }
    .into_any()
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
