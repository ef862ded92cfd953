//! Log lines in the batches that Prefect's clients send.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::json;

use super::{Row, bare, flow, instant, unique};
use crate::Asked;
use crate::api::Api;
use crate::measure::Times;
use crate::server::Server;

const BATCH: usize = 200;

/// Lines a second over one connection and over four, and what a line costs the server.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let run = run(&server.api).await?;
    let (api, lines) = (&server.api, &Lines::of(&run));
    let send = |_| async move { api.post_text("/logs/", lines.written_now()).await.map(drop) };
    let one = Times::during(asked.time(), 1, send).await?;
    let cpu = server.cpu_seconds();
    let four = Times::during(asked.time(), 4, send).await?;
    let cpu = (server.cpu_seconds() - cpu) * 1000.0 / (four.count() * BATCH) as f64;
    let mut rows = vec![
        Row::new("log lines in batches of 200, 1 connection", format!("{:.0}/s", one.rate() * BATCH as f64)),
        Row::new("… 4 connections", format!("{:.0}/s", four.rate() * BATCH as f64)),
        Row::new("… median batch, 1 connection", format!("{:.1} ms", one.percentile(0.5))),
        Row::new("… server CPU a line", format!("{cpu:.4} ms")),
    ];
    let file = server.folder.join("reeve.db");
    if file.exists() {
        let bare = bare::lines_a_second(&file, BATCH, asked.time()).await?;
        rows.push(Row::new("… a bare loop of inserts into the same table", format!("{bare:.0}/s")));
    }
    Ok(rows)
}

/// Lines that only lack their times: a log is written as time goes on, so each batch has its own.
pub struct Lines(Vec<String>);

impl Lines {
    /// A batch of lines of a run.
    pub fn of(run: &str) -> Lines {
        let body = batch(run, BATCH, 0);
        let start = "\"timestamp\":\"";
        let parts = body.split(start).enumerate().map(|(n, part)| match n {
            0 => part.to_owned() + start,
            _ => part.split_once('"').map_or(String::new(), |(_, rest)| format!("\"{rest}{start}")),
        });
        let mut parts: Vec<String> = parts.collect();
        let last = parts.pop().unwrap_or_default();
        parts.push(last.trim_end_matches(start).to_owned());
        Lines(parts)
    }

    /// The body of a request with lines of this moment, a microsecond apart.
    pub fn written_now(&self) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(now.as_micros()).unwrap_or_default();
        let mut body = String::with_capacity(BATCH * 300);
        for (n, part) in (0..).zip(&self.0) {
            if n > 0 {
                let at = chrono::DateTime::from_timestamp_micros(micros + n).unwrap_or_default();
                let _ = write!(body, "{}", at.format("%Y-%m-%dT%H:%M:%S%.6fZ"));
            }
            body.push_str(part);
        }
        body
    }
}

/// A run that is Running.
pub async fn run(api: &Api) -> Result<String> {
    let flow = flow(api, &unique("logs")).await?;
    api.made("/flow_runs/", &json!({ "flow_id": flow, "state": { "type": "RUNNING", "name": "Running" } })).await
}

/// `count` lines of a run as the body of one request; about 90 characters each, numbered from `first`.
pub fn batch(run: &str, count: usize, first: usize) -> String {
    let line = |n: usize| {
        let message =
            format!("line {n}: step {} of the load took {} ms and touched {} rows of the table", n % 97, n % 13, n * 7);
        json!({ "name": "prefect.flow_runs", "level": if n.is_multiple_of(50) { 40 } else { 20 }, "message": message,
                "timestamp": instant(n as f64 * 1e-6), "flow_run_id": run, "task_run_id": null })
    };
    serde_json::Value::Array((first..first + count).map(line).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::{BATCH, Lines};

    #[test]
    fn each_line_gets_a_time_of_its_own() {
        let lines: Vec<serde_json::Value> = serde_json::from_str(&Lines::of("r").written_now()).expect("JSON");
        let mut times: Vec<_> = lines.iter().map(|line| line["timestamp"].as_str().expect("a time")).collect();
        assert!(times.is_sorted());
        times.dedup();
        assert_eq!(times.len(), BATCH);
        assert!(lines.iter().all(|line| line["flow_run_id"] == "r" && line["level"].is_i64()));
    }
}
