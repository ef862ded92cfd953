//! Work pools as rows: what they are, who polls them, what they have to do.

use domain::pages::WorkPoolRow;
use domain::work_pools::{WorkPool, WorkPoolStatus};

use crate::components::list::Item;
use crate::components::table::{Column, table};
use crate::element::{El, el, icon, link};
use crate::routes;

const COLUMNS: [Column; 8] = [
    Column::text("Pool"),
    Column::text("Status"),
    Column::text("Type"),
    Column::number("Workers"),
    Column::number("Deployments"),
    Column::number("Active"),
    Column::number("Late"),
    Column::silent("Template"),
];

/// The table.
pub fn work_pool_table(each: impl Fn() -> Vec<WorkPoolRow> + Send + Sync + 'static) -> El {
    table("Work pools", &COLUMNS, move || each().into_iter().map(item).collect()).class("pools")
}

fn item(row: WorkPoolRow) -> Item {
    let pool = &row.work_pool;
    let key = format!(
        "{}.{:?}.{}.{}.{}.{}",
        pool.id, pool.status, row.online_workers, row.deployments, row.active_runs, row.late_runs
    );
    Item::new(key, move || table_row(&row))
}

fn table_row(row: &WorkPoolRow) -> El {
    let pool = &row.work_pool;
    let name = link(routes::work_pool(&pool.name), pool.name.clone()).attr("data-row-link", "");
    let [_, _, _, workers, deployments, active, late, _] = COLUMNS;
    let slots = match pool.concurrency_limit {
        Some(limit) => domain::say!("{} of {}", row.active_runs, limit),
        None => row.active_runs.to_string(),
    };
    el("tr")
        .add(el("th").attr("scope", "row").add(name))
        .add(el("td").add(status(pool)))
        .add(el("td").add(pool.kind.clone()))
        .add(workers.cell(row.online_workers))
        .add(deployments.cell(row.deployments))
        .add(active.cell(slots))
        .add(late.cell(row.late_runs).attr("data-state", (row.late_runs > 0).then_some("late")))
        .add(el("td").class("actions").add(link(routes::template(&pool.name), "Template")))
}

/// Shape and word of a pool's status.
pub fn status(pool: &WorkPool) -> El {
    let (mark, word) = match (pool.is_paused, pool.status) {
        (true, _) | (_, Some(WorkPoolStatus::Paused)) => ("paused", "Paused"),
        (_, Some(WorkPoolStatus::Ready)) => ("completed", "Ready"),
        (_, Some(WorkPoolStatus::NotReady)) => ("late", "No worker"),
        (_, None) => ("scheduled", "For agents"),
    };
    el("span").class("state").attr("data-state", mark).add(icon(format!("#s-{mark}"))).add(word)
}
