//! `/v2/concurrency_limits`.

use domain::ConcurrencyLeaseId;
use domain::concurrency_limits::{
    ConcurrencyLimit, ConcurrencyLimitCreate, ConcurrencyLimitUpdate, GiveSlotsBack, GlobalConcurrencyLimit,
    LeasedSlots, MinimalConcurrencyLimit, TakeSlots,
};
use http::Method;
use serde_json::json;

use crate::{Client, Result, segment};

/// Creates a limit; a taken name is a conflict.
pub async fn create(client: &Client, limit: &ConcurrencyLimitCreate) -> Result<ConcurrencyLimit> {
    client.post("/v2/concurrency_limits/", limit).await
}

/// The limit of that id or name, if it exists.
pub async fn read(client: &Client, id_or_name: &str) -> Result<Option<GlobalConcurrencyLimit>> {
    client.get(&format!("/v2/concurrency_limits/{}", segment(id_or_name))).await
}

/// Limits by name, at most 200.
pub async fn filter(client: &Client, limit: i64, offset: i64) -> Result<Vec<GlobalConcurrencyLimit>> {
    client.post("/v2/concurrency_limits/filter", &json!({ "limit": limit, "offset": offset })).await
}

/// Changes what was sent.
pub async fn update(client: &Client, id_or_name: &str, update: &ConcurrencyLimitUpdate) -> Result<()> {
    client.patch(&format!("/v2/concurrency_limits/{}", segment(id_or_name)), update).await
}

/// Deletes the limit.
pub async fn delete(client: &Client, id_or_name: &str) -> Result<()> {
    client.delete(&format!("/v2/concurrency_limits/{}", segment(id_or_name))).await
}

/// Takes slots of all named limits, or is refused with 423.
pub async fn increment(client: &Client, wish: &TakeSlots) -> Result<Vec<MinimalConcurrencyLimit>> {
    client.post("/v2/concurrency_limits/increment", wish).await
}

/// Gives slots back.
pub async fn decrement(client: &Client, back: &GiveSlotsBack) -> Result<Vec<MinimalConcurrencyLimit>> {
    client.post("/v2/concurrency_limits/decrement", back).await
}

/// Takes slots that become free by themselves when the lease is not renewed.
pub async fn increment_with_lease(client: &Client, wish: &TakeSlots) -> Result<LeasedSlots> {
    client.post("/v2/concurrency_limits/increment-with-lease", wish).await
}

/// Gives back what the lease holds; fine as well when it is gone.
pub async fn decrement_with_lease(client: &Client, lease: ConcurrencyLeaseId) -> Result<()> {
    client.send(Method::POST, "/v2/concurrency_limits/decrement-with-lease", Some(&json!({ "lease_id": lease }))).await
}

/// Keeps the lease for `seconds` from now on; 410 when it is gone.
pub async fn renew(client: &Client, lease: ConcurrencyLeaseId, seconds: f64) -> Result<()> {
    let path = format!("/v2/concurrency_limits/leases/{lease}/renew");
    client.send(Method::POST, &path, Some(&json!({ "lease_duration": seconds }))).await
}
