//! `/logs`: looking through the logs of all runs, the newest lines first.

use domain::filter::{NumberOps, QueryOps, TimeOps};
use domain::language::tr;
use domain::listing::{Cell, ListingRow};
use domain::logs::{Log, LogFilter};
use domain::look;
use domain::say;
use domain::sheet::{Bar, Bars, Grid, Part, Question, Sheet, say};
use domain::words;
use store::{Tx, flow_runs, logs};

use super::Ask;

/// Lines of one answer.
const LINES: i64 = 300;

/// The newest lines that are looked through.
const DEPTH: i64 = 500_000;

/// Bars of the histogram.
const BARS: i64 = 60;

/// The page.
pub async fn page(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let mut sheet = Sheet::new("Logs", ask.now).searched("Words, \"a phrase\", -without", ask.q());
    sheet.asks.push(choice(
        "level",
        "Any level",
        ask.value("level"),
        &[("20", "Info and above"), ("30", "Warnings and errors"), ("40", "Errors")],
    ));
    sheet.asks.push(choice(
        "since",
        "The last day",
        ask.value("since"),
        &[("1", "The last hour"), ("168", "The last week"), ("8760", "Whenever")],
    ));
    let level = ask.value("level").and_then(|level| level.parse::<i64>().ok());
    if ask.q().is_none() && level.is_none() && ask.value("since").is_none() {
        let text =
            "Look for words in the logs of all runs. Words must all occur, \"a phrase\" as it stands, -word must not.";
        return Ok(sheet.with(Part::Empty(say!("Logs of all runs"), tr(text).to_owned(), None)));
    }
    let hours: f64 = ask.value("since").and_then(|hours| hours.parse().ok()).unwrap_or(24.0);
    let since = ask.now.plus_seconds(-hours * 3600.0);
    let filter = LogFilter {
        level: level.map(|level| NumberOps { ge_: Some(level), ..NumberOps::default() }),
        timestamp: Some(TimeOps { after_: Some(since), ..TimeOps::default() }),
        text: ask.q().map(|q| QueryOps { query: Some(all_of(q)) }),
        ..LogFilter::default()
    };
    let found = logs::newest_that_fit(tx, &filter, DEPTH, LINES).await?;
    if found.is_empty() {
        let cell = Cell::link("/logs", "Clear the filter");
        return Ok(sheet
            .with(Part::Empty(say!("No lines match this filter"), String::new(), None))
            .with(Part::Say(String::new(), vec![cell])));
    }
    let ids: Vec<_> = found.iter().filter_map(|line| line.flow_run_id).collect();
    let runs = if ids.is_empty() { Vec::new() } else { flow_runs::by_ids(tx, &ids, ask.now).await? };
    let row = |line: &Log| {
        let mark = mark(line.level);
        let run = line.flow_run_id.map_or(Cell::Nothing, |id| {
            let name =
                runs.iter().find(|run| run.id == id).map_or_else(|| say!("a run that is gone"), |run| run.name.clone());
            Cell::link(format!("/runs/{id}"), name)
        });
        let cells = vec![
            run,
            Cell::State(mark.to_owned(), look::level(line.level).1.to_owned()),
            Cell::Stamp(line.timestamp),
            Cell::Lines(domain::ansi::parse(&line.message).0),
        ];
        ListingRow::new(line.id, cells)
    };
    let mut runs_found = ids.clone();
    runs_found.sort_unstable();
    runs_found.dedup();
    let lines = words::count(found.len() as i64, "line");
    let full = if found.len() as i64 == LINES { "The newest " } else { "" };
    sheet = sheet.with(say(say!(
        "{}{} of {}, the newest first.",
        full,
        lines,
        words::count(runs_found.len() as i64, "run")
    )));
    sheet = sheet.with(histogram(&found));
    Ok(sheet.with(Grid::part("Lines", &["Run", "Level", "At", "Message"], found.iter().map(row).collect())))
}

/// All words must occur: in the language of the API's text filter a word alone is one of several that may.
fn all_of(q: &str) -> String {
    let mut terms = Vec::new();
    let mut rest = q.trim();
    while !rest.is_empty() {
        let (term, after) = match rest.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
            Some((phrase, after)) => (format!("+\"{phrase}\""), after),
            None => {
                let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
                let plain = word.starts_with(['-', '!', '+']);
                (if plain { word.to_owned() } else { format!("+{word}") }, after)
            }
        };
        terms.push(term);
        rest = after.trim_start();
    }
    terms.join(" ")
}

fn mark(level: i64) -> &'static str {
    match look::level(level).0 {
        "warning" => "late",
        "error" | "critical" => "failed",
        "info" => "running",
        _ => "scheduled",
    }
}

/// When the lines were written, in the colour of the worst of each bar.
fn histogram(lines: &[Log]) -> Part {
    let times = || lines.iter().map(|line| line.timestamp.micros());
    let (from, to) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    let width = ((to - from) / BARS + 1).max(1_000_000);
    let bar = |nth: i64| {
        let start = from + nth * width;
        let within: Vec<&Log> =
            lines.iter().filter(|line| (start..start + width).contains(&line.timestamp.micros())).collect();
        let worst = within.iter().map(|line| line.level).max().unwrap_or(0);
        let caption = domain::Timestamp::from_micros(start).utc().format("%m-%d %H:%M:%S").to_string();
        Bar::new(caption, within.len() as i64, mark(worst))
    };
    let count = ((to - from) / width + 1).min(BARS);
    Part::Bars(Bars::new("When they were written (UTC)", (0..count).map(bar).collect()))
}

fn choice(name: &str, label: &'static str, value: Option<&str>, choices: &[(&str, &'static str)]) -> Question {
    Question {
        name: name.to_owned(),
        label: tr(label).to_owned(),
        value: value.unwrap_or_default().to_owned(),
        choices: choices.iter().map(|(value, words)| ((*value).to_owned(), tr(words).to_owned())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::all_of;

    #[test]
    fn all_words_must_occur() {
        let cases =
            [("a b", "+a +b"), ("\"a b\" c", "+\"a b\" +c"), ("-a +b", "-a +b"), ("", ""), ("\"open", "+\"open")];
        for (asked, query) in cases {
            assert_eq!(all_of(asked), query);
        }
    }
}
