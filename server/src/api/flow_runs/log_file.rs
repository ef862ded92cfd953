//! A run's log as a file (Prefect 3).

use axum::body::Body as Stream;
use axum::http::header;
use bytes::Bytes;
use domain::Timestamp;
use domain::filter::OptionalIdOps;
use domain::logs::{Log, LogFilter};
use futures::stream::try_unfold;
use store::{Store, StoreError, logs};

use super::*;

/// Lines that are read at once.
const PAGE: i64 = 1000;

/// Where the reading is: lines stored after `seq` are still to come.
struct Place {
    store: Store,
    filter: LogFilter,
    seq: i64,
    begun: bool,
}

/// CSV of all lines in the order of storing, read page by page while it is sent.
pub async fn download(State(app): State<AppState>, Id(id): Id<FlowRunId>) -> Result {
    let run = flow_runs::by_id(&mut app.store.read().await?, id, app.clock.now()).await?.ok_or_else(not_found)?;
    let filter = LogFilter {
        flow_run_id: Some(OptionalIdOps { any_: Some(vec![id]), ..OptionalIdOps::default() }),
        ..LogFilter::default()
    };
    let place = Place { store: app.store.clone(), filter, seq: 0, begun: false };
    let name = client::segment(&format!("{}-logs.csv", run.name));
    let disposition = format!("attachment; filename=\"flow-run-logs.csv\"; filename*=UTF-8''{name}");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Stream::from_stream(try_unfold(place, next_page))).into_response())
}

async fn next_page(mut place: Place) -> std::result::Result<Option<(Bytes, Place)>, StoreError> {
    let mut text = String::new();
    if !place.begun {
        place.begun = true;
        text.push_str("timestamp,level,flow_run_id,task_run_id,message\r\n");
    }
    let lines = logs::stored_after(&mut place.store.read().await?, &place.filter, place.seq, PAGE).await?;
    for (seq, line) in &lines {
        place.seq = *seq;
        text.push_str(&csv_line(line));
    }
    Ok((!text.is_empty()).then(|| (Bytes::from(text), place)))
}

fn csv_line(line: &Log) -> String {
    let id = |id: Option<domain::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (flow_run, task_run) = (id(line.flow_run_id.map(|id| id.0)), id(line.task_run_id.map(|id| id.0)));
    format!("{},{},{flow_run},{task_run},{}\r\n", moment(line.timestamp), line.level, quoted(&line.message))
}

/// A field between quotes when it needs them.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// As Python prints datetimes.
fn moment(at: Timestamp) -> String {
    let micros = if at.micros() % 1_000_000 == 0 { "" } else { "%.6f" };
    at.utc().format(&format!("%Y-%m-%d %H:%M:%S{micros}+00:00")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_when_they_must_be() {
        let cases =
            [("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("x\ny", "\"x\ny\"")];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn moments_look_like_pythons() {
        let at = |text: &str| moment(text.parse().expect("a time"));
        assert_eq!(at("2026-11-23T17:18:37.763979Z"), "2026-11-23 17:18:37.763979+00:00");
        assert_eq!(at("2026-11-23T17:18:37Z"), "2026-11-23 17:18:37+00:00");
    }
}
