//! `/reeve/deploy`: many deployments at once.

use domain::deploy::{Deploy, Deployed};

use crate::{Client, Result};

/// Makes or changes all of them, or tells what that would do; nothing is done when one of them is refused.
pub async fn deploy(client: &Client, deploy: &Deploy) -> Result<Deployed> {
    client.post("/reeve/deploy", deploy).await
}
