//! Slots of concurrency limits: taken all or none, given back, and reclaimed from who is silent.

use domain::concurrency_limits::{ConcurrencyLimit, Holder, HolderKind, Lease, SlotMode, TAG, TagLimitCreate};
use domain::{ConcurrencyLeaseId, ConcurrencyLimitId, TaskRunId, Timestamp};
use store::{Result, Tx, concurrency_leases, concurrency_limits};

use crate::clock::new_id;

/// A lease that its holder cannot renew lasts as long as anything, in seconds: 100 years.
const FOR_EVER: f64 = 100.0 * 365.0 * 86_400.0;

/// What became of a wish for slots.
#[derive(Debug, Clone, PartialEq)]
pub enum Taking {
    /// Slots of the active ones among these limits were taken.
    Taken(Vec<ConcurrencyLimit>),
    /// Not all have room. The limit that most is asked of, and how much.
    Full(Box<ConcurrencyLimit>, i64),
    /// More slots are wished for than there are in all.
    TooMany,
    /// These limits do not become free by themselves, and so limit no rate.
    NoRate(Vec<String>),
}

/// Takes `slots` of each of the named limits, or of none. Names without a limit hold nobody up.
pub async fn take(tx: &mut Tx, names: &[String], slots: i64, mode: SlotMode, now: Timestamp) -> Result<Taking> {
    let limits = concurrency_limits::lock_by_names(tx, names).await?;
    let active = || limits.iter().filter(|limit| limit.active);
    if active().any(|limit| limit.limit < slots) {
        return Ok(Taking::TooMany);
    }
    let no_rate: Vec<String> =
        active().filter(|limit| limit.slot_decay_per_second == 0.0).map(|limit| limit.name.clone()).collect();
    if mode == SlotMode::RateLimit && !no_rate.is_empty() {
        return Ok(Taking::NoRate(no_rate));
    }
    take_of(tx, limits, slots, now).await
}

/// The same of limits that are locked already.
async fn take_of(tx: &mut Tx, mut limits: Vec<ConcurrencyLimit>, slots: i64, now: Timestamp) -> Result<Taking> {
    let has_room = limits.iter().filter(|limit| limit.active).all(|limit| limit.has_room(slots, now));
    // Measured before this wish is counted among those in vain.
    let pressed = limits
        .iter()
        .filter(|limit| limit.active)
        .max_by(|a, b| a.pressure(slots).total_cmp(&b.pressure(slots)))
        .cloned();
    for limit in limits.iter_mut().filter(|limit| limit.active) {
        if has_room {
            limit.take(slots, now);
        } else {
            limit.deny(slots, now);
        }
        concurrency_limits::save(tx, limit, now).await?;
    }
    Ok(match pressed {
        Some(pressed) if !has_room => Taking::Full(Box::new(pressed), slots),
        _ => Taking::Taken(limits),
    })
}

/// Gives slots back to the active ones among the limits.
pub async fn give_back(
    tx: &mut Tx,
    limits: Vec<ConcurrencyLimit>,
    slots: i64,
    occupancy: Option<f64>,
    now: Timestamp,
) -> Result<()> {
    for mut limit in limits.into_iter().filter(|limit| limit.active) {
        limit.give_back(slots, occupancy, now);
        concurrency_limits::save(tx, &limit, now).await?;
    }
    Ok(())
}

/// Notes who holds slots that have just been taken. `seconds` of `None` is for ever.
pub async fn lease(
    tx: &mut Tx,
    limits: &[ConcurrencyLimit],
    slots: i64,
    holder: Option<Holder>,
    seconds: Option<f64>,
    now: Timestamp,
) -> Result<ConcurrencyLeaseId> {
    let expires = now.plus_seconds(seconds.unwrap_or(FOR_EVER));
    let limits = limits.iter().map(|limit| limit.id).collect();
    let lease = Lease { id: new_id(), created: now, expires, slots, holder, limits };
    concurrency_leases::insert(tx, &lease).await?;
    Ok(lease.id)
}

/// Keeps a lease for `seconds` more; whether it is still there to be kept.
pub async fn renew(tx: &mut Tx, id: ConcurrencyLeaseId, seconds: f64, now: Timestamp) -> Result<bool> {
    concurrency_leases::renew(tx, id, now.plus_seconds(seconds), now).await
}

/// Ends a lease and gives its slots back; whether there was one.
pub async fn release(tx: &mut Tx, id: ConcurrencyLeaseId, now: Timestamp) -> Result<bool> {
    match concurrency_leases::lock_by_id(tx, id).await? {
        Some(lease) => end(tx, lease, true, now).await.map(|()| true),
        None => Ok(false),
    }
}

