//! How many runs of a deployment there may be at once, as it bears on the states of its runs.
//!
//! A worker that claims a run takes a slot of the deployment's limit for it, so that no infrastructure is
//! made for a run that would have to wait. The slot is leased: Prefect from 3.4.11 on renews the lease while
//! the run runs; for others the lease ends when the run starts and the slot is kept until the run ends.

use domain::ConcurrencyLeaseId;
use domain::concurrency_limits::{Holder, HolderKind, SlotMode};
use domain::deployments::ConcurrencyLimitStrategy;
use domain::flow_runs::FlowRun;
use domain::state::{State, StateCreate, StateType};
use store::deployments::{self, HeldLimit};
use store::{Result, Tx, concurrency_leases, concurrency_limits};

use super::asked::Asked;
use super::concurrency::{self, Taking};
use super::ruling::Ruling;

/// The first client that renews the leases of its runs.
const FIRST_TO_RENEW: (u64, u64, u64) = (3, 4, 11);

/// How long a slot is kept for a claimed run that does not start, in seconds, unless the deployment says.
const GRACE: i64 = 300;

/// A run that found no slot asks again after so many seconds.
const SLOT_WAIT: f64 = 30.0;

const FULL: &str = "Deployment concurrency limit reached.";

/// The states in which a run holds its slot.
fn holds(kind: StateType) -> bool {
    matches!(kind, StateType::Pending | StateType::Running | StateType::Cancelling)
}

/// Takes, keeps or renews the slot that the proposed state needs; notes its lease in the proposal.
pub async fn secure(tx: &mut Tx, asked: &Asked, run: &FlowRun, proposed: &mut StateCreate) -> Result<Ruling> {
    let initial = run.state.as_ref();
    let lease = initial.and_then(|state| state.state_details.deployment_concurrency_lease_id);
    proposed.state_details.deployment_concurrency_lease_id =
        proposed.state_details.deployment_concurrency_lease_id.or(lease);
    let Some(deployment) = run.deployment_id else { return Ok(Ruling::Pass) };
    let claims = proposed.kind == StateType::Pending && !initial.is_some_and(|state| holds(state.kind));
    let starts = proposed.kind == StateType::Running && initial.is_some_and(|state| state.kind == StateType::Pending);
    if claims {
        match deployments::limit_of(tx, deployment).await? {
            Some(limit) => claim(tx, asked, &limit, proposed).await,
            None => Ok(Ruling::Pass),
        }
    } else if let (true, Some(lease)) = (starts, lease) {
        start(tx, asked, run, lease.into(), proposed).await
    } else {
        Ok(Ruling::Pass)
    }
}

/// A slot for a run that is claimed, or what happens to the run without one.
async fn claim(tx: &mut Tx, asked: &Asked, limit: &HeldLimit, proposed: &mut StateCreate) -> Result<Ruling> {
    if limit.limit == 0 {
        let reason = "The deployment concurrency limit is 0. The flow will deadlock if submitted again.";
        return Ok(Ruling::abort(reason));
    }
    if let Some(lease) = take(tx, asked, limit, None).await? {
        proposed.state_details.deployment_concurrency_lease_id = Some(lease.0);
        return Ok(Ruling::Pass);
    }
    Ok(if cancels_new(limit) {
        Ruling::replace(StateCreate::new(StateType::Cancelled).because(FULL), FULL)
    } else {
        let again = StateCreate::new(StateType::Scheduled).named("AwaitingConcurrencySlot");
        Ruling::replace(again.at(asked.at.plus_seconds(SLOT_WAIT)), FULL)
    })
}

