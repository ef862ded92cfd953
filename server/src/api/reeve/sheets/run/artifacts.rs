//! What the run has to show, each artifact as it is meant to be seen.

use domain::artifacts::{AnyIds, ArtifactFilter, ArtifactPage, ArtifactSort, KeyOps};
use domain::listing::Cell;
use domain::pages::FlowRunPage;
use domain::say;
use domain::sheet::{Part, Sheet, heading, say};
use store::{Tx, artifacts};

use super::super::artifacts::shown;
use super::nothing;

/// Artifacts that are shown; a run seldom has more.
const MOST: i64 = 50;

/// The tab.
pub async fn artifacts(tx: &mut Tx, mut sheet: Sheet, page: &FlowRunPage) -> store::Result<Sheet> {
    let of_run = ArtifactFilter {
        flow_run_id: Some(AnyIds { any_: Some(vec![page.flow_run.id]) }),
        key: Some(KeyOps::default()),
        ..ArtifactFilter::default()
    };
    let ask =
        ArtifactPage { artifacts: Some(of_run), sort: Some(ArtifactSort::CreatedDesc), ..ArtifactPage::default() };
    let mut found = artifacts::filter(tx, &ask, MOST, 0).await?;
    // Results are kept as artifacts as well; nobody made them to be looked at.
    found.retain(|artifact| artifact.kind.as_deref() != Some("result"));
    if found.is_empty() {
        let text = "A flow makes them with create_markdown_artifact(), create_table_artifact() and their like.";
        return Ok(nothing(sheet, "This run has nothing to show", text));
    }
    let full = found.len() as i64 == MOST;
    for artifact in &found {
        let name = artifact.key.clone().unwrap_or_else(|| say!("without a key"));
        sheet = sheet.with(heading(name));
        let kind = Cell::text(artifact.kind.clone());
        let open = Cell::link(format!("/artifacts/{}", artifact.id), "open");
        sheet = sheet.with(Part::Say(String::new(), vec![kind, Cell::at(artifact.created), open]));
        sheet = shown(sheet, artifact);
    }
    Ok(if full { sheet.with(say("Only the newest are shown.")) } else { sheet })
}
