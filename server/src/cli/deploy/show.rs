//! What a deploy changes, in words.

use std::io::{BufRead, IsTerminal, Write};

use domain::deploy::{Deed, Deployed, DeployedOne, Difference, Part};
use serde_json::Value;

use crate::cli::failure::Failure;

/// The longest value that is printed.
const LONGEST: usize = 120;

/// All that is not as it was, and a sum.
pub fn report(done: &Deployed, plan: bool) -> String {
    let mut lines: Vec<String> = done.deployments.iter().flat_map(one).collect();
    let count = |deed| done.count(deed);
    let (add, change, same, remove) =
        (count(Deed::Add), count(Deed::Change), count(Deed::Unchanged), count(Deed::Remove));
    lines.push(match plan {
        true => format!("Plan: {add} to add, {change} to change, {same} unchanged, {remove} to remove."),
        false => format!("Deployed: {add} added, {change} changed, {same} unchanged, {remove} removed."),
    });
    lines.join("\n")
}

fn sign(deed: Deed) -> char {
    match deed {
        Deed::Add => '+',
        Deed::Change => '~',
        Deed::Unchanged => '=',
        Deed::Remove => '-',
    }
}

fn one(one: &DeployedOne) -> Vec<String> {
    let mut lines = vec![format!("{} {}/{}", sign(one.deed), one.flow_name, one.name)];
    if one.deed == Deed::Unchanged {
        return lines;
    }
    lines.extend(one.fields.iter().map(|field| format!("    {}", difference(field))));
    one.schedules.iter().for_each(|it| lines.extend(part("schedule", it)));
    one.automations.iter().for_each(|it| lines.extend(part("automation", it)));
    if !one.job.is_empty() {
        lines.push("    the job of its runs:".to_owned());
        lines.extend(one.job.iter().map(|field| format!("        {}", difference(field))));
    }
    lines
}

fn part(kind: &str, part: &Part) -> Vec<String> {
    let mut lines = vec![format!("  {} {kind} {}", sign(part.deed), part.what)];
    lines.extend(part.fields.iter().map(|field| format!("        {}", difference(field))));
    lines
}

fn difference(field: &Difference) -> String {
    match (&field.before, &field.after) {
        (Some(before), Some(after)) => format!("{}: {} -> {}", field.path, short(before), short(after)),
        (None, Some(after)) => format!("{}: {} (new)", field.path, short(after)),
        (before, None) => format!("{}: {} (gone)", field.path, before.as_ref().map(short).unwrap_or_default()),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return text;
    }
    let cut: String = text.chars().take(LONGEST).collect();
    format!("{cut}…")
}

/// Whether those that would be deleted may be: asks a person. Without one it is refused.
pub fn confirmed(plan: &Deployed) -> Result<bool, Failure> {
    let gone: Vec<&DeployedOne> = plan.deployments.iter().filter(|one| one.deed == Deed::Remove).collect();
    if gone.is_empty() {
        return Ok(false);
    }
    for one in &gone {
        eprintln!("- {}/{}", one.flow_name, one.name);
    }
    if !std::io::stdin().is_terminal() {
        let what = format!("{} deployments would be deleted, and there is nobody to ask.", gone.len());
        return Err(Failure::usage(what).then("say --yes, or look first with --plan."));
    }
    eprint!("Delete {}? [y/N] ", if gone.len() == 1 { "it".to_owned() } else { format!("these {}", gone.len()) });
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(true),
        _ => Err(Failure::new("Nothing was changed.")),
    }
}
