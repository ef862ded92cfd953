//! Table `saved_search`.

use domain::saved_searches::{SavedSearch, SavedSearchFilter};
use domain::{SavedSearchId, Timestamp};

use crate::column::{Json, Ts};
use crate::sql::{Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    struct SearchRow {
        id: sqlx::types::Uuid,
        created: Ts,
        updated: Ts,
        name: String,
        filters: Json<Vec<SavedSearchFilter>>,
    }
}

impl From<SearchRow> for SavedSearch {
    fn from(row: SearchRow) -> Self {
        SavedSearch {
            id: SavedSearchId(row.id),
            created: Some(row.created.into()),
            updated: Some(row.updated.into()),
            name: row.name,
            filters: row.filters.0,
        }
    }
}

fn select() -> Sql {
    sql("SELECT id, created, updated, name, filters FROM saved_search")
}

/// Stores the search, or replaces the conditions of the one of that name. What is stored now.
pub async fn put(tx: &mut Tx, search: &SavedSearch, now: Timestamp) -> Result<SavedSearch> {
    let upsert = sql("INSERT INTO saved_search (id, created, updated, name, filters) VALUES (?, ?, ?, ?, ?)
                      ON CONFLICT (name) DO UPDATE SET updated = excluded.updated, filters = excluded.filters
                      RETURNING id, created, updated, name, filters")
    .bind(search.id)
    .bind(now)
    .bind(now)
    .bind(&search.name)
    .bind(json(&search.filters));
    Ok(tx.one::<SearchRow>(upsert).await?.into())
}

/// The search, if it exists.
pub async fn by_id(tx: &mut Tx, id: SavedSearchId) -> Result<Option<SavedSearch>> {
    Ok(tx.optional::<SearchRow>(select().text(" WHERE id = ?").bind(id)).await?.map(SavedSearch::from))
}

/// Searches by name.
pub async fn page(tx: &mut Tx, limit: i64, offset: i64) -> Result<Vec<SavedSearch>> {
    let query = select().text(" ORDER BY name LIMIT ? OFFSET ?").bind(limit).bind(offset);
    Ok(tx.all::<SearchRow>(query).await?.into_iter().map(SavedSearch::from).collect())
}

/// Deletes the search; whether it existed.
pub async fn delete(tx: &mut Tx, id: SavedSearchId) -> Result<bool> {
    Ok(tx.run(sql("DELETE FROM saved_search WHERE id = ?").bind(id)).await? == 1)
}
