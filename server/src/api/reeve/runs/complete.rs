//! How a line of tokens may go on: keys first, then the values that there are.

use axum::extract::{RawQuery, State};
use domain::deployments::{DeploymentFilter, DeploymentSort};
use domain::filter::{Filters, LikeOps, NameOps, Page};
use domain::flow_runs::{FlowRunFilter, FlowRunSort};
use domain::flows::{FlowFilter, FlowSort};
use domain::language::tr;
use domain::run_filter::{KEYS, Key, STATES, TIMES, last_piece, typed};
use domain::{FlowId, Timestamp};
use store::{Tx, deployments, flow_runs, flows, work_pools};

use crate::api::caller::Caller;
use crate::api::error::Result;
use crate::app_state::AppState;

/// Values that are offered at once.
const MOST: i64 = 10;

/// Pools are looked through here.
const MOST_POOLS: i64 = 200;

/// The newest runs whose tags are offered.
const RUNS: i64 = 1000;

/// A line that is typed on, and what its last piece asks for.
type Offer = (String, String);

/// `?q=` what is typed so far; at most so many lines as it may go on, each with what it means.
pub async fn read(State(app): State<AppState>, caller: Caller, RawQuery(query): RawQuery) -> Result {
    let pairs = super::pairs(query);
    let line = pairs.into_iter().find(|(name, _)| name == "q").map(|(_, line)| line).unwrap_or_default();
    let (before, last) = last_piece(&line);
    let offers = offers(&mut app.store.read().await?, last, app.clock.now()).await?;
    let whole = |(text, words): Offer| ([before, &text].concat(), words);
    Ok(caller.ok(&offers.into_iter().map(whole).collect::<Vec<_>>()))
}

async fn offers(tx: &mut Tx, last: &str, now: Timestamp) -> store::Result<Vec<Offer>> {
    let lower = last.to_lowercase();
    let Some((_, key, _)) = KEYS.iter().find(|(_, key, _)| lower.starts_with(key)) else {
        return Ok(keys(last, &lower));
    };
    let part = last[key.len()..].replace('"', "");
    let of = KEYS.iter().find(|(_, written, _)| written == key).map(|(of, ..)| *of);
    let values = match of {
        Some(Key::State) => STATES.map(str::to_owned).to_vec(),
        Some(Key::Flow) => of_flows(tx, &part).await?,
        Some(Key::Deployment) => of_deployments(tx, &part).await?,
        Some(Key::Pool) => {
            work_pools::filter(tx, None, MOST_POOLS, 0).await?.into_iter().map(|pool| pool.name).collect()
        }
        Some(Key::Tag) => flow_runs::tags(tx, RUNS).await?,
        Some(Key::Name) => of_runs(tx, &part, now).await?,
        _ => {
            let fits = TIMES.iter().filter(|(time, _)| time.starts_with(&part));
            return Ok(fits.map(|(time, words)| (typed(key, time), tr(words).to_owned())).collect());
        }
    };
    let part = part.to_lowercase();
    let fits = values.into_iter().filter(|value| value.to_lowercase().contains(&part)).take(MOST as usize);
    Ok(fits.map(|value| (typed(key, &value), String::new())).collect())
}

/// What can be asked for, and the states that begin so.
fn keys(last: &str, lower: &str) -> Vec<Offer> {
    let keys = KEYS.iter().filter(|(_, key, _)| key.starts_with(lower));
    let mut all: Vec<Offer> = keys.map(|(_, key, words)| ((*key).to_owned(), tr(words).to_owned())).collect();
    if !lower.is_empty() {
        let states = STATES.iter().filter(|state| state.starts_with(lower));
        all.extend(states.map(|state| (typed("state:", state), String::new())));
        all.push((typed("name~", last.trim_matches('"')), tr("runs whose name holds this text").to_owned()));
    }
    all
}

async fn of_flows(tx: &mut Tx, part: &str) -> store::Result<Vec<String>> {
    let like = NameOps { like_: Some(part.to_owned()), any_: None };
    let filters =
        Filters { flows: Some(FlowFilter { name: Some(like), ..FlowFilter::default() }), ..Filters::default() };
    let page = Page { filters, sort: Some(FlowSort::NameAsc), ..Page::default() };
    Ok(flows::filter(tx, &page, MOST, 0).await?.into_iter().map(|flow| flow.name).collect())
}

/// As `flow/name`. After the slash it is the name that is typed.
async fn of_deployments(tx: &mut Tx, part: &str) -> store::Result<Vec<String>> {
    let name = part.rsplit('/').next().unwrap_or_default();
    let like = DeploymentFilter {
        flow_or_deployment_name: Some(LikeOps { like_: Some(name.to_owned()) }),
        ..DeploymentFilter::default()
    };
    let filters = Filters { deployments: Some(like), ..Filters::default() };
    let page = Page { filters, sort: Some(DeploymentSort::NameAsc), ..Page::default() };
    let found = deployments::filter(tx, &page, MOST * 5, 0).await?;
    let ids: Vec<FlowId> = found.iter().map(|deployment| deployment.flow_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let names = deployments::flow_names(tx, &ids).await?;
    let whole = |deployment: &domain::deployments::Deployment| {
        let flow = names.get(&deployment.flow_id).map_or("", String::as_str);
        [flow, "/", &deployment.name].concat()
    };
    Ok(found.iter().map(whole).collect())
}

async fn of_runs(tx: &mut Tx, part: &str, now: Timestamp) -> store::Result<Vec<String>> {
    let like = NameOps { like_: Some(part.to_owned()), any_: None };
    let filter = FlowRunFilter { name: Some(like), ..FlowRunFilter::default() };
    let filters = Filters { flow_runs: Some(filter), ..Filters::default() };
    let page = Page { filters, sort: Some(FlowRunSort::ExpectedStartTimeDesc), ..Page::default() };
    Ok(flow_runs::filter(tx, &page, MOST, 0, now).await?.into_iter().map(|run| run.name).collect())
}
