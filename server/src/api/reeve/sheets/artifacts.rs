//! `/artifacts`: the newest of each key, one of them as it is meant to be seen, and those of a run.

use domain::ArtifactId;
use domain::artifacts::{Artifact, ArtifactCollection, ArtifactFilter, ArtifactPage, ArtifactSort, KeyOps};
use domain::listing::{Act, Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading, say};
use serde_json::Value;
use store::{Tx, artifacts};

use super::list::{Noun, listed};
use super::{Ask, brief, markdown};

const NOUN: Noun = Noun {
    path: "/artifacts",
    title: "Artifacts",
    one: "artifact",
    what: "An artifact is what a run has to show: a text, a table, a link, an image, the state of a long task.",
    command: None,
    search: "Key",
    columns: &["Key", "Type", "Content", "From", "Changed"],
};

/// Older ones of the same key.
const HISTORY: i64 = 50;

/// Rows of a table in an artifact that are shown.
const ROWS: usize = 500;

/// The one that changed last first.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let key = ask.q().map(|q| KeyOps { like_: Some(q.to_owned()), ..KeyOps::default() });
    let page = ArtifactPage {
        artifacts: Some(ArtifactFilter { key, ..ArtifactFilter::default() }),
        sort: Some(ArtifactSort::UpdatedDesc),
        ..ArtifactPage::default()
    };
    let found = artifacts::filter_latest(tx, &page, ask.limit(), ask.offset()).await?;
    let row = |artifact: ArtifactCollection| {
        let cells = vec![
            Cell::link(format!("/artifacts/{}", artifact.latest_id), artifact.key),
            Cell::text(artifact.kind),
            Cell::text(artifact.data.as_ref().map(brief).or(artifact.description)),
            artifact.flow_run_id.map_or(Cell::Nothing, |run| Cell::link(format!("/runs/{run}"), "its run")),
            Cell::at(artifact.updated),
        ];
        ListingRow::new(artifact.latest_id, cells)
    };
    let count = artifacts::count_latest(tx, &page).await?;
    Ok(listed(&NOUN, ask, found.into_iter().map(row).collect(), count))
}

/// One artifact, and the others of its key.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Option<Sheet>> {
    let Ok(id) = id.parse::<ArtifactId>() else { return Ok(None) };
    let Some(artifact) = artifacts::by_id(tx, id).await? else { return Ok(None) };
    let title = artifact.key.clone().unwrap_or_else(|| say!("Artifact"));
    let mut sheet = Sheet::new(title, ask.now).below("/artifacts", "Artifacts");
    let delete = Act::new("Delete", "DELETE", format!("/artifacts/{id}"))
        .asking("It cannot be brought back.")
        .saying("The artifact is deleted");
    sheet.acts.push(delete.leading("/artifacts"));
    sheet = sheet.with(Part::Facts(vec![
        fact("Type", Cell::text(artifact.kind.clone())),
        fact("Made", artifact.created.map_or(Cell::Nothing, Cell::Stamp)),
        fact("Run", artifact.flow_run_id.map_or(Cell::Nothing, |run| Cell::link(format!("/runs/{run}"), "its run"))),
        fact(
            "Task run",
            artifact.task_run_id.map_or(Cell::Nothing, |task| Cell::link(format!("/task-runs/{task}"), "its task run")),
        ),
    ]));
    sheet = shown(sheet, &artifact);
    let Some(key) = artifact.key else { return Ok(Some(sheet)) };
    let same = KeyOps { any_: Some(vec![key]), ..KeyOps::default() };
    let page = ArtifactPage {
        artifacts: Some(ArtifactFilter { key: Some(same), ..ArtifactFilter::default() }),
        sort: Some(ArtifactSort::CreatedDesc),
        ..ArtifactPage::default()
    };
    let others = artifacts::filter(tx, &page, HISTORY, 0).await?;
    let row = |other: Artifact| {
        let name = if other.id == id {
            Cell::Text(say!("this one"))
        } else {
            Cell::link(format!("/artifacts/{}", other.id), "open")
        };
        let cells =
            vec![name, other.created.map_or(Cell::Nothing, Cell::Stamp), Cell::text(other.data.as_ref().map(brief))];
        ListingRow::new(other.id, cells)
    };
    let columns = ["Version", "Made", "Content"];
    sheet = sheet.with(heading("All of this key"));
    Ok(Some(sheet.with(Grid::part("All of this key", &columns, others.into_iter().map(row).collect()))))
}

