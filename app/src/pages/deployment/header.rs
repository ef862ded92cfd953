//! What the deployment is, whether it is going to run, and the buttons that change that.

use client::{Client, deployments};
use domain::pages::DeploymentPage;
use domain::work_pools::WorkPoolStatus;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::components::confirm::confirm;
use crate::components::run_now::Runner;
use crate::components::{tags, time};
use crate::notices::notices;
use crate::page::Page;
use crate::routes;

/// The header; it follows the deployment.
pub fn header(page: Page<DeploymentPage>, runner: Runner) -> AnyView {
    let (id, flow, name) = page.peek(|data| (data.deployment.id, data.flow_name.clone(), data.deployment.name.clone()));
    let custom = format!("{}/run", routes::deployment(&flow, &name));
    let ask_delete = RwSignal::new(false);
    view! {
        <header class="head">
            <p class="crumbs"><a href=routes::DEPLOYMENTS>"Deployments"</a> " / " {flow}</p>
            <div class="line">
                <h1>{name}</h1>
                <span class="grow"></span>
                <div class="buttons">
                    {move || pause(page)}
                    <button type="button" on:click=move |_| ask_delete.set(true)>"Delete"</button>
                    <a class="button" href=custom>"Custom run"</a>
                    {runner.button(id, "primary")}
                </div>
            </div>
            {move || page.with(trouble)}
            {move || page.with(|data| data.deployment.description.clone()).map(|text| view! { <p class="lead">{text}</p> })}
            <dl class="facts">{move || page.with(facts)}</dl>
            {confirm(
                ask_delete,
                "Delete this deployment?",
                "Its schedules and planned runs go with it; runs that have started stay.".to_owned(),
                "Delete the deployment",
                deleter(page),
            )}
        </header>
    }
    .into_any()
}

fn pause(page: Page<DeploymentPage>) -> AnyView {
    let (id, paused) = page.with(|data| (data.deployment.id, data.deployment.paused));
    let act = move |_| {
        page.act("The deployment was not changed", move |client| async move {
            if paused { deployments::resume(&client, id).await } else { deployments::pause(&client, id).await }
        });
    };
    let label = if paused { "Resume all schedules" } else { "Pause all schedules" };
    view! { <button type="button" on:click=act>{label}</button> }.into_any()
}

fn deleter(page: Page<DeploymentPage>) -> impl Fn() + Send + 'static {
    let client = expect_context::<Client>();
    let notices = notices();
    let navigate = StoredValue::new(use_navigate());
    move || {
        let client = client.clone();
        let id = page.peek(|data| data.deployment.id);
        leptos::task::spawn_local(async move {
            match deployments::delete(&client, id).await {
                Ok(()) => {
                    notices.done("The deployment is deleted");
                    navigate.with_value(|navigate| navigate(routes::DEPLOYMENTS, Default::default()));
                }
                Err(error) => notices.failed("The deployment was not deleted", &error),
            }
        });
    }
}

/// Why runs would wait, with the command that helps.
fn trouble(data: &DeploymentPage) -> AnyView {
    if data.deployment.paused {
        return view! { <p class="warn">"Paused: its schedules make no runs until it is resumed. Runs by hand still work."</p> }.into_any();
    }
    let Some(pool) = &data.work_pool else {
        return data
            .deployment
            .work_pool_name
            .is_none()
            .then(|| view! { <p class="faint">"It names no work pool: whoever serves it runs it in its own process."</p> })
            .into_any();
    };
    let link = view! { <a href=routes::work_pool(&pool.name)>{pool.name.clone()}</a> };
    if pool.is_paused || pool.status == Some(WorkPoolStatus::Paused) {
        return view! { <p class="warn">"The pool " {link} " is paused: runs wait until it is resumed."</p> }.into_any();
    }
    if data.online_workers > 0 {
        return ().into_any();
    }
    let command = format!("reeve worker start --pool {}", pool.name);
    view! { <p class="warn">"No worker polls " {link} ": runs will be late until one starts, as with " <code>{command}</code></p> }.into_any()
}

fn facts(data: &DeploymentPage) -> AnyView {
    let deployment = &data.deployment;
    let pool = deployment.work_pool_name.clone().map(|pool| {
        let queue = deployment.work_queue_name.clone().filter(|queue| queue != "default");
        view! {
            <a href=routes::work_pool(&pool)>{pool.clone()}</a>
            {queue.map(|queue| view! { <small>" / " {queue}</small> })}
        }
        .into_any()
    });
    let code = deployment.entrypoint.clone().map(|entrypoint| view! { <code>{entrypoint}</code> }.into_any());
    view! {
        {fact("Pool", pool)}
        {fact("Entrypoint", code)}
        {fact("Version", deployment.version.clone().map(IntoAny::into_any))}
        {fact("Limit", deployment.concurrency_limit.map(|limit| format!("{limit} at once").into_any()))}
        {fact("Changed", deployment.updated.map(time::ago))}
        {fact("Tags", (!deployment.tags.is_empty()).then(|| tags::tags(routes::DEPLOYMENTS, &deployment.tags)))}
    }
    .into_any()
}

fn fact(name: &'static str, value: Option<AnyView>) -> AnyView {
    value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).into_any()
}
