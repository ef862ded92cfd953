//! What the server pushes, as callbacks: one socket for all that a tab shows.
//!
//! Messages only say "look from here"; whoever listens asks again or reads on from a cursor. After a lost
//! connection every listener looks again, so nothing that happened in between is missed.

mod socket;

use std::sync::Arc;
use std::time::Duration;

use domain::FlowRunId;
use domain::live::{Change, LiveAsk, LiveMessage};
use domain::logs::LogLine;
use leptos::prelude::*;

use crate::browser;
use crate::effect::effect;
use socket::Heard;

/// How the connection is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Status {
    /// Nobody listens yet, or the first attempt is under way.
    Idle,
    Open,
    /// Lost since that many milliseconds after the page was opened; attempts go on.
    Paused(f64),
}

/// The state of the connection, for the bar that speaks of it.
#[derive(Clone, Copy)]
pub struct Live {
    pub status: RwSignal<Status>,
}

/// Milliseconds for which changes are gathered before `then` of [`on_change`] is called.
const GATHER: f64 = 200.0;
/// Milliseconds that lie between two such calls at least.
const PACE: f64 = 1000.0;

/// Puts the connection into the context. It opens with the first listener.
pub fn provide() {
    provide_context(Live { status: RwSignal::new(Status::Idle) });
}

/// Runs `then` after something happened that `wants` takes, and after anything may have been missed.
/// Several changes at once make one call. What is shown was asked for at `asked`, in milliseconds after the
/// page was opened: what happened between that and the first word of the server is not missed.
pub fn on_change(
    asked: StoredValue<f64>,
    wants: Box<dyn Fn(&Change) -> bool + Send + Sync>,
    then: Box<dyn Fn() + Send + Sync>,
) {
    let live = expect_context::<Live>();
    let wants: Arc<dyn Fn(&Change) -> bool + Send + Sync> = wants.into();
    let then: Arc<dyn Fn() + Send + Sync> = then.into();
    effect(move || {
        let waiting = StoredValue::new(false);
        let last = StoredValue::new(f64::MIN);
        let (wants, then) = (wants.clone(), then.clone());
        let hear = move |heard: Heard| {
            let look = match heard {
                Heard::Message(LiveMessage::Changed(change)) => wants(change),
                Heard::Message(LiveMessage::Lagged) | Heard::Reopened => true,
                Heard::Message(LiveMessage::Logs { .. }) => false,
            };
            if look && waiting.try_get_value() == Some(false) {
                waiting.set_value(true);
                let then = then.clone();
                // `None` gives the value back: the page is gone by now.
                let run = move || {
                    if waiting.try_set_value(false).is_none() {
                        last.set_value(browser::milliseconds());
                        then();
                    }
                };
                let rest = last.get_value() + PACE - browser::milliseconds();
                set_timeout(run, Duration::from_millis(rest.max(GATHER) as u64));
            }
        };
        let ask = move || {
            let now = browser::milliseconds();
            LiveAsk::FollowChanges { age: (now - asked.try_get_value().unwrap_or(now)) / 1e3 }
        };
        listen(live, Box::new(ask), Box::new(hear));
    });
}

/// Calls `take` with the lines of a run that are stored after `cursor`, each exactly once and in order.
pub fn follow_logs(run: FlowRunId, cursor: i64, take: impl Fn(Vec<LogLine>) + Send + Sync + 'static) {
    let live = expect_context::<Live>();
    let take = Arc::new(take);
    effect(move || {
        let last = StoredValue::new(cursor);
        let ask = move || LiveAsk::FollowLogs { flow_run_id: run, after: last.try_get_value().unwrap_or(cursor) };
        let take = take.clone();
        let hear = move |heard: Heard| match heard {
            Heard::Message(LiveMessage::Logs { flow_run_id, lines, cursor }) if *flow_run_id == run => {
                let Some(seen) = last.try_get_value() else { return };
                last.set_value(seen.max(*cursor));
                let fresh: Vec<LogLine> = lines.iter().filter(|line| line.seq > seen).cloned().collect();
                if !fresh.is_empty() {
                    take(fresh);
                }
            }
            Heard::Message(LiveMessage::Lagged) => socket::send(&ask()),
            _ => {}
        };
        listen(live, Box::new(ask), Box::new(hear));
        on_cleanup(move || socket::send(&LiveAsk::UnfollowLogs { flow_run_id: run }));
    });
}

/// Listens until the current owner goes away.
fn listen(live: Live, ask: Box<dyn Fn() -> LiveAsk>, hear: Box<dyn Fn(Heard)>) {
    let id = socket::listen(live.status, ask, hear);
    on_cleanup(move || socket::forget(id));
}
