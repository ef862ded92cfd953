//! `/api/v2/concurrency_limits`: limits by name, and slots of them with or without a lease.

use super::docs::Docs;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::concurrency_limits::{
    ConcurrencyLimit, ConcurrencyLimitCreate, ConcurrencyLimitUpdate, GiveSlotsBack, GlobalConcurrencyLimit,
    LeasedSlots, MinimalConcurrencyLimit, TAG, TakeSlots,
};
use domain::flows::is_legal_name;
use domain::{ConcurrencyLeaseId, Major, Timestamp, Uuid};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{Tx, concurrency_limits};

use super::body::{Body, Id, OptionalBody, Parameters};
use super::caller::Caller;
use super::checks::{above_zero, at_least};
use super::error::{ApiError, Result};
use super::names;
use super::page::{limit_of, offset_of};
use super::root::{unknown_route, wrong_method};
use crate::app_state::AppState;
use crate::clock::{new_id, random};
use crate::orchestration::AfterCommit;
use crate::orchestration::concurrency::{self, Taking};
use crate::orchestration::events::{self, Deed};
use crate::orchestration::task_rules::jittered;

/// Seconds that a lease may last.
const LEASE: std::ops::RangeInclusive<f64> = 60.0..=86_400.0;

/// How far from the average the wait for a slot may be, so that those who wait do not come all at once.
const SPREAD: f64 = 0.3;

/// Routes below `/api/v2/concurrency_limits`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", post(create))
        .route("/filter", post(filter))
        .route("/increment", post(increment))
        .route("/decrement", post(decrement))
        .route("/increment-with-lease", post(increment_with_lease))
        .route("/decrement-with-lease", post(decrement_with_lease))
        .route("/leases/{lease_id}/renew", post(renew))
        .route("/{id_or_name}", get(read).patch(update).delete(delete))
}

/// What `/docs` tells of them.
pub fn describe(docs: &mut Docs) {
    docs.tag("Global limits");
    docs.post("/v2/concurrency_limits/", "Make a limit")
        .takes::<ConcurrencyLimitCreate>()
        .gives::<ConcurrencyLimit>(201)
        .refuses(409, "The name is taken");
    docs.post("/v2/concurrency_limits/filter", "All limits")
        .may_take::<Page>()
        .gives::<Vec<GlobalConcurrencyLimit>>(200);
    docs.post("/v2/concurrency_limits/increment", "Take slots")
        .takes::<TakeSlots>()
        .gives::<Vec<MinimalConcurrencyLimit>>(200)
        .refuses(423, "No slot is free; Retry-After tells when to ask again");
    docs.post("/v2/concurrency_limits/decrement", "Give slots back")
        .takes::<GiveSlotsBack>()
        .gives::<Vec<MinimalConcurrencyLimit>>(200);
    docs.post("/v2/concurrency_limits/increment-with-lease", "Take slots for a time (Prefect 3)")
        .takes::<TakeSlots>()
        .gives::<LeasedSlots>(200)
        .refuses(423, "No slot is free; Retry-After tells when to ask again");
    docs.post("/v2/concurrency_limits/decrement-with-lease", "End a lease (Prefect 3)").takes::<OfLease>().done(204);
    docs.post("/v2/concurrency_limits/leases/{lease_id}/renew", "Keep slots for longer (Prefect 3)")
        .may_take::<Renewal>()
        .done(204)
        .refuses(410, "The lease is over");
    docs.get("/v2/concurrency_limits/{id_or_name}", "A limit").gives::<GlobalConcurrencyLimit>(200);
    docs.patch("/v2/concurrency_limits/{id_or_name}", "Change a limit").takes::<ConcurrencyLimitUpdate>().done(204);
    docs.delete("/v2/concurrency_limits/{id_or_name}", "Delete a limit").done(204);
}

