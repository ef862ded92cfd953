//! Concurrency limits: how many slots may be taken at once, by whom they are held and for how long.
//!
//! A limit on a tag of tasks is a limit named `tag:<tag>`; the one of a deployment is `deployment:<id>`.

mod bodies;
mod leases;
mod tags;

pub use bodies::{ConcurrencyLimitCreate, ConcurrencyLimitUpdate, GiveSlotsBack, SlotMode, TakeSlots};
pub use leases::{Holder, HolderKind, Lease, LeasedSlots, UnknownHolderKind};
pub use tags::{TagLimit, TagLimitCreate, TagLimitReset, TagSlots};

use serde::{Deserialize, Serialize};

use crate::id::ConcurrencyLimitId;
use crate::time::Timestamp;

/// What the names of limits on tags begin with.
pub const TAG: &str = "tag:";

/// Nobody waits longer than this for a slot before asking again, in seconds.
const MAX_WAIT: f64 = 30.0;

/// The same for limits on tags (`server.tasks.tag_concurrency_slot_wait_seconds`).
const MAX_TAG_WAIT: f64 = 10.0;

/// A slot is taken to be held at least so long, in seconds.
const MIN_OCCUPANCY: f64 = 0.1;

/// The average occupancy is over twice as many samples as there are slots.
const SAMPLES: f64 = 2.0;

/// A limit with its counters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ConcurrencyLimit {
    pub id: ConcurrencyLimitId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// Only active limits hold anybody up.
    pub active: bool,
    pub name: String,
    pub limit: i64,
    /// As of `updated`; see [`ConcurrencyLimit::occupied`].
    pub active_slots: i64,
    /// Slots that were asked for in vain, as of `updated`.
    pub denied_slots: i64,
    /// Slots that become free by themselves, for limits on rates.
    pub slot_decay_per_second: f64,
    pub avg_slot_occupancy_seconds: f64,
}

impl ConcurrencyLimit {
    /// An active limit that nobody has asked for yet.
    pub fn new(id: ConcurrencyLimitId, name: impl Into<String>, limit: i64, now: Timestamp) -> Self {
        ConcurrencyLimit {
            id,
            created: Some(now),
            updated: Some(now),
            active: true,
            name: name.into(),
            limit,
            active_slots: 0,
            denied_slots: 0,
            slot_decay_per_second: 0.0,
            avg_slot_occupancy_seconds: 2.0,
        }
    }

    /// The tag that the limit is on, if it is on one.
    pub fn tag(&self) -> Option<&str> {
        self.name.strip_prefix(TAG)
    }

    /// Slots that are taken at `now`.
    pub fn occupied(&self, now: Timestamp) -> i64 {
        (self.active_slots - (self.slot_decay_per_second * self.age(now)).floor() as i64).max(0)
    }

    /// Whether `slots` are free at `now`.
    pub fn has_room(&self, slots: i64, now: Timestamp) -> bool {
        self.occupied(now) + slots <= self.limit
    }

    /// Takes slots.
    pub fn take(&mut self, slots: i64, now: Timestamp) {
        self.settle(now);
        self.active_slots += slots;
    }

    /// Gives slots back that were held for `occupancy` seconds, if that is known.
    pub fn give_back(&mut self, slots: i64, occupancy: Option<f64>, now: Timestamp) {
        self.settle(now);
        self.active_slots = (self.active_slots - slots).max(0);
        if let Some(seconds) = occupancy.filter(|seconds| *seconds > 0.0 && slots > 0 && self.limit > 0) {
            let sample = (seconds / slots as f64).max(MIN_OCCUPANCY);
            self.avg_slot_occupancy_seconds +=
                (sample - self.avg_slot_occupancy_seconds) / (self.limit as f64 * SAMPLES);
        }
    }

    /// Notes that slots were asked for in vain.
    pub fn deny(&mut self, slots: i64, now: Timestamp) {
        self.settle(now);
        self.denied_slots += slots;
    }

    /// How many times all of its slots the ones that wait amount to.
    pub fn pressure(&self, slots: i64) -> f64 {
        let waiting = (slots + self.denied_slots) as f64;
        if self.slot_decay_per_second > 0.0 { waiting } else { waiting / self.limit.max(1) as f64 }
    }

