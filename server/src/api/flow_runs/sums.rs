//! Counts over time.

use domain::filter::Filters;
use domain::history::HistoryRange;

use super::*;
use crate::api::history::checked;

pub async fn history(
    State(app): State<AppState>,
    caller: Caller,
    Parameters(range): Parameters<HistoryRange>,
) -> Result {
    let range = checked(range)?;
    Ok(caller.ok(&flow_runs::history(&mut app.store.read().await?, &range, app.clock.now()).await?))
}

/// Average delay in seconds, or `null` when no run fits.
pub async fn lateness(
    State(app): State<AppState>,
    caller: Caller,
    OptionalBody(filters): OptionalBody<Filters>,
) -> Result {
    let average = flow_runs::average_lateness(&mut app.store.read().await?, &filters, app.clock.now()).await?;
    Ok(caller.ok(&average))
}