/// A claimed run starts: its lease begins anew, or, where nobody will renew it, ends with the slot kept.
async fn start(
    tx: &mut Tx,
    asked: &Asked,
    run: &FlowRun,
    lease: ConcurrencyLeaseId,
    proposed: &mut StateCreate,
) -> Result<Ruling> {
    if asked.version.is_none_or(|version| version < FIRST_TO_RENEW) {
        concurrency_leases::delete(tx, lease).await?;
        proposed.state_details.deployment_concurrency_lease_id = None;
        return Ok(Ruling::Pass);
    }
    let limit = match run.deployment_id {
        Some(deployment) => deployments::limit_of(tx, deployment).await?,
        None => None,
    };
    let Some(limit) = limit else { return Ok(Ruling::Pass) };
    if concurrency::renew(tx, lease, grace(&limit), asked.at).await? {
        return Ok(Ruling::Pass);
    }
    let holder = Holder { kind: HolderKind::FlowRun, id: run.id.0 };
    if let Some(lease) = take(tx, asked, &limit, Some(holder)).await? {
        proposed.state_details.deployment_concurrency_lease_id = Some(lease.0);
        return Ok(Ruling::Pass);
    }
    let lost = "Deployment concurrency slot lost during provisioning - no slots available to continue execution";
    let cancelled = StateCreate::new(StateType::Cancelled).because(lost);
    Ok(Ruling::replace(cancelled, "Deployment concurrency limit reached after lease expiry."))
}

/// A run is marked late: where the limit is full and new runs are not to wait, it is cancelled instead.
pub async fn refuse_late(tx: &mut Tx, asked: &Asked, run: &FlowRun) -> Result<Ruling> {
    let Some(deployment) = run.deployment_id else { return Ok(Ruling::Pass) };
    let Some(limit) = deployments::limit_of(tx, deployment).await?.filter(cancels_new) else { return Ok(Ruling::Pass) };
    let is_full = match concurrency_limits::by_name(tx, &limit.name).await? {
        Some(limit) => !limit.has_room(1, asked.at),
        None => false,
    };
    Ok(match is_full {
        true => Ruling::replace(
            StateCreate::new(StateType::Cancelled).because(FULL),
            "Deployment concurrency limit is full and uses the CANCEL_NEW strategy.",
        ),
        false => Ruling::Pass,
    })
}

/// Gives the slot back when the run, in its new state, no longer holds one. A run that waits for its retry
/// inside its process keeps it.
pub async fn release(
    tx: &mut Tx,
    asked: &Asked,
    run: &FlowRun,
    initial: Option<&State>,
    now: Option<&State>,
) -> Result<()> {
    let Some(initial) = initial else { return Ok(()) };
    let waits = now.is_some_and(|state| state.name == "AwaitingRetry" && initial.kind == StateType::Running);
    let lease = initial.state_details.deployment_concurrency_lease_id;
    let held = holds(initial.kind) || (initial.name == "AwaitingRetry" && lease.is_some());
    if !held || waits || now.is_some_and(|state| holds(state.kind)) {
        return Ok(());
    }
    if let Some(lease) = lease {
        return concurrency::release(tx, lease.into(), asked.at).await.map(drop);
    }
    let limit = match run.deployment_id {
        Some(deployment) => deployments::limit_of(tx, deployment).await?,
        None => None,
    };
    match limit {
        Some(limit) => {
            let limits = concurrency_limits::lock_by_names(tx, &[limit.name]).await?;
            concurrency::give_back(tx, limits, 1, None, asked.at).await
        }
        None => Ok(()),
    }
}

/// One slot with its lease, if there is room.
async fn take(
    tx: &mut Tx,
    asked: &Asked,
    limit: &HeldLimit,
    holder: Option<Holder>,
) -> Result<Option<ConcurrencyLeaseId>> {
    let names = std::slice::from_ref(&limit.name);
    match concurrency::take(tx, names, 1, SlotMode::Concurrency, asked.at).await? {
        Taking::Taken(taken) => concurrency::lease(tx, &taken, 1, holder, Some(grace(limit)), asked.at).await.map(Some),
        Taking::Full(..) | Taking::TooMany | Taking::NoRate(_) => Ok(None),
    }
}

fn cancels_new(limit: &HeldLimit) -> bool {
    limit.options.as_ref().is_some_and(|options| options.collision_strategy == ConcurrencyLimitStrategy::CancelNew)
}

fn grace(limit: &HeldLimit) -> f64 {
    limit.options.as_ref().and_then(|options| options.grace_period_seconds).unwrap_or(GRACE) as f64
}
