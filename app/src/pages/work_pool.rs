//! `/pools/{name}`: one work pool, its workers, queues, runs and deployments.

use client::work_pools;
use domain::live::Changed;
use domain::pages::WorkPoolPage;
use domain::say;
use domain::work_pools::{WorkQueue, Worker, WorkerStatus};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::clock::clock;
use crate::components::facts::fact;
use crate::components::list::Item;
use crate::components::run_table::run_table;
use crate::components::strip::strip;
use crate::components::table::{Column, table};
use crate::components::time;
use crate::components::work_pool_table::status;
use crate::element::{El, button, el, icon, link, many};
use crate::page::{Page, page as load, title};
use crate::routes;

/// The page.
pub fn page() -> AnyView {
    let params = use_params_map();
    load::<WorkPoolPage>(
        move || params.with(|params| params.get("name").unwrap_or_default()),
        |change, _| change.what != Changed::TaskRun,
        |client, name| Box::pin(async move { work_pools::page_of(&client, &name).await }),
        content,
    )
}

fn content(page: Page<WorkPoolPage>) -> AnyView {
    clock().follow(move || page.with(|data| data.now));
    let columns = el("div")
        .class("columns body")
        .add(el("section").add(el("h2").add("Workers")).add(workers(page)))
        .add(el("section").add(el("h2").add("Queues")).add(queues(page)));
    let idle = move || page.with(|data| data.active.is_empty());
    let active = el("section")
        .add(el("h2").add("Due, pending and running"))
        .add(move || idle().then(|| el("p").class("faint").add("Nothing waits and nothing runs.")))
        .add(run_table("Due, pending and running", move || page.with(|data| data.active.clone())).attr("hidden", idle));
    let deployments = el("section").add(el("h2").add("Deployments")).add(deployments(page));
    many([
        title(move || page.with(|data| data.row.work_pool.name.clone())),
        header(page).into_any(),
        columns.into_any(),
        active.into_any(),
        deployments.into_any(),
    ])
}

fn header(page: Page<WorkPoolPage>) -> El {
    let name = page.peek(|data| data.row.work_pool.name.clone());
    let line = el("div")
        .class("line")
        .add(el("h1").add(name.clone()))
        .add(move || page.with(|data| status(&data.row.work_pool)))
        .add(el("span").class("grow"))
        .add(move || pause(page))
        .add(link(routes::template(&name), "Edit the template").class("button"));
    el("header")
        .class("head")
        .add(el("p").class("crumbs").add(link(routes::WORK_POOLS, "Work pools")))
        .add(line)
        .add(move || {
            page.with(|data| data.row.work_pool.description.clone()).map(|text| el("p").class("lead").add(text))
        })
        .add(move || page.with(trouble))
        .add(move || page.with(facts))
}

fn pause(page: Page<WorkPoolPage>) -> El {
    let (name, paused) = page.with(|data| (data.row.work_pool.name.clone(), data.row.work_pool.is_paused));
    let act = move || {
        let name = name.clone();
        page.act("The pool was not changed", move |client| async move {
            work_pools::set_paused(&client, &name, !paused).await
        });
    };
    button(if paused { "Resume" } else { "Pause" }, act).attr("title", "Workers get no runs of a paused pool")
}

/// Why runs would wait, with the command that helps.
fn trouble(data: &WorkPoolPage) -> Option<El> {
    let pool = &data.row.work_pool;
    if pool.is_paused {
        return Some(el("p").class("warn").add("Paused: runs wait until the pool is resumed."));
    }
    (data.row.online_workers == 0).then(|| {
        let command = format!("reeve worker start --pool {}", pool.name);
        el("p")
            .class("warn")
            .add("No worker polls this pool: runs wait until one starts, as with ")
            .add(el("code").add(command))
    })
}

