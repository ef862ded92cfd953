//! The last runs of a deployment as bars, oldest to the left: colour is the state, height the duration.

use domain::flow_runs::FlowRun;

use super::state::look_of_run;
use crate::element::{El, el};

/// The strip of `runs`, which come newest first. One image with one description: the runs themselves are
/// a click away.
pub fn strip(runs: &[FlowRun]) -> El {
    if runs.is_empty() {
        return el("span").class("faint").add("no runs yet");
    }
    let longest = runs.iter().map(|run| run.total_run_time).fold(0.0, f64::max);
    let bar = |run: &FlowRun| {
        el("i").attr("data-state", look_of_run(run).mark).attr("data-height", height(run.total_run_time, longest))
    };
    let bars = runs.iter().rev().map(bar);
    el("span").class("strip").attr("role", "img").attr("aria-label", describe(runs)).add_all(bars)
}

/// One of five heights.
fn height(seconds: f64, longest: f64) -> &'static str {
    let part = if longest > 0.0 { seconds / longest } else { 1.0 };
    match (part * 5.0).ceil() as i64 {
        ..2 => "1",
        2 => "2",
        3 => "3",
        4 => "4",
        _ => "5",
    }
}

/// `last 20 runs: 18 completed, 2 failed`.
pub fn describe(runs: &[FlowRun]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for run in runs {
        let word = look_of_run(run).word.to_ascii_lowercase();
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let parts: Vec<String> = counts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
    domain::say!("last {}: {}", crate::words::count(runs.len() as i64, "run"), parts.join(", "))
}