/// The content as its type wants it to be seen.
pub fn shown(mut sheet: Sheet, artifact: &Artifact) -> Sheet {
    if let Some(description) = artifact.description.as_ref().filter(|text| !text.is_empty()) {
        sheet = sheet.with(Part::Rich(markdown::html(description)));
    }
    let Some(data) = &artifact.data else { return sheet.with(say("It has no content.")) };
    match (artifact.kind.as_deref(), data) {
        (Some("markdown"), Value::String(text)) => match link(text) {
            Some((address, words)) => sheet.with(Part::Say(String::new(), vec![Cell::link(address, words)])),
            None => sheet.with(Part::Rich(markdown::html(text))),
        },
        (Some("table"), data) => table(sheet, data),
        (Some("progress"), data) => progress(sheet, data),
        (Some("image"), Value::String(address)) => picture(sheet, address, artifact.key.as_deref()),
        (_, Value::String(text)) => sheet.with(Part::Source(say!("Content"), text.clone())),
        (_, data) => sheet.with(Part::Source(say!("Content"), format!("{data:#}"))),
    }
}

/// A link artifact is Markdown of nothing but a link.
fn link(text: &str) -> Option<(String, String)> {
    let (words, rest) = text.trim().strip_prefix('[')?.split_once("](")?;
    let address = rest.strip_suffix(')')?;
    (markdown::is_allowed(address) && !address.contains([')', '\n'])).then(|| (address.to_owned(), words.to_owned()))
}

/// Pictures that come with the page; others are a link, since a page that shows them would tell somebody else of it.
fn picture(sheet: Sheet, address: &str, key: Option<&str>) -> Sheet {
    if address.starts_with("data:image/") {
        return sheet.with(Part::Picture(address.to_owned(), key.unwrap_or("image").to_owned()));
    }
    let cell = match markdown::is_allowed(address) {
        true => Cell::link(address, address.to_owned()),
        false => Cell::Code(address.to_owned()),
    };
    sheet.with(Part::Say(String::new(), vec![Cell::Text(say!("The image is elsewhere:")), cell]))
}

/// How far a long task is, from 0 to 100.
fn progress(sheet: Sheet, data: &Value) -> Sheet {
    let Some(done) = data.as_f64().or_else(|| data.as_str()?.parse().ok()) else {
        return sheet.with(Part::Source(say!("Content"), data.to_string()));
    };
    let mark = if done >= 100.0 { "completed" } else { "running" };
    let cells = vec![Cell::Text(format!("{done:.0} %")), Cell::Bar(0, (done as i64).clamp(1, 100), mark.to_owned())];
    sheet.with(Grid::part("Progress", &["Done", "Progress"], vec![ListingRow::new("progress", cells)]))
}

/// A list of objects, or an object of lists (one a column). Both may come as text.
fn table(sheet: Sheet, data: &Value) -> Sheet {
    let read = data.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let data = read.as_ref().unwrap_or(data);
    let (columns, rows): (Vec<String>, Vec<Vec<Value>>) = match data {
        Value::Array(all) => {
            let mut columns: Vec<String> = Vec::new();
            for key in all.iter().filter_map(Value::as_object).flat_map(|row| row.keys()) {
                if !columns.contains(key) {
                    columns.push(key.clone());
                }
            }
            let cells =
                |row: &Value| columns.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect();
            (columns.clone(), all.iter().map(cells).collect())
        }
        Value::Object(members) => {
            let most = members.values().filter_map(|list| Some(list.as_array()?.len())).max().unwrap_or(0);
            let cells = |at: usize| members.values().map(|list| list.get(at).cloned().unwrap_or_default()).collect();
            (members.keys().cloned().collect(), (0..most).map(cells).collect())
        }
        other => return sheet.with(Part::Source(say!("Content"), format!("{other:#}"))),
    };
    let count = rows.len();
    let shown = rows.into_iter().take(ROWS).enumerate();
    let rows = shown.map(|(at, cells)| ListingRow::new(at, cells.iter().map(|cell| Cell::Text(brief(cell))).collect()));
    let grid = domain::sheet::Grid { caption: say!("Table"), columns, rows: rows.collect() };
    let sheet = sheet.with(Part::Table(grid));
    if count > ROWS { sheet.with(say(say!("The first {} of {} rows.", ROWS, count))) } else { sheet }
}
