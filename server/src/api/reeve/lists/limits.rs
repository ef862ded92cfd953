//! Concurrency limits: of tags, of deployments, and those that flows ask for by name.

use domain::concurrency_limits::{ConcurrencyLimit, TAG};
use domain::listing::{Cell, ListingRow};
use store::{Tx, concurrency_limits};

use super::{Ask, Rows};

/// More limits than anybody has.
const MOST: i64 = 10_000;

/// By name.
pub async fn rows(tx: &mut Tx, ask: &Ask) -> store::Result<Rows> {
    let wanted = |limit: &ConcurrencyLimit| ask.q.as_deref().is_none_or(|q| limit.name.contains(q));
    let all = concurrency_limits::page(tx, false, MOST, 0).await?;
    let found: Vec<ConcurrencyLimit> = all.into_iter().filter(wanted).collect();
    let count = found.len() as i64;
    let row = |limit: ConcurrencyLimit| ListingRow {
        id: limit.id.to_string(),
        cells: vec![
            Cell::Text(name(&limit)),
            Cell::Text(format!("{} of {}", limit.occupied(ask.now), limit.limit)),
            Cell::Text(how(&limit)),
            Cell::at(limit.updated),
        ],
    };
    Ok((found.into_iter().skip(ask.offset as usize).take(ask.limit as usize).map(row).collect(), count))
}

fn name(limit: &ConcurrencyLimit) -> String {
    match limit.name.strip_prefix(TAG) {
        Some(tag) => format!("tasks tagged {tag}"),
        None => limit.name.clone(),
    }
}

/// Whether it holds anybody up, and how slots become free.
fn how(limit: &ConcurrencyLimit) -> String {
    match (limit.active, limit.slot_decay_per_second) {
        (false, _) => "off".to_owned(),
        (true, rate) if rate > 0.0 => format!("{rate} slots a second become free"),
        (true, _) => "until they are given back".to_owned(),
    }
}
