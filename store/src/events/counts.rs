//! How many events have a name, a resource or a span of time in common.

use domain::Timestamp;
use domain::events::{EventCount, EventFilter};

use super::Window;
use super::matching::condition;
use crate::column::Ts;
use crate::sql::sql;
use crate::{Result, Tx, row};

row! {
    struct CountRow {
        value: String,
        label: String,
        events: i64,
        oldest: Ts,
        latest: Ts,
    }
}

impl From<CountRow> for EventCount {
    fn from(row: CountRow) -> Self {
        EventCount {
            value: row.value,
            label: row.label,
            count: row.events,
            start_time: row.oldest.into(),
            end_time: row.latest.into(),
        }
    }
}

/// By name, the most frequent first.
pub async fn by_event(tx: &mut Tx, filter: &EventFilter, window: Window) -> Result<Vec<EventCount>> {
    let query = sql(
        "SELECT event AS value, event AS label, count(*) AS events, min(occurred) AS oldest, max(occurred) AS latest
                     FROM event WHERE ",
    )
    .then(condition(tx, filter, window))
    .text(" GROUP BY event ORDER BY events DESC, label ASC");
    Ok(tx.all::<CountRow>(query).await?.into_iter().map(EventCount::from).collect())
}

/// By resource, the most frequent first, under the name that the resource had last.
pub async fn by_resource(tx: &mut Tx, filter: &EventFilter, window: Window) -> Result<Vec<EventCount>> {
    let name = tx.json_text("resource", "prefect.resource.name");
    let older_name = tx.json_text("resource", "prefect.name");
    let named = format!(
        "SELECT resource_id, occurred, first_value(coalesce({name}, {older_name}, resource_id))
                OVER (PARTITION BY resource_id ORDER BY occurred DESC, id DESC) AS label FROM event WHERE "
    );
    let query = sql("SELECT resource_id AS value, min(label) AS label, count(*) AS events, min(occurred) AS oldest, max(occurred) AS latest
                     FROM (")
    .text(&named)
    .then(condition(tx, filter, window))
    .text(") AS named GROUP BY resource_id ORDER BY events DESC, label ASC");
    Ok(tx.all::<CountRow>(query).await?.into_iter().map(EventCount::from).collect())
}

/// By the span of `span` microseconds that they fall into, counted from `pivot`: number of the span, count.
pub async fn by_span(
    tx: &mut Tx,
    filter: &EventFilter,
    window: Window,
    pivot: Timestamp,
    span: i64,
) -> Result<Vec<(i64, i64)>> {
    let micros = tx.micros("occurred");
    let query = sql("SELECT ")
        .text(&format!("({micros} - ?) / ?"))
        .bind(pivot.micros())
        .bind(span)
        .text(" AS nth, count(*) FROM event WHERE ")
        .then(condition(tx, filter, window))
        .text(" GROUP BY nth ORDER BY nth");
    tx.all::<(i64, i64)>(query).await
}