async fn create(State(app): State<AppState>, caller: Caller, Body(new): Body<ConcurrencyLimitCreate>) -> Result {
    if !is_legal_name(&new.name) {
        return Err(names::illegal(caller.major, &new.name, json!(new)));
    }
    for (field, number) in
        [("limit", new.limit), ("active_slots", new.active_slots), ("denied_slots", new.denied_slots)]
    {
        at_least(caller.major, field, Some(number), 0, &new)?;
    }
    not_negative(caller.major, new.slot_decay_per_second, &new)?;
    let now = app.clock.now();
    let limit = ConcurrencyLimit {
        active: new.active,
        active_slots: new.active_slots,
        denied_slots: new.denied_slots,
        slot_decay_per_second: new.slot_decay_per_second,
        ..ConcurrencyLimit::new(new_id(), new.name, new.limit, now)
    };
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    concurrency_limits::insert(&mut tx, &limit, now).await?;
    tell(&mut tx, Deed::Created, &limit, now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(caller.created(&limit, true))
}

async fn read(State(app): State<AppState>, caller: Caller, Path(id_or_name): Path<String>) -> Result {
    let limit = find(&mut app.store.read().await?, &id_or_name).await?;
    Ok(caller.ok(&GlobalConcurrencyLimit::of(limit, app.clock.now())))
}

#[derive(Deserialize, Default, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Page {
    limit: Option<i64>,
    #[serde(deserialize_with = "domain::bounds::at_least::<0, _>")]
    offset: Option<i64>,
}

async fn filter(State(app): State<AppState>, caller: Caller, OptionalBody(page): OptionalBody<Page>) -> Result {
    let (limit, offset, now) = (limit_of(page.limit)?, offset_of(page.offset), app.clock.now());
    let found = concurrency_limits::page(&mut app.store.read().await?, false, limit, offset).await?;
    // Prefect 2 keeps limits on tags apart from the others.
    let shown = found.into_iter().filter(|limit| caller.major == Major::V3 || limit.tag().is_none());
    Ok(caller.ok(&shown.map(|limit| GlobalConcurrencyLimit::of(limit, now)).collect::<Vec<_>>()))
}

