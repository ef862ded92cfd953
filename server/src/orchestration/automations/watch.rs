//! Triggers that notice absence look at the clock; what is over is forgotten.

use domain::automations::Posture;
use domain::{Timestamp, TriggerId};
use store::automations::{self, buckets, queue};
use store::{Result, Tx, events};

use super::super::after_commit::AfterCommit;
use super::TRIGGERS;
use super::listen::settle;

/// Buckets of one trigger that one round looks at; the next round goes on.
const BATCH: i64 = 500;

/// Events may be under way for so many seconds; clocks that go wrong by more are not waited for.
const MOST_LATE: f64 = 60.0;

/// A bucket that is over may still be asked for during so many seconds.
const BUFFER: f64 = 60.0;

/// Counts without an end are kept as long as the events are, in seconds.
const KEPT: f64 = 7.0 * 86_400.0;

/// Looks at all buckets whose time is over; how many triggers were looked at. The caller commits, then tells
/// what is in `after`.
pub async fn look(tx: &mut Tx, now: Timestamp, after: &mut AfterCommit) -> Result<usize> {
    tx.one_at_a_time(TRIGGERS).await?;
    let latest = now.plus_seconds(-events::lateness(tx).await?.min(MOST_LATE));
    // What has come but is not heard yet is not absent.
    let unheard = queue::oldest(tx).await?.map(|oldest| oldest.max(now.plus_seconds(-MOST_LATE)));
    let as_of = unheard.map_or(latest, |oldest| oldest.min(latest));
    let mut looked = 0;
    for automation in automations::enabled(tx).await?.iter().filter(|automation| automation.is_proactive()) {
        for trigger in automation.trigger.events() {
            if trigger.posture != Posture::Proactive {
                continue;
            }
            looked += 1;
            for (key, bucket) in buckets::over(tx, trigger.id, trigger.threshold, as_of, BATCH).await? {
                let verdict = trigger.look(Some(bucket.clone()), as_of);
                let times = (bucket.end.min(now), now);
                settle(tx, (automation, trigger), &key, Some(&bucket), verdict, times, after).await?;
            }
            if trigger.for_each.is_empty() && buckets::get(tx, trigger.id, &[]).await?.is_none() {
                let verdict = trigger.look(None, latest);
                settle(tx, (automation, trigger), &[], None, verdict, (now, now), after).await?;
            }
        }
    }
    Ok(looked)
}

/// Forgets buckets that nothing will come of; how many. What waits for absence ends by itself.
pub async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let all = automations::enabled(tx).await?;
    let triggers: Vec<_> = all.iter().flat_map(|automation| automation.trigger.events()).collect();
    let ids = |endless: bool| -> Vec<TriggerId> {
        let kept = triggers
            .iter()
            .filter(|trigger| trigger.posture == Posture::Proactive || (endless && trigger.is_immediate()));
        kept.map(|trigger| trigger.id).collect()
    };
    let over = buckets::sweep(tx, now.plus_seconds(-BUFFER), &ids(true)).await?;
    Ok(over + buckets::sweep(tx, now.plus_seconds(-KEPT), &ids(false)).await?)
}