/// Ends leases that nobody has renewed; how many. What they held counts as no sample of how long slots are
/// held.
pub async fn reclaim(tx: &mut Tx, now: Timestamp, most: i64) -> Result<usize> {
    let leases = concurrency_leases::expired(tx, now, most).await?;
    let count = leases.len();
    for lease in leases {
        tracing::info!(lease = %lease.id, holder = ?lease.holder, "a lease of concurrency slots has expired");
        end(tx, lease, false, now).await?;
    }
    Ok(count)
}

async fn end(tx: &mut Tx, lease: Lease, is_sample: bool, now: Timestamp) -> Result<()> {
    let occupancy = is_sample.then(|| now.seconds_since(lease.created));
    if concurrency_leases::delete(tx, lease.id).await? {
        let limits = concurrency_limits::lock_by_ids(tx, &lease.limits).await?;
        give_back(tx, limits, lease.slots, occupancy, now).await?;
    }
    Ok(())
}

/// What became of a task's wish for a slot of each of its tags.
#[derive(Debug, Clone, PartialEq)]
pub enum Tags {
    /// The task has them; of these limits.
    Taken(Vec<ConcurrencyLimit>),
    /// There is no room under the limit on this tag.
    Full(String),
    /// The limit on this tag is 0: there will never be room.
    Never(String),
}

/// Takes a slot of each limit on the task run's tags, or of none. A run that has its slots keeps them.
pub async fn take_tags(tx: &mut Tx, tags: &[String], run: TaskRunId, now: Timestamp) -> Result<Tags> {
    let names: Vec<String> = tags.iter().map(|tag| format!("{TAG}{tag}")).collect();
    let limits = concurrency_limits::lock_by_names(tx, &names).await?;
    let tag = |limit: &ConcurrencyLimit| limit.tag().unwrap_or_default().to_owned();
    if let Some(zero) = limits.iter().find(|limit| limit.limit == 0) {
        return Ok(Tags::Never(tag(zero)));
    }
    let held = concurrency_leases::of_holder(tx, run.0).await?;
    let has = |limit: &&ConcurrencyLimit| held.iter().any(|lease| lease.limits.contains(&limit.id));
    let wanted: Vec<ConcurrencyLimit> = limits.iter().filter(|limit| limit.active && !has(limit)).cloned().collect();
    if wanted.is_empty() {
        return Ok(Tags::Taken(limits));
    }
    match take_of(tx, wanted, 1, now).await? {
        Taking::Taken(taken) => {
            lease(tx, &taken, 1, Some(Holder { kind: HolderKind::TaskRun, id: run.0 }), None, now).await?;
            Ok(Tags::Taken(limits))
        }
        Taking::Full(full, _) => Ok(Tags::Full(tag(&full))),
        Taking::TooMany | Taking::NoRate(_) => Ok(Tags::Taken(limits)),
    }
}

/// Gives back all slots that the task run holds.
pub async fn give_tags_back(tx: &mut Tx, run: TaskRunId, now: Timestamp) -> Result<()> {
    for lease in concurrency_leases::of_holder(tx, run.0).await? {
        end(tx, lease, true, now).await?;
    }
    Ok(())
}

/// Sets the limit on a tag; the limit, and whether it is new.
pub async fn set_tag_limit(tx: &mut Tx, wish: &TagLimitCreate, now: Timestamp) -> Result<(ConcurrencyLimit, bool)> {
    let name = format!("{TAG}{}", wish.tag);
    let stored = concurrency_limits::lock_by_names(tx, std::slice::from_ref(&name)).await?.pop();
    match stored {
        Some(mut limit) => {
            limit.limit = wish.concurrency_limit;
            concurrency_limits::save(tx, &limit, now).await?;
            Ok((ConcurrencyLimit { updated: Some(now), ..limit }, false))
        }
        None => {
            let limit = ConcurrencyLimit::new(new_id(), name, wish.concurrency_limit, now);
            concurrency_limits::insert(tx, &limit, now).await?;
            Ok((limit, true))
        }
    }
}

/// Takes all slots of a limit from whoever holds them, and gives them to these task runs.
pub async fn reset(tx: &mut Tx, id: ConcurrencyLimitId, holders: &[TaskRunId], now: Timestamp) -> Result<()> {
    for lease in concurrency_leases::of_limit(tx, id).await? {
        end(tx, lease, false, now).await?;
    }
    for mut limit in concurrency_limits::lock_by_ids(tx, &[id]).await? {
        limit.active_slots = holders.len() as i64;
        concurrency_limits::save(tx, &limit, now).await?;
        for run in holders {
            let holder = Some(Holder { kind: HolderKind::TaskRun, id: run.0 });
            lease(tx, std::slice::from_ref(&limit), 1, holder, None, now).await?;
        }
    }
    Ok(())
}
