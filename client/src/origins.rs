//! `/reeve/origins` and `/reeve/drift`: where things were brought up from, and what differs since.

use domain::Uuid;
use domain::deploy::{Drift, Origin};
use http::Method;

use crate::{Client, Result};

/// The origin of a thing of that kind, if it was brought up from somewhere.
pub async fn read(client: &Client, kind: &str, id: Uuid) -> Result<Option<Origin>> {
    client.get(&format!("/reeve/origins/{kind}/{id}")).await
}

/// Remembers where a thing comes from.
pub async fn put(client: &Client, kind: &str, origin: &Origin) -> Result<()> {
    client.send(Method::PUT, &format!("/reeve/origins/{kind}/{}", origin.object_id), Some(origin)).await
}

/// Everything that differs from its file.
pub async fn drift(client: &Client) -> Result<Vec<Drift>> {
    client.fetch("/reeve/drift").await
}

/// Makes a thing what its file says.
pub async fn take(client: &Client, kind: &str, id: Uuid) -> Result<()> {
    client.send::<()>(Method::POST, &format!("/reeve/drift/{kind}/{id}/take"), None).await
}

/// Accepts how a thing differs, until it or its file changes again.
pub async fn keep(client: &Client, kind: &str, id: Uuid) -> Result<()> {
    client.send::<()>(Method::POST, &format!("/reeve/drift/{kind}/{id}/keep"), None).await
}
