//! Lists and facts of things whose JSON is shown as it is.

use client::Client;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::output::{Output, facts, table};

/// Prints a list: `columns` are headings with the members below them.
pub fn list<const N: usize>(
    output: Output,
    rows: &[Value],
    columns: [(&str, &str); N],
    empty: &str,
) -> Result<(), Failure> {
    output.print(rows, || {
        let cells = rows.iter().map(|row| columns.map(|(_, member)| row.get(member).map(word).unwrap_or_default()));
        table(columns.map(|(heading, _)| heading), cells, empty)
    })
}

/// Prints one thing with all its members.
pub fn one(output: Output, thing: &Value) -> Result<(), Failure> {
    output.print(thing, || {
        let members = thing.as_object().cloned().unwrap_or_default();
        let lines: Vec<(String, String)> =
            members.iter().map(|(name, value)| (name.replace('_', " "), word(value))).collect();
        facts(&lines.iter().map(|(name, value)| (name.as_str(), value.clone())).collect::<Vec<_>>())
    })
}

/// A value for people: text as it is, nothing for null.
pub fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(word).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// All things that a filter route gives, page by page, at most `most`.
pub async fn all(client: &Client, path: &str, filter: Value, most: usize) -> Result<Vec<Value>, Failure> {
    let mut found: Vec<Value> = Vec::new();
    loop {
        let limit = (most - found.len()).min(200);
        let mut ask: Map<String, Value> = filter.as_object().cloned().unwrap_or_default();
        ask.extend([("limit".to_owned(), json!(limit)), ("offset".to_owned(), json!(found.len()))]);
        let page: Vec<Value> = client.post(path, &ask).await?;
        let is_last = page.len() < limit;
        found.extend(page);
        if is_last || found.len() >= most {
            return Ok(found);
        }
    }
}

/// The thing at a path, or a failure that says what is missing and how to look.
pub async fn existing(client: &Client, path: &str, what: &str, next: &str) -> Result<Value, Failure> {
    let found: Option<Value> = client.get(path).await?;
    found.ok_or_else(|| Failure::missing(what, next))
}
