//! The newest artifact of each key.

use domain::artifacts::{ArtifactCollection, ArtifactFilter, ArtifactPage, ArtifactSort, KeyOps};
use domain::listing::{Cell, ListingRow};
use store::{Tx, artifacts};

use super::{Ask, Rows, brief};

/// The one that changed last first.
pub async fn rows(tx: &mut Tx, ask: &Ask) -> store::Result<Rows> {
    let key = ask.q.clone().map(|q| KeyOps { like_: Some(q), ..KeyOps::default() });
    let page = ArtifactPage {
        artifacts: Some(ArtifactFilter { key, ..ArtifactFilter::default() }),
        sort: Some(ArtifactSort::UpdatedDesc),
        ..ArtifactPage::default()
    };
    let found = artifacts::filter_latest(tx, &page, ask.limit, ask.offset).await?;
    let row = |artifact: ArtifactCollection| ListingRow {
        id: artifact.latest_id.to_string(),
        cells: vec![
            Cell::Text(artifact.key),
            Cell::text(artifact.kind),
            Cell::Text(artifact.data.as_ref().map(brief).or(artifact.description).unwrap_or_default()),
            match artifact.flow_run_id {
                Some(run) => Cell::Link(format!("/runs/{run}"), "its run".to_owned()),
                None => Cell::Nothing,
            },
            Cell::at(artifact.updated),
        ],
    };
    Ok((found.into_iter().map(row).collect(), artifacts::count_latest(tx, &page).await?))
}
