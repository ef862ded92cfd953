//! Queues of all pools.

use client::segment;
use domain::filter::PrefixOps;
use domain::listing::{Cell, ListingRow};
use domain::work_pools::{WorkQueue, WorkQueueFilter};
use store::{Tx, work_queues};

use super::{Ask, Rows};

/// More queues than anybody has.
const MOST: i64 = 10_000;

/// In the store's order.
pub async fn rows(tx: &mut Tx, ask: &Ask) -> store::Result<Rows> {
    let name = ask.q.clone().map(|q| PrefixOps { startswith_: Some(vec![q]), ..PrefixOps::default() });
    let filter = WorkQueueFilter { name, ..WorkQueueFilter::default() };
    let found = work_queues::filter(tx, Some(&filter), MOST, 0).await?;
    let count = found.len() as i64;
    let page = found.into_iter().skip(ask.offset as usize).take(ask.limit as usize);
    Ok((page.map(row).collect(), count))
}

fn row(queue: WorkQueue) -> ListingRow {
    let pool = queue.work_pool_name;
    let limit = queue.concurrency_limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
    ListingRow {
        id: queue.id.to_string(),
        cells: vec![
            Cell::Text(queue.name),
            pool.map_or(Cell::Nothing, |pool| Cell::Link(format!("/pools/{}", segment(&pool)), pool)),
            Cell::Text(if queue.is_paused { "paused" } else { "open" }.to_owned()),
            Cell::Number(queue.priority),
            Cell::Text(limit),
            Cell::at(queue.last_polled),
        ],
    }
}
