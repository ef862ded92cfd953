//! `/reeve/origins`: where things were brought up from.

use domain::Uuid;
use domain::deploy::Origin;
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
