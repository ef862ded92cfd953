//! `/doctor`: traps that others have walked into, looked for here: each with what is wrong and what to do about it.

mod checks;

use std::borrow::Cow;

use domain::language::spoken;
use domain::listing::{Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Sheet};
use domain::words;
use store::Tx;

use super::Ask;

/// Something that was looked for.
pub struct Finding {
    mark: &'static str,
    what: Cell,
    words: String,
    remedy: String,
}

impl Finding {
    /// Something that will go wrong.
    fn bad(what: Cell, words: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Finding { mark: "failed", what, words: spoken(words), remedy: spoken(remedy) }
    }

    /// Something that may go wrong.
    fn doubtful(what: Cell, words: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Finding { mark: "late", what, words: spoken(words), remedy: spoken(remedy) }
    }
}

/// The page.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let mut found = checks::of_server(ask);
    found.extend(checks::of_pools(tx, ask).await?);
    found.extend(checks::of_deployments(tx, ask).await?);
    found.extend(checks::of_runs(tx, ask).await?);
    found.sort_by_key(|finding| finding.mark != "failed");
    let bad = found.iter().filter(|finding| finding.mark == "failed").count() as i64;
    let (mark, sentence) = match (bad, found.len() as i64 - bad) {
        (0, 0) => ("completed", say!("Nothing was found: none of the traps that are known here.")),
        (0, doubts) => ("late", say!("{} worth a look.", words::count(doubts, "thing"))),
        (bad, 0) => ("failed", say!("{} will go wrong.", words::count(bad, "thing"))),
        (bad, doubts) => {
            ("failed", say!("{} will go wrong, {} worth a look.", words::count(bad, "thing"), words::grouped(doubts)))
        }
    };
    let sheet = Sheet::new("Doctor", ask.now)
        .about("Settings, pools, deployments and runs are looked through for traps that others have walked into.")
        .with(Part::Say(mark.to_owned(), vec![Cell::Text(sentence)]));
    if found.is_empty() {
        return Ok(sheet);
    }
    let row = |(at, finding): (usize, Finding)| {
        let word = if finding.mark == "failed" { "wrong" } else { "doubtful" };
        let cells = vec![
            finding.what,
            Cell::state(finding.mark, word),
            Cell::Lines(finding.words),
            Cell::Lines(finding.remedy),
        ];
        ListingRow::new(at, cells)
    };
    let rows = found.into_iter().enumerate().map(row).collect();
    Ok(sheet.with(Grid::part("Findings", &["Where", "State", "What is wrong", "What to do"], rows)))
}
