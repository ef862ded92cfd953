//! `/pools/{name}/history`: the templates that a pool has had, each with what it changed, and the way back.

use client::segment;
use domain::listing::{Act, Cell, ListingRow};
use domain::live::Changed;
use domain::manifest::yaml;
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading, say};
use serde_json::{Map, Value, json};
use store::work_pool_templates::{self, Version};
use store::{Tx, work_pools};

use super::Ask;
use crate::api::reeve::templates::diff;

/// Versions of one page.
const MOST: i64 = 200;

/// All versions, the newest first.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>, pool: &str) -> store::Result<Option<Sheet>> {
    let Some(found) = work_pools::by_name(tx, pool).await? else { return Ok(None) };
    let versions = work_pool_templates::of_pool(tx, found.id, MOST).await?;
    let sheet = below(pool, Sheet::new("Template history", ask.now)).watching([Changed::WorkPool]);
    if versions.is_empty() {
        return Ok(Some(sheet.with(say("The template has not been changed since it was made."))));
    }
    let newest = versions.first().map_or(0, |version| version.version);
    let rows = versions.iter().enumerate().map(|(at, version)| {
        let changes = versions.get(at + 1).map(|before| changed_lines(&before.template, &version.template));
        let back = match version.version == newest {
            true => Cell::Text(say!("is used now")),
            false => revert(pool, version).cell(),
        };
        let cells = vec![
            Cell::link(format!("/pools/{}/history/{}", segment(pool), version.version), version.version.to_string()),
            Cell::Stamp(version.created),
            Cell::Text(version.author.clone()),
            Cell::text(Some(version.note.clone())),
            Cell::text(changes),
            back,
        ];
        ListingRow::new(version.version, cells)
    });
    let columns = ["Version", "Saved", "By", "Note", "Lines", "Actions"];
    Ok(Some(sheet.with(Grid::part("Versions", &columns, rows.collect()))))
}

/// One version: what it changed, and the whole of it.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, pool: &str, number: &str) -> store::Result<Option<Sheet>> {
    let (Some(found), Ok(number)) = (work_pools::by_name(tx, pool).await?, number.parse::<i64>()) else {
        return Ok(None);
    };
    let Some(version) = work_pool_templates::by_version(tx, found.id, number).await? else { return Ok(None) };
    let before = work_pool_templates::by_version(tx, found.id, number - 1).await?;
    let title = say!("Template version {}", number);
    let mut sheet =
        below(pool, Sheet::new(title, ask.now)).below(format!("/pools/{}/history", segment(pool)), "History");
    if found.base_job_template != version.template {
        sheet.acts.push(revert(pool, &version));
    }
    sheet = sheet.with(Part::Facts(vec![
        fact("Saved", Cell::Stamp(version.created)),
        fact("By", Cell::Text(version.author.clone())),
        fact("Note", Cell::text(Some(version.note.clone()))),
    ]));
    let text = |template: &Map<String, Value>| yaml(&Value::Object(template.clone()));
    let whole = text(&version.template);
    if let Some(before) = before {
        let changes = diff(&text(&before.template), &whole);
        sheet =
            sheet.with(heading("What it changed")).with(Part::Source(say!("Against version {}", number - 1), changes));
    }
    if found.base_job_template != version.template {
        let changes = diff(&whole, &text(&found.base_job_template));
        sheet =
            sheet.with(heading("What has changed since")).with(Part::Source(say!("Against what is used now"), changes));
    }
    let written = version.source.clone().filter(|source| !source.is_empty());
    let (title, text) = match written {
        Some(source) => (say!("Template as it was written"), source),
        None => (say!("Template as YAML"), whole),
    };
    Ok(Some(sheet.with(heading("The whole")).with(Part::Source(title, text))))
}

fn below(pool: &str, sheet: Sheet) -> Sheet {
    let path = format!("/pools/{}", segment(pool));
    sheet.below("/pools", "Pools").below(path.clone(), pool.to_owned()).below(format!("{path}/template"), "Template")
}

fn revert(pool: &str, version: &Version) -> Act {
    Act::new("Go back to it", "PUT", format!("/reeve/work_pools/{}/template", segment(pool)))
        .sending(json!({
            "base_job_template": version.template,
            "source": version.source,
            "note": say!("Back to version {}", version.version),
        }))
        .asking(say!("The next Jobs are made from version {}. What is used now stays in the history.", version.version))
        .saying(say!("Version {} is used again", version.version))
}

/// `+3 −1`.
fn changed_lines(before: &Map<String, Value>, after: &Map<String, Value>) -> String {
    if before == after {
        return say!("comments alone");
    }
    let text = |template: &Map<String, Value>| yaml(&Value::Object(template.clone()));
    let diff = diff(&text(before), &text(after));
    let count = |mark: char| diff.lines().filter(|line| line.starts_with(mark)).count();
    format!("+{} −{}", count('+'), count('-'))
}