fn facts(data: &WorkPoolPage) -> El {
    let pool = &data.row.work_pool;
    let limit = pool.concurrency_limit.map_or_else(|| say!("none"), |limit| say!("{} at once", limit));
    el("dl")
        .class("facts")
        .add(fact("Type", Some(pool.kind.clone())))
        .add(fact("Limit", Some(limit)))
        .add(fact("Active runs", Some(data.row.active_runs)))
        .add(fact("Late runs", Some(data.row.late_runs)))
        .add(fact("Changed", pool.updated.map(time::ago)))
}

fn workers(page: Page<WorkPoolPage>) -> AnyView {
    const COLUMNS: [Column; 3] = [Column::text("Status"), Column::text("Worker"), Column::number("Last heartbeat")];
    let row = |worker: &Worker| {
        let online = worker.status == WorkerStatus::Online;
        let (mark, word) = if online { ("completed", "Online") } else { ("cancelled", "Offline") };
        el("tr")
            .add(
                el("td")
                    .add(el("span").class("state").attr("data-state", mark).add(icon(format!("#s-{mark}"))).add(word)),
            )
            .add(el("th").attr("scope", "row").add(worker.name.clone()))
            .add(el("td").class("number").add(worker.last_heartbeat_time.map(time::ago)))
    };
    let items = move || {
        let each = page.with(|data| data.workers.clone());
        let key = |worker: &Worker| format!("{}{:?}{:?}", worker.id, worker.status, worker.last_heartbeat_time);
        each.into_iter().map(|worker| Item::new(key(&worker), move || row(&worker))).collect()
    };
    let none = move || page.with(|data| data.workers.is_empty());
    many([
        table("Workers", &COLUMNS, items).attr("hidden", none).into_any(),
        el("div").add(move || none().then(|| el("p").class("faint").add("None has ever polled."))).into_any(),
    ])
}

fn queues(page: Page<WorkPoolPage>) -> El {
    const COLUMNS: [Column; 4] =
        [Column::text("Queue"), Column::number("Priority"), Column::number("Limit"), Column::number("Last polled")];
    let row = |queue: &WorkQueue| {
        let paused = queue.is_paused.then(|| el("small").add(" paused"));
        let [_, priority, limit, polled] = COLUMNS;
        let slots = queue.concurrency_limit.map_or_else(|| "–".to_owned(), |limit| limit.to_string());
        el("tr")
            .add(el("th").attr("scope", "row").add(queue.name.clone()).add(paused))
            .add(priority.cell(queue.priority))
            .add(limit.cell(slots))
            .add(polled.cell(queue.last_polled.map(time::ago)))
    };
    table("Queues", &COLUMNS, move || {
        let each = page.with(|data| data.queues.clone());
        let key = |queue: &WorkQueue| format!("{}{:?}{:?}", queue.id, queue.updated, queue.last_polled);
        each.into_iter().map(|queue| Item::new(key(&queue), move || row(&queue))).collect()
    })
}

fn deployments(page: Page<WorkPoolPage>) -> AnyView {
    const COLUMNS: [Column; 3] = [Column::text("Deployment"), Column::number("Next run"), Column::text("Last runs")];
    let items = move || {
        let each = page.with(|data| data.deployments.clone());
        let item = |row: domain::deployments::DeploymentRow| {
            let newest = row.last_runs.first().and_then(|run| run.updated);
            let key = format!("{}{:?}{newest:?}", row.deployment.id, row.next_run);
            Item::new(key, move || {
                let name = link(routes::deployment(&row.flow_name, &row.deployment.name), row.deployment.name.clone());
                el("tr")
                    .add(
                        el("th")
                            .attr("scope", "row")
                            .add(name)
                            .add(el("small").class("of").add(" ").add(row.flow_name.clone())),
                    )
                    .add(el("td").class("number").add(row.next_run.map(time::due)))
                    .add(el("td").add(strip(&row.last_runs)))
            })
        };
        each.into_iter().map(item).collect()
    };
    let none = move || page.with(|data| data.deployments.is_empty());
    many([
        table("Deployments", &COLUMNS, items).attr("hidden", none).into_any(),
        el("div")
            .add(move || none().then(|| el("p").class("faint").add("No deployment uses this pool yet.")))
            .into_any(),
    ])
}
