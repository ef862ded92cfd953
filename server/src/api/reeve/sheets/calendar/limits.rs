//! Limits of pools and queues, for those who ask whether what starts together fits into them.

use client::segment;
use domain::deployments::Deployment;
use domain::listing::Cell;
use store::{Tx, work_pools, work_queues};

/// More pools, and more queues, than have limits anywhere.
const MOST: i64 = 2000;

/// How many runs a pool, or a queue of it, lets run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    pub pool: String,
    /// Nothing when the limit is the whole pool's.
    pub queue: Option<String>,
    pub most: i64,
}

impl Limit {
    /// Whether runs of the deployment fall under it.
    pub fn binds(&self, deployment: &Deployment) -> bool {
        let pool = deployment.work_pool_name.as_deref() == Some(self.pool.as_str());
        pool && self.queue.as_deref().is_none_or(|queue| deployment.work_queue_name.as_deref() == Some(queue))
    }

    /// A link to whose limit it is.
    pub fn cell(&self) -> Cell {
        let pool = format!("/pools/{}", segment(&self.pool));
        match &self.queue {
            Some(queue) => Cell::link(format!("{pool}/queues/{}", segment(queue)), format!("{} / {queue}", self.pool)),
            None => Cell::link(pool, self.pool.clone()),
        }
    }
}

/// All limits, those of whole pools first; and the names of all pools.
pub async fn read(tx: &mut Tx) -> store::Result<(Vec<Limit>, Vec<String>)> {
    let pools = work_pools::filter(tx, None, MOST, 0).await?;
    let queues = work_queues::filter(tx, None, MOST, 0).await?;
    let of_pools = pools
        .iter()
        .filter_map(|pool| Some(Limit { pool: pool.name.clone(), queue: None, most: pool.concurrency_limit? }));
    let of_queues = queues.into_iter().filter_map(|queue| {
        Some(Limit { pool: queue.work_pool_name?, queue: Some(queue.name), most: queue.concurrency_limit? })
    });
    let limits = of_pools.chain(of_queues).collect();
    Ok((limits, pools.into_iter().map(|pool| pool.name).collect()))
}
