//! `/drift`: what is no longer as its file says; one takes the file's state again, or keeps what there is.

use domain::deploy::{Difference, Drift, OriginSource};
use domain::listing::{Act, Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Sheet, say};
use serde_json::Value;
use store::Tx;

use super::{Ask, brief};
use crate::orchestration::drift;

/// All things that differ, those that were accepted below.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let sheet =
        Sheet::new("Drift", ask.now).about("Things that were brought up from files, and are no longer what those say.");
    let (kept, open): (Vec<Drift>, Vec<Drift>) = drift::all(tx).await?.into_iter().partition(|drift| drift.accepted);
    if kept.is_empty() && open.is_empty() {
        let what = "A server that is started with `--apply DIR` brings pools, variables, limits, automations and \
                    deployments up from files. What somebody changes by hand afterwards is told here.";
        let command = Some(say!("reeve server start --apply DIR"));
        return Ok(sheet.with(Part::Empty(say!("Everything is as its file says"), what.to_owned(), command)));
    }
    let open = if open.is_empty() { say("Everything else is as its file says.") } else { grid("Differs", &open) };
    let sheet = sheet.with(open);
    Ok(if kept.is_empty() { sheet } else { sheet.with(grid("Kept", &kept)) })
}

fn grid(caption: &'static str, found: &[Drift]) -> Part {
    let columns = ["What", "Kind", "Differs in", "The file says", "There is", "From", "Actions"];
    Grid::part(caption, &columns, found.iter().map(row).collect())
}

fn row(drift: &Drift) -> ListingRow {
    let lines = |of: fn(&Difference) -> Option<&Value>| {
        let said = drift.differs.iter().map(|it| of(it).map_or("nothing".to_owned(), brief));
        Cell::Lines(said.collect::<Vec<_>>().join("\n"))
    };
    let paths: Vec<&str> = drift.differs.iter().map(|it| it.path.as_str()).collect();
    let from = match drift.origin.source {
        OriginSource::File => drift.origin.name.clone(),
        OriginSource::Cli => say!("reeve deploy, {}", drift.origin.name),
    };
    let cells = vec![
        Cell::link(drift.page.clone(), drift.name.clone()),
        Cell::Text(drift.kind.replace('-', " ")),
        Cell::Lines(paths.join("\n")),
        lines(|it| it.before.as_ref()),
        lines(|it| it.after.as_ref()),
        Cell::Text(from),
        acts(drift),
    ];
    ListingRow::new(drift.origin.object_id, cells)
}

fn acts(drift: &Drift) -> Cell {
    let path = |verb: &str| format!("/reeve/drift/{}/{}/{verb}", drift.kind, drift.origin.object_id);
    let take = Act::new("Take the file's", "POST", path("take"))
        .asking(say!("“{}” becomes what its file says. What was changed by hand is lost.", drift.name))
        .saying("It is again what its file says");
    let keep = Act::new("Keep this", "POST", path("keep")).saying("It is kept until it or its file changes again");
    match drift.accepted {
        true => take.cell(),
        false => Cell::Several(vec![take.cell(), keep.cell()]),
    }
}
