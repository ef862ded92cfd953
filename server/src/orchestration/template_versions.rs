//! The templates that a pool has had: each change of one is kept with who made it and why.

use domain::Timestamp;
use domain::work_pools::WorkPool;
use serde_json::{Map, Value};
use store::work_pool_templates::{self, Version};
use store::{Result, Tx};

/// Who the first version is from, which was there before versions were kept.
const BEFORE: &str = "before versions were kept";

/// How a template was saved.
pub struct Saving<'a> {
    pub author: &'a str,
    /// Why.
    pub note: &'a str,
    /// The YAML that it was written as, or an empty text for JSON; none where that is not known.
    pub source: Option<&'a str>,
}

/// Keeps the pool's template when it differs from the one `before`, or is written in another way; the number of the
/// newest version then.
pub async fn keep(
    tx: &mut Tx,
    before: &Map<String, Value>,
    pool: &WorkPool,
    saving: Saving<'_>,
    now: Timestamp,
) -> Result<Option<i64>> {
    if *before == pool.base_job_template {
        let written = work_pool_templates::source(tx, pool.id).await?.unwrap_or_default();
        if saving.source.is_none_or(|source| source == written) {
            return Ok(None);
        }
    }
    let newest = work_pool_templates::of_pool(tx, pool.id, 1).await?.pop();
    let last = match newest {
        Some(newest) => newest.version,
        None => {
            let first = Version {
                version: 1,
                created: pool.created.unwrap_or(now),
                author: BEFORE.to_owned(),
                note: String::new(),
                template: before.clone(),
                source: None,
            };
            work_pool_templates::add(tx, pool.id, &first).await?;
            1
        }
    };
    let next = Version {
        version: last + 1,
        created: now,
        author: saving.author.to_owned(),
        note: saving.note.to_owned(),
        template: pool.base_job_template.clone(),
        source: saving.source.map(str::to_owned),
    };
    work_pool_templates::add(tx, pool.id, &next).await?;
    Ok(Some(next.version))
}
