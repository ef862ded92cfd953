//! Below the panes: what speaks against saving, what is worth a look, and what the server said.

use domain::job_template::SourceProblem;
use leptos::prelude::*;
use serde_json::Value;

use super::desk::Desk;
use crate::element::{El, button, el};

/// The list; each entry leads to its place.
pub fn checks(desk: Desk) -> El {
    let refusal = move || {
        let text = desk.refusal.get()?;
        Some(el("p").class("warn").attr("role", "alert").add(format!("The server did not take it: {text}")))
    };
    let errors = move || desk.errors.with(|errors| list(desk, errors, "failed"));
    let warnings = move || desk.warnings.with(|warnings| list(desk, warnings, "late"));
    let fine = move || {
        let fine = desk.errors.with(Vec::is_empty) && desk.warnings.with(Vec::is_empty);
        fine.then(|| el("p").class("faint").add("Syntax, placeholders and defaults are in order."))
    };
    el("section")
        .class("checks")
        .attr("aria-label", "Problems")
        .attr("aria-live", "polite")
        .add(move || desk.conflict.with(|conflict| conflict.as_ref().map(|conflict| merge(desk, conflict))))
        .add(refusal)
        .add(errors)
        .add(warnings)
        .add(fine)
}

/// Both changes can be had: nobody's is replaced unseen.
fn merge(desk: Desk, conflict: &Value) -> El {
    let places = conflict["conflicts"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let places: Vec<El> = places.map(|place| el("li").add(el("code").add(place.to_owned()))).collect();
    let words = match places.is_empty() {
        true => "Somebody else has saved another version meanwhile. Both changes fit together.",
        false => {
            "Somebody else has saved another version meanwhile. Both of you changed these places, where yours is kept:"
        }
    };
    el("div")
        .class("warn")
        .attr("role", "alert")
        .add(el("p").add(words))
        .add(el("ul").add_all(places))
        .add(button("Bring both together in the editor", move || desk.take_merge()).class("small"))
}

fn list(desk: Desk, problems: &[SourceProblem], mark: &'static str) -> Option<El> {
    let one = |problem: &SourceProblem| {
        let (line, column) = (problem.line, problem.column);
        let go = move || {
            if let Some(editor) = desk.editor.get_untracked() {
                editor.go_to(line, column);
            }
        };
        el("li")
            .attr("data-state", mark)
            .add(button(format!("{line}:{column}"), go).class("place").attr("title", "Go there"))
            .add(" ")
            .add(problem.message.clone())
    };
    (!problems.is_empty()).then(|| el("ul").class("problems").add_all(problems.iter().map(one)))
}
