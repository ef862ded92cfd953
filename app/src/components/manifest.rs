//! A rendered job, line by line, with a mark for who set each line.

use domain::job_template::Origin;

use crate::element::{El, el};
use crate::manifest::lines;
use crate::preview::{Preview, PreviewAnswer, origin_words};

/// The job, or why there is none.
pub fn rendered(answer: &PreviewAnswer) -> El {
    match &answer.job {
        Some(job) => manifest(job),
        None => el("p").class("warn").add(answer.error.clone()),
    }
}

/// The job, a legend of the marks, and what has no value.
fn manifest(preview: &Preview) -> El {
    let rows = lines(&preview.job).into_iter().map(|line| {
        let origin = preview.origins.iter().find(|(pointer, _)| *pointer == line.pointer).map(|(_, origin)| *origin);
        let open = line.text.contains("{{");
        let row = el("span").class("yl").attr("data-pointer", line.pointer).attr("data-open", open);
        let row = row.add(line.text + "\n");
        match origin.map(origin_words) {
            Some((mark, words)) => row.attr("data-origin", mark).attr("title", words),
            None => row.attr("data-origin", "").attr("title", ""),
        }
    });
    el("div")
        .class("manifest")
        .add(legend(&preview.origins))
        .add(unresolved(preview))
        .add(el("pre").attr("tabindex", "0").attr("aria-label", "Rendered job").add(el("code").add_all(rows)))
}

/// The marks that occur.
fn legend(origins: &[(String, Origin)]) -> El {
    let all = [Origin::Template, Origin::PoolDefault, Origin::Deployment, Origin::FlowRun, Origin::Worker];
    let there = all.into_iter().filter(|origin| origins.iter().any(|(_, known)| known == origin));
    let mark = |origin: Origin| {
        let (mark, words) = origin_words(origin);
        el("li").add(el("i").attr("data-origin", mark)).add(words)
    };
    el("ul").class("legend").attr("aria-label", "Who set what").add_all(there.map(mark))
}

/// Placeholders without a value, which is allowed: their keys are left out.
fn unresolved(preview: &Preview) -> Option<El> {
    if preview.unresolved.is_empty() {
        return None;
    }
    let one = |open: &domain::job_template::Unresolved| {
        el("li")
            .add(el("code").add(format!("{{{{ {} }}}}", open.name)))
            .add(" at ")
            .add(el("code").add(open.pointer.clone()))
    };
    let words = crate::words::count(preview.unresolved.len() as i64, "placeholder");
    Some(
        el("details")
            .class("open")
            .add(el("summary").add(domain::say!("{} without a value: left out", words)))
            .add(el("ul").add_all(preview.unresolved.iter().map(one))),
    )
}