    /// Seconds after which it makes sense to ask again. Prefect 2's server waits as long as it takes;
    /// Prefect 3's at most half a minute.
    pub fn retry_after(&self, slots: i64, is_v2: bool) -> f64 {
        if self.slot_decay_per_second > 0.0 {
            return self.pressure(slots) / self.slot_decay_per_second;
        }
        let most = if is_v2 { f64::INFINITY } else { self.max_wait() };
        (self.avg_slot_occupancy_seconds.min(most) * self.pressure(slots)).min(most)
    }

    /// Writes down what has become free by itself.
    fn settle(&mut self, now: Timestamp) {
        let decay = match self.slot_decay_per_second {
            decay if decay > 0.0 => decay,
            _ => 1.0 / self.avg_slot_occupancy_seconds.min(self.max_wait()).max(MIN_OCCUPANCY),
        };
        self.denied_slots = (self.denied_slots - (decay * self.age(now)).floor() as i64).max(0);
        self.active_slots = self.occupied(now);
        self.updated = Some(now);
    }

    fn max_wait(&self) -> f64 {
        if self.tag().is_some() { MAX_TAG_WAIT } else { MAX_WAIT }
    }

    /// Seconds since the counters were written.
    fn age(&self, now: Timestamp) -> f64 {
        self.updated.map_or(0.0, |updated| now.seconds_since(updated).max(0.0))
    }
}

/// A limit as `GET /v2/concurrency_limits/{id or name}` and its list show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct GlobalConcurrencyLimit {
    pub id: ConcurrencyLimitId,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    pub active: bool,
    pub name: String,
    pub limit: i64,
    /// Slots that are taken now.
    pub active_slots: i64,
    pub slot_decay_per_second: f64,
}

impl GlobalConcurrencyLimit {
    /// The limit as it is at `now`.
    pub fn of(limit: ConcurrencyLimit, now: Timestamp) -> Self {
        GlobalConcurrencyLimit {
            active_slots: limit.occupied(now),
            id: limit.id,
            created: limit.created,
            updated: limit.updated,
            active: limit.active,
            name: limit.name,
            limit: limit.limit,
            slot_decay_per_second: limit.slot_decay_per_second,
        }
    }
}

/// A limit that slots were taken of, or given back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct MinimalConcurrencyLimit {
    pub id: ConcurrencyLimitId,
    pub name: String,
    pub limit: i64,
}

impl From<&ConcurrencyLimit> for MinimalConcurrencyLimit {
    fn from(limit: &ConcurrencyLimit) -> Self {
        MinimalConcurrencyLimit { id: limit.id, name: limit.name.clone(), limit: limit.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Uuid;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(seconds)
    }

    fn limit(slots: i64, decay: f64) -> ConcurrencyLimit {
        ConcurrencyLimit {
            slot_decay_per_second: decay,
            ..ConcurrencyLimit::new(Uuid::nil().into(), "x", slots, at(0.0))
        }
    }

    #[test]
    fn slots_decay_in_whole_steps() {
        let mut rate = limit(5, 0.5);
        rate.take(5, at(0.0));
        for (seconds, occupied) in [(0.0, 5), (1.9, 5), (2.0, 4), (9.9, 1), (100.0, 0)] {
            assert_eq!(rate.occupied(at(seconds)), occupied, "after {seconds}");
        }
        assert!(!rate.has_room(1, at(1.0)) && rate.has_room(1, at(2.0)) && !rate.has_room(2, at(3.0)));
        assert_eq!(rate.retry_after(1, false), 2.0);
    }

    #[test]
    fn the_average_occupancy_is_learnt_slowly() {
        let mut one = limit(1, 0.0);
        one.take(1, at(0.0));
        one.give_back(1, Some(10.0), at(10.0));
        assert_eq!((one.active_slots, one.avg_slot_occupancy_seconds), (0, 6.0));
        one.give_back(5, Some(0.0), at(10.0));
        assert_eq!((one.active_slots, one.avg_slot_occupancy_seconds), (0, 6.0));
    }

    #[test]
    fn those_who_wait_are_spread_but_not_for_ever() {
        let mut one = limit(1, 0.0);
        assert_eq!((one.retry_after(1, false), one.retry_after(1, true)), (2.0, 2.0));
        for _ in 0..40 {
            one.deny(1, at(0.0));
        }
        assert_eq!((one.retry_after(1, false), one.retry_after(1, true)), (30.0, 82.0));
        let tag = ConcurrencyLimit { name: "tag:x".to_owned(), ..one.clone() };
        assert_eq!(tag.retry_after(1, false), 10.0);
        one.deny(1, at(20.0));
        assert_eq!(one.denied_slots, 31, "denied ones are forgotten with the occupancy of a slot");
    }
}