pub async fn update(
    State(app): State<AppState>,
    caller: Caller,
    Path(id_or_name): Path<String>,
    Body(update): Body<ConcurrencyLimitUpdate>,
) -> Result {
    if let domain::Patch::Value(name) = &update.name
        && !is_legal_name(name)
    {
        return Err(names::illegal(caller.major, name, json!(update)));
    }
    let echo = update.clone();
    let numbers =
        [("limit", &update.limit), ("active_slots", &update.active_slots), ("denied_slots", &update.denied_slots)];
    for (field, number) in numbers {
        at_least(caller.major, field, number.clone().value(), 0, &echo)?;
    }
    not_negative(caller.major, update.slot_decay_per_second.clone().value().unwrap_or(0.0), &echo)?;
    let now = app.clock.now();
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let found = find(&mut tx, &id_or_name).await?;
    // Read again under the lock: somebody may be taking slots.
    let locked = concurrency_limits::lock_by_ids(&mut tx, &[found.id]).await?.pop();
    let mut limit = locked.ok_or_else(not_found)?;
    update.active.replace(&mut limit.active);
    update.name.replace(&mut limit.name);
    update.limit.replace(&mut limit.limit);
    update.active_slots.replace(&mut limit.active_slots);
    update.denied_slots.replace(&mut limit.denied_slots);
    update.slot_decay_per_second.replace(&mut limit.slot_decay_per_second);
    concurrency_limits::save(&mut tx, &limit, now).await?;
    tell(&mut tx, Deed::Updated, &limit, now, &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete(State(app): State<AppState>, Path(id_or_name): Path<String>) -> Result {
    let mut after = AfterCommit::default();
    let mut tx = app.store.write().await?;
    let limit = find(&mut tx, &id_or_name).await?;
    concurrency_limits::delete(&mut tx, limit.id).await?;
    tell(&mut tx, Deed::Deleted, &limit, app.clock.now(), &mut after).await?;
    tx.commit().await?;
    after.tell(&app.live);
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn increment(State(app): State<AppState>, caller: Caller, Parameters(wish): Parameters<TakeSlots>) -> Result {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let taken = take(&mut tx, &caller, &wish, now).await;
    // What was asked for in vain is counted: commit in either case.
    tx.commit().await?;
    Ok(caller.ok(&shown(&wish.names, &taken?)))
}

async fn increment_with_lease(
    State(app): State<AppState>,
    caller: Caller,
    Parameters(wish): Parameters<TakeSlots>,
) -> Result {
    if caller.major == Major::V2 {
        return Err(wrong_method().await);
    }
    check_duration(wish.lease_duration, &wish)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let leased = match take(&mut tx, &caller, &wish, now).await {
        Ok(limits) => {
            let seconds = Some(wish.lease_duration);
            let lease_id = concurrency::lease(&mut tx, &limits, wish.slots, wish.holder, seconds, now).await?;
            Ok(LeasedSlots { lease_id, limits: shown(&wish.names, &limits) })
        }
        Err(refusal) => Err(refusal),
    };
    tx.commit().await?;
    Ok(caller.ok(&leased?))
}

async fn decrement(State(app): State<AppState>, caller: Caller, Parameters(back): Parameters<GiveSlotsBack>) -> Result {
    above_zero(caller.major, "slots", Some(back.slots), &back)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    make_missing(&mut tx, &caller, &back.names, now).await?;
    let limits = concurrency_limits::lock_by_names(&mut tx, &back.names).await?;
    concurrency::give_back(&mut tx, limits.clone(), back.slots, back.occupancy_seconds, now).await?;
    tx.commit().await?;
    Ok(caller.ok(&shown(&back.names, &limits)))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct OfLease {
    lease_id: ConcurrencyLeaseId,
}

async fn decrement_with_lease(State(app): State<AppState>, caller: Caller, Body(of): Body<OfLease>) -> Result {
    if caller.major == Major::V2 {
        return Err(wrong_method().await);
    }
    let mut tx = app.store.write().await?;
    concurrency::release(&mut tx, of.lease_id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(default)]
struct Renewal {
    lease_duration: f64,
}

impl Default for Renewal {
    fn default() -> Self {
        Renewal { lease_duration: 300.0 }
    }
}

async fn renew(
    State(app): State<AppState>,
    caller: Caller,
    Id(id): Id<ConcurrencyLeaseId>,
    OptionalBody(renewal): OptionalBody<Renewal>,
) -> Result {
    if caller.major == Major::V2 {
        return Err(unknown_route().await);
    }
    check_duration(renewal.lease_duration, &json!({ "lease_duration": renewal.lease_duration }))?;
    let mut tx = app.store.write().await?;
    let kept = concurrency::renew(&mut tx, id, renewal.lease_duration, app.clock.now()).await?;
    tx.commit().await?;
    if !kept {
        let text = "Lease not found - it may have expired or been revoked";
        return Err(ApiError::Detail(StatusCode::GONE, text.to_owned()));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes the slots, or says why not in Prefect's words.
async fn take(tx: &mut Tx, caller: &Caller, wish: &TakeSlots, now: Timestamp) -> Result<Vec<ConcurrencyLimit>> {
    above_zero(caller.major, "slots", Some(wish.slots), wish)?;
    make_missing(tx, caller, &wish.names, now).await?;
    match concurrency::take(tx, &wish.names, wish.slots, wish.mode, now).await? {
        Taking::Taken(limits) => Ok(limits),
        Taking::TooMany => Err(ApiError::unprocessable("Slots requested is greater than the limit")),
        Taking::NoRate(names) => Err(ApiError::unprocessable(format!(
            "Only concurrency limits with slot decay can be used for rate limiting. The following limits do not have a \
             decay configured: '{}'",
            names.join(",")
        ))),
        Taking::Full(limit, slots) => {
            let average = limit.retry_after(slots, caller.major == Major::V2);
            let retry_after = if caller.major == Major::V2 { average } else { jittered(average, SPREAD, random()) };
            Err(ApiError::Locked { retry_after })
        }
    }
}

/// Prefect 2 makes limits that are asked for and not there: inactive ones, which hold nobody up.
async fn make_missing(tx: &mut Tx, caller: &Caller, names: &[String], now: Timestamp) -> Result<()> {
    if caller.major == Major::V3 {
        return Ok(());
    }
    for name in names.iter().filter(|name| !name.starts_with(TAG)) {
        if concurrency_limits::by_name(tx, name).await?.is_none() {
            let limit = ConcurrencyLimit { active: false, ..ConcurrencyLimit::new(new_id(), name, 1, now) };
            concurrency_limits::insert(tx, &limit, now).await?;
        }
    }
    Ok(())
}

/// The limits in the order in which they were named.
fn shown(names: &[String], limits: &[ConcurrencyLimit]) -> Vec<MinimalConcurrencyLimit> {
    let place = |limit: &&ConcurrencyLimit| names.iter().position(|name| *name == limit.name);
    let mut limits: Vec<&ConcurrencyLimit> = limits.iter().collect();
    limits.sort_by_key(place);
    limits.into_iter().map(MinimalConcurrencyLimit::from).collect()
}

async fn find(tx: &mut Tx, id_or_name: &str) -> Result<ConcurrencyLimit> {
    let found = match id_or_name.parse::<Uuid>() {
        Ok(id) => concurrency_limits::by_id(tx, id.into()).await?,
        Err(_) => concurrency_limits::by_name(tx, id_or_name).await?,
    };
    found.ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::not_found("Concurrency Limit not found")
}

/// The event about a limit.
pub async fn tell(
    tx: &mut Tx,
    deed: Deed,
    limit: &ConcurrencyLimit,
    now: Timestamp,
    after: &mut AfterCommit,
) -> store::Result<()> {
    let payload = json!({
        "name": limit.name, "limit": limit.limit, "active": limit.active, "slot_decay_per_second": limit.slot_decay_per_second,
    });
    let event = events::lifecycle("concurrency-limit", deed, limit.id.0, &limit.name, payload, now);
    events::emit(tx, event, now, after).await
}

fn not_negative(major: Major, decay: f64, body: &impl serde::Serialize) -> Result<()> {
    if decay >= 0.0 {
        return Ok(());
    }
    let loc = json!(["body", "slot_decay_per_second"]);
    let item = match major {
        Major::V2 => json!({
            "loc": loc,
            "msg": "ensure this value is greater than or equal to 0",
            "type": "value_error.number.not_ge",
            "ctx": { "limit_value": 0 },
        }),
        Major::V3 => json!({
            "type": "greater_than_equal",
            "loc": loc,
            "msg": "Input should be greater than or equal to 0",
            "input": decay,
            "ctx": { "ge": 0.0 },
        }),
    };
    Err(ApiError::Invalid { items: vec![item], body: json!(body) })
}

fn check_duration(seconds: f64, body: &impl serde::Serialize) -> Result<()> {
    if LEASE.contains(&seconds) {
        return Ok(());
    }
    let (kind, word, key, bound) = match seconds < *LEASE.start() {
        true => ("greater_than_equal", "greater", "ge", *LEASE.start()),
        false => ("less_than_equal", "less", "le", *LEASE.end()),
    };
    let item = json!({
        "type": kind, "loc": ["body", "lease_duration"], "msg": format!("Input should be {word} than or equal to {bound}"),
        "input": seconds, "ctx": { key: bound },
    });
    Err(ApiError::Invalid { items: vec![item], body: json!(body) })
}
