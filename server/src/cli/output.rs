//! Answers on standard output: a table or a list of facts for people, JSON for programs.

use clap::{Args, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets};
use domain::Timestamp;
use domain::state::StateType;
use serde::Serialize;

use super::failure::Failure;

/// The flag `-o json`, `-o yaml` or `-o table`.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct Output {
    /// Print JSON or YAML instead of a table
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<Format>,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Table,
    Json,
    Yaml,
}

impl Output {
    /// YAML or JSON where that was asked for in another way.
    pub fn or(self, yaml: bool, json: bool) -> Self {
        let asked = yaml.then_some(Format::Yaml).or(json.then_some(Format::Json));
        Output { output: self.output.or(asked) }
    }

    /// Prints `value` as JSON when that was asked for, else what `people` writes.
    pub fn print<T: Serialize + ?Sized>(self, value: &T, people: impl FnOnce() -> String) -> Result<(), Failure> {
        let text = match self.output {
            Some(Format::Json) => {
                serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?
            }
            Some(Format::Yaml) => {
                let value = serde_json::to_value(value).map_err(|error| Failure::new(error.to_string()))?;
                project::yaml::write_value(&value).trim_end().to_owned()
            }
            Some(Format::Table) | None => people(),
        };
        print_line(&text);
        Ok(())
    }
}

/// Prints a line. A reader that went away, such as `head`, ends the program quietly.
pub fn print_line(text: &str) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{text}").is_err() {
        #[expect(clippy::disallowed_methods, reason = "there is nobody left to tell anything")]
        std::process::exit(0);
    }
}

/// Rows under headings, in columns; `empty` when there are none.
pub fn table<const N: usize>(headings: [&str; N], rows: impl IntoIterator<Item = [String; N]>, empty: &str) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.map(str::to_uppercase));
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if table.is_empty() { empty.to_owned() } else { table.trim_fmt() }
}

/// Facts about one thing, a line each; facts without a value are left out.
pub fn facts(lines: &[(&str, String)]) -> String {
    let shown = lines.iter().filter(|(_, value)| !value.is_empty());
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let indented = |value: &str| value.replace('\n', &format!("\n{}", " ".repeat(width + 2)));
    let lines: Vec<String> = shown.map(|(name, value)| format!("{name:width$}  {}", indented(value))).collect();
    lines.join("\n")
}

/// A length of time seen from `now`: `in 40 s`, `3 min ago`; nothing for no time.
pub fn when(at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = at else { return String::new() };
    let seconds = at.seconds_since(now);
    if seconds > 0.0 { format!("in {}", lasting(seconds)) } else { format!("{} ago", lasting(-seconds)) }
}

/// A length of time in the unit that fits: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`.
pub fn lasting(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} d", s / 86_400.0),
    }
}

/// A state for people: its name, and its type where the name does not say it.
pub fn state(kind: Option<StateType>, name: Option<&str>) -> String {
    match (kind, name) {
        (Some(kind), Some(name)) if !name.eq_ignore_ascii_case(kind.as_str()) => format!("{name} ({})", kind.as_str()),
        (Some(kind), _) => kind.default_name().to_owned(),
        (None, name) => name.unwrap_or_default().to_owned(),
    }
}

/// A limit, or a dash.
pub fn limit(limit: Option<i64>) -> String {
    limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_facts_line_up() {
        let rows = [["a".to_owned(), "1".to_owned()], ["longer".to_owned(), "2".to_owned()]];
        assert_eq!(table(["name", "n"], rows, "none"), "NAME    N\na       1\nlonger  2");
        assert_eq!(table(["name"], [], "There is nothing."), "There is nothing.");
        let lines = [("name", "x".to_owned()), ("limit", String::new()), ("tags", "a\nb".to_owned())];
        assert_eq!(facts(&lines), "name   x\ntags   a\n       b");
    }

    #[test]
    fn times_are_told_from_now() {
        let now = Timestamp::from_micros(1_000_000_000_000);
        let cases =
            [(40.0, "in 40 s"), (-0.4, "0.4 s ago"), (-200.0, "3 min ago"), (90_000.0, "in 25 h"), (-1e6, "12 d ago")];
        for (seconds, want) in cases {
            assert_eq!(when(Some(now.plus_seconds(seconds)), now), want);
        }
        assert_eq!(when(None, now), "");
        assert_eq!(state(Some(StateType::Scheduled), Some("Late")), "Late (SCHEDULED)");
        assert_eq!(state(Some(StateType::Running), Some("Running")), "Running");
    }
}
