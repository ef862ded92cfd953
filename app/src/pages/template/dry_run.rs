//! Below the panes of a Kubernetes pool: would the cluster take the job that is shown?

use domain::dry_run::{DryRun, DryRunOutcome};
use leptos::prelude::*;

use super::desk::Desk;
use crate::element::{El, button, el};

/// The button, and what the cluster said; nothing where there is no cluster.
pub fn dry_run(desk: Desk) -> Option<El> {
    let has_cluster = desk.page.peek(|data| data.row.work_pool.kind == "kubernetes");
    let label = move || if desk.asking.get() { "Asking the cluster…" } else { "Dry run on cluster" };
    let ask = button(label, move || desk.ask_cluster())
        .attr("title", "Nothing is saved and nothing is started")
        .attr("disabled", move || !desk.may_ask());
    let said = move || desk.dry_run.with(|dry_run| dry_run.as_ref().map(answer));
    let section = el("section").class("dry-run").attr("aria-label", "Dry run").attr("aria-live", "polite");
    has_cluster.then(|| section.add(ask).add(said))
}

fn answer(dry_run: &DryRun) -> El {
    let (mark, word) = match dry_run.outcome {
        DryRunOutcome::Accepted => ("completed", "Accepted: "),
        DryRunOutcome::Refused => ("failed", "Refused: "),
        DryRunOutcome::Unanswered => ("late", "No answer: "),
    };
    let line = |mark: &'static str, word: &'static str, text: &String| {
        el("li").attr("data-state", mark).add(el("span").add(el("b").add(word)).add(text.clone()))
    };
    let warnings = dry_run.warnings.iter().map(|warning| line("late", "Warning: ", warning));
    el("ul").class("problems").add(line(mark, word, &dry_run.message)).add_all(warnings)
}
