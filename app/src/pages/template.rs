//! `/pools/{name}/template`: the editor of a pool's base job template.
//!
//! Three panes show one text: a form of the variables' defaults, the JSON itself, and the job that it gives
//! for a deployment. The text is the truth; the form writes into it, the job follows it.

mod checks;
mod desk;
mod draft;
mod dry_run;
mod form;
mod groups;
mod source;

use domain::live::Changed;
use domain::pages::WorkPoolPage;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::clock::clock;
use crate::components::manifest;
use crate::components::schema_form::value_of;
use crate::element::{El, button, el, link, many};
use crate::page::{Page, page as load, title};
use crate::routes;
use desk::Desk;

/// The page.
pub fn page() -> AnyView {
    let params = use_params_map();
    load::<WorkPoolPage>(
        move || params.with(|params| params.get("name").unwrap_or_default()),
        |change, page| match change.what {
            Changed::WorkPool => change.id == page.row.work_pool.id.0,
            Changed::Deployment => true,
            _ => false,
        },
        |client, name| Box::pin(async move { client::work_pools::page_of(&client, &name).await }),
        content,
    )
}

fn content(page: Page<WorkPoolPage>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let desk = Desk::new(page);
    draft::keep(desk);
    desk.render_again();
    let name = page.peek(|data| data.row.work_pool.name.clone());
    let heading = format!("{name}: template");
    let panes = el("div").class("panes").add(form::form(desk)).add(source::source(desk)).add(rendered(desk));
    let below = el("div").class("below").add(checks::checks(desk)).add(dry_run::dry_run(desk));
    many([
        title(move || heading.clone()),
        el("div").class("template-page").add(head(desk, &name)).add(panes).add(below).into_any(),
        impact(desk).into_any(),
    ])
}

/// What the change would mean for the deployments, once it has been asked for.
fn impact(desk: Desk) -> El {
    let drawn = crate::sheet::Desk::new(move || desk.impact.get(), Callback::new(|()| ()));
    let none = move || desk.impact.with(Option::is_none);
    el("section")
        .class("impact")
        .attr("aria-label", "Impact")
        .attr("aria-live", "polite")
        .attr("hidden", none)
        .add(el("h2").add("Impact"))
        .add(crate::sheet::parts(drawn))
}

fn head(desk: Desk, name: &str) -> El {
    let crumbs = el("p")
        .class("crumbs")
        .add(link(routes::WORK_POOLS, "Work pools"))
        .add(" / ")
        .add(link(routes::work_pool(name), name.to_owned()));
    let discard = move || desk.is_changed().then(|| button("Discard changes", move || desk.discard()));
    let save = button("Save", move || desk.save())
        .class("primary")
        .attr("title", "Ctrl S or ⌘S")
        .attr("disabled", move || !desk.may_save());
    let note = move || {
        desk.is_changed().then(|| {
            el("input")
                .attr("placeholder", "Why (for the history)")
                .attr("aria-label", "Why")
                .attr(".value", move || desk.note.get())
                .on("input", move |event| desk.note.set(value_of(&event)))
        })
    };
    let impact = button("Impact", move || desk.ask_impact())
        .attr("title", "Which deployments would get another Job")
        .attr("disabled", move || desk.broken());
    let history = format!("{}/history", routes::work_pool(name));
    let line = el("div")
        .class("line")
        .add(el("h1").add("Base job template"))
        .add(el("span").class("faint").add(move || desk.status()))
        .add(el("span").class("grow"))
        .add(
            el("div")
                .class("buttons")
                .add(discard)
                .add(note)
                .add(impact)
                .add(link(history, "History").class("button"))
                .add(save),
        );
    el("header").class("head").add(crumbs).add(line)
}

/// The job for the chosen deployment, as of the last text that could be read.
fn rendered(desk: Desk) -> El {
    let choices = move || {
        let option = |value: String, text: String| {
            let chosen = value.clone();
            el("option").attr("selected", move || desk.chosen.get() == chosen).attr("value", value).add(text)
        };
        let deployments = desk.page.with(|data| {
            let name = |row: &domain::deployments::DeploymentRow| {
                option(row.deployment.id.to_string(), format!("{} / {}", row.flow_name, row.deployment.name))
            };
            data.deployments.iter().map(name).collect::<Vec<_>>()
        });
        let choose = move |event| desk.choose(value_of(&event));
        el("select")
            .attr("aria-label", "Deployment")
            .on("change", choose)
            .add(option(String::new(), domain::say!("the defaults alone")))
            .add_all(deployments)
    };
    let stale = move || desk.broken().then(|| el("p").class("faint").add("As of the last text that could be read."));
    let hint = move || {
        desk.editor
            .with(Option::is_some)
            .then(|| el("p").class("faint").add("A click on a line leads to what sets it."))
    };
    el("section")
        .class("pane rendered")
        .attr("aria-label", "Rendered job")
        .add(el("div").class("pane-head").add(el("h2").add("Job for ")).add(choices))
        .add(
            el("div")
                .class("pane-body")
                .add(stale)
                .add(hint)
                .add(move || desk.job.with(|job| job.as_ref().map(manifest::rendered))),
        )
}
