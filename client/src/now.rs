//! The dashboard's first page.

use domain::pages::NowPage;

use crate::{Client, Result};

/// What runs, what is late, what fails, what comes next.
pub async fn page(client: &Client) -> Result<NowPage> {
    client.fetch("/reeve/now").await
}
