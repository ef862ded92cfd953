//! `/pools/{name}/template`: the base job template as a form, as its source, and as the job it makes.
//!
//! The text is the truth. The form writes into it, the preview reads it, and it can be saved only while it
//! is a template without undeclared placeholders. The draft is kept in the browser until it is saved.

mod form;
mod save;
mod source;

use client::work_pools;
use domain::deployments::DeploymentRow;
use domain::job_template::{SourceProblem, check_source};
use domain::pages::WorkPoolPage;
use domain::work_pools::WorkPool;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use serde_json::{Map, Value};
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;

use crate::components::job_preview::{preview, show};
use crate::components::json::pretty;
use crate::element::{El, el, link, many};
use crate::page::{Page, page as load, title};
use crate::{browser, routes};

/// The page.
pub fn page() -> AnyView {
    let params = use_params_map();
    load::<WorkPoolPage>(
        move || params.with(|params| params.get("name").unwrap_or_default()),
        |_, _| false,
        |client, name| Box::pin(async move { work_pools::page_of(&client, &name).await }),
        content,
    )
}

/// The text being edited and what is known of it.
#[derive(Clone, Copy)]
pub struct Draft {
    pub text: RwSignal<String>,
    /// What the server has.
    pub saved: RwSignal<String>,
    /// The template, or what speaks against saving it.
    pub checked: Memo<Result<Map<String, Value>, Vec<Problem>>>,
    /// The last text that was a template, for form and preview while one types.
    pub template: RwSignal<Map<String, Value>>,
}

/// A [`SourceProblem`] that can be compared.
pub type Problem = SourceProblem;

impl Draft {
    fn new(template: &Map<String, Value>) -> Self {
        let saved = pretty(&Value::Object(template.clone()));
        let text = RwSignal::new(saved.clone());
        let checked = Memo::new(move |_| text.with(|text| check_source(text)));
        Draft { text, saved: RwSignal::new(saved), checked, template: RwSignal::new(template.clone()) }
    }

    /// True while the text differs from what the server has.
    pub fn is_dirty(self) -> bool {
        self.text.with(|text| self.saved.with(|saved| text != saved))
    }
}

fn content(page: Page<WorkPoolPage>) -> AnyView {
    let pool = page.peek(|data| data.row.work_pool.clone());
    let draft = Draft::new(&pool.base_job_template);
    Effect::new(move |_| {
        if let Ok(template) = draft.checked.get() {
            draft.template.set(template);
        }
    });
    keep_draft(draft, format!("template:{}", pool.id));
    let panes = el("div")
        .class("template")
        .add(
            el("section")
                .attr("aria-label", "Form of the defaults")
                .add(el("h2").add("Defaults"))
                .add(form::form(draft)),
        )
        .add(el("section").attr("aria-label", "Source").add(el("h2").add("Source")).add(source::source(draft)))
        .add(job(page, &pool, draft));
    let name = pool.name.clone();
    many([title(move || format!("Template of {name}")), header(&pool, draft).into_any(), panes.into_any()])
}

fn header(pool: &WorkPool, draft: Draft) -> El {
    let line = el("div")
        .class("line")
        .add(el("h1").add("Base job template"))
        .add(el("span").class("grow"))
        .add(save::state(draft))
        .add(save::buttons(pool.name.clone(), draft));
    el("header")
        .class("head")
        .add(
            el("p")
                .class("crumbs")
                .add(link(routes::WORK_POOLS, "Work pools"))
                .add(" / ")
                .add(link(routes::work_pool(&pool.name), pool.name.clone())),
        )
        .add(line)
}

/// Brings back what was typed and not saved, and keeps what is being typed.
fn keep_draft(draft: Draft, key: String) {
    let kept = key.clone();
    Effect::new(move |before: Option<()>| {
        if before.is_none()
            && let Some(text) = browser::kept(&kept)
        {
            draft.text.set(text);
        }
    });
    Effect::new(move |before: Option<()>| {
        let dirty = draft.is_dirty();
        if before.is_some() {
            draft.text.with(|text| browser::keep(&key, dirty.then_some(text.as_str())));
        }
    });
}

/// The job of a chosen deployment, as one types.
fn job(page: Page<WorkPoolPage>, pool: &WorkPool, draft: Draft) -> El {
    let rows = page.peek(|data| data.deployments.clone());
    let chosen = RwSignal::new(if rows.is_empty() { None } else { Some(0_usize) });
    let names: Vec<String> = rows.iter().map(|row| format!("{}/{}", row.flow_name, row.deployment.name)).collect();
    let choose = move |event: web_sys::Event| {
        let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        chosen.set(select.and_then(|select| select.value().parse().ok()));
    };
    let options = names.into_iter().enumerate().map(|(n, name)| el("option").attr("value", n.to_string()).add(name));
    let select = el("select")
        .attr("aria-label", "Deployment")
        .on("change", choose)
        .add_all(options)
        .add(el("option").attr("value", "none").add("no deployment: the pool's own defaults"));
    let (pool, rows) = (StoredValue::new(pool.clone()), StoredValue::new(rows));
    let shown = Memo::new(move |_| {
        rows.with_value(|rows: &Vec<DeploymentRow>| {
            let row = chosen.get().and_then(|n| rows.get(n));
            pool.with_value(|pool| draft.template.with(|template| preview(template, pool, row)))
        })
    });
    el("section")
        .attr("aria-label", "Rendered job")
        .add(el("h2").add("Rendered job"))
        .add(el("p").add(select))
        .add(move || shown.with(show))
}
