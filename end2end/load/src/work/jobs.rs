//! One worker of ours on a Kubernetes cluster: Jobs a second, how long each takes, and the worker's memory.
//!
//! From claimed to created is from the timestamp of the run's first Pending (the server's, at the claim) to the line
//! "Job … created." in its log, which the worker writes when the API server has answered; both are microseconds of
//! the same machine. The Jobs' own creation times are whole seconds.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::cluster::Namespace;
use super::{Row, flow, instant, unique};
use crate::Asked;
use crate::measure::Times;
use crate::server::{Server, environment, memory_mb};

/// Requests of the generator at once.
const LANES: usize = 16;
/// Runs are due so many seconds after the last of them was made.
const AHEAD: f64 = 3.0;
/// No run waits for a worker longer than this.
const PATIENCE: Duration = Duration::from_secs(900);

/// The worker under test; dropping it ends it.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pool with one deployment, whose Jobs go to a namespace of their own.
struct Stage<'a> {
    server: &'a Server,
    deployment: String,
    namespace: Namespace,
    worker: Worker,
}

/// All of it, in this order: idle, many at once, a steady rate, many live ones.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let mut stage = stage(server).await?;
    let pid = stage.worker.0.id();
    tokio::time::sleep(Duration::from_secs_f64(asked.idle)).await;
    let mut rows = vec![Row::new("worker: resident memory, idle", format!("{:.0} MB", memory_mb(pid, "VmRSS")))];
    rows.push(Row::new("load of the machine before", std::fs::read_to_string("/proc/loadavg")?.trim()));

    let due = ahead(asked.jobs);
    let runs = stage.runs(asked.jobs, |_| due).await?;
    let made = stage.made(&runs).await?;
    rows.push(made.row(format!("{} runs due in the same second", asked.jobs)));

    let count = (asked.rate * asked.steady.max(1.0)) as usize;
    let begin = ahead(count);
    let runs = stage.runs(count, |n| begin + n as f64 / asked.rate).await?;
    let made = stage.made(&runs).await?;
    rows.push(made.row(format!("{} runs due each second for {:.0} s", asked.rate, asked.steady)));

    let live = stage.namespace.jobs().await?;
    let due = ahead(0);
    stage.runs(asked.live.saturating_sub(live), |_| due).await?;
    stage.until(asked.live.max(live)).await?;
    tokio::time::sleep(Duration::from_secs_f64(asked.idle)).await;
    let (now, most) = (memory_mb(pid, "VmRSS"), memory_mb(pid, "VmHWM"));
    let what = format!("worker: resident memory with {} live Jobs / the most so far", stage.namespace.jobs().await?);
    rows.push(Row::new(what, format!("{now:.0} / {most:.0} MB")));
    ensure!(stage.worker.0.try_wait()?.is_none(), "the worker has ended, see worker.log");
    stage.namespace.remove().await?;
    Ok(rows)
}

/// Seconds from now at which runs are due that are still to be made.
fn ahead(count: usize) -> f64 {
    AHEAD + count as f64 / 200.0
}

async fn stage(server: &Server) -> Result<Stage<'_>> {
    let kubeconfig = environment("REEVE_TEST_KUBECONFIG").context("REEVE_TEST_KUBECONFIG names no cluster")?;
    let namespace = Namespace::make(&kubeconfig, &unique("load")).await?;
    let (api, pool) = (&server.api, unique("jobs"));
    api.post("/work_pools/", &json!({ "name": pool, "type": "kubernetes" })).await?;
    // No node takes their pods; they are to wait for one.
    let variables = json!({ "image": "busybox", "namespace": namespace.name, "pod_watch_timeout_seconds": 86_400 });
    let new = json!({ "name": "d", "flow_id": flow(api, &pool).await?, "work_pool_name": pool,
                      "entrypoint": "flow.py:flow", "job_variables": variables });
    let deployment = api.made("/deployments/", &new).await?;
    let log = File::create(server.folder.join("worker.log"))?;
    let worker = Command::new(environment("REEVE_BIN").context("REEVE_BIN is not set")?)
        .args(["worker", "start", "--pool", &pool, "--type", "kubernetes"])
        .env("PREFECT_API_URL", &server.url)
        .env("REEVE_HOME", server.folder.join("worker"))
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    Ok(Stage { server, deployment, namespace, worker: Worker(worker) })
}

/// What became of runs.
struct Made {
    /// From claimed to created.
    delays: Times,
    /// Jobs a second, from the first claim to the last creation.
    rate: f64,
}

impl Made {
    fn row(&self, what: String) -> Row {
        let (median, worst) = (self.delays.percentile(0.5), self.delays.percentile(0.99));
        let value = format!("{:.0}/s, {median:.0} / {worst:.0} ms", self.rate);
        Row::new(format!("{what}: Jobs created, claimed to created p50 / p99"), value)
    }
}

impl Stage<'_> {
    /// Runs due at `when(n)` seconds from now; their ids.
    async fn runs(&self, count: usize, when: impl Fn(usize) -> f64) -> Result<Vec<String>> {
        let path = format!("/deployments/{}/create_flow_run", self.deployment);
        let ids = std::cell::RefCell::new(Vec::new());
        let dues: Vec<String> = (0..count).map(|n| instant(when(n))).collect();
        let (path, ids_of, dues) = (path.as_str(), &ids, &dues);
        Times::repeated(count, LANES, |n| async move {
            let state = json!({ "type": "SCHEDULED", "state_details": { "scheduled_time": dues[n] } });
            let id = self.server.api.made(path, &json!({ "state": state })).await?;
            ids_of.borrow_mut().push(id);
            Ok(())
        })
        .await?;
        Ok(ids.into_inner())
    }

    /// Waits until the namespace has so many Jobs.
    async fn until(&self, jobs: usize) -> Result<()> {
        let began = Instant::now();
        loop {
            let found = self.namespace.jobs().await?;
            if found >= jobs {
                return Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "{found} of {jobs} Jobs were created, see worker.log");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Waits until each of the runs has its Job, and looks up when.
    async fn made(&self, runs: &[String]) -> Result<Made> {
        let before = self.namespace.known.get();
        self.until(before + runs.len()).await?;
        self.namespace.known.set(before + runs.len());
        // What is in the workers' hands is written down within a second.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let times = std::cell::RefCell::new(Vec::new());
        let times_of = &times;
        Times::repeated(runs.len(), LANES, |n| async move {
            let found = self.times(&runs[n]).await.with_context(|| format!("flow run {}", runs[n]))?;
            times_of.borrow_mut().push(found);
            Ok(())
        })
        .await?;
        let times = times.into_inner();
        let millis = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_microseconds().unwrap_or(0) as f64 / 1e3;
        let first = times.iter().map(|(claimed, _)| *claimed).min().context("no run")?;
        let last = times.iter().map(|(_, created)| *created).max().context("no run")?;
        let delays = Times::from_millis(times.iter().map(|(claimed, created)| millis(*claimed, *created)).collect());
        Ok(Made { delays, rate: times.len() as f64 / (millis(first, last) / 1e3) })
    }

    /// When the run was claimed, and when its Job was created.
    async fn times(&self, run: &str) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
        let api = &self.server.api;
        let states = api.get(&format!("/flow_run_states/?flow_run_id={run}")).await?;
        let claimed = states.as_array().into_iter().flatten().find(|state| state["name"] == "Pending");
        let lines = api.post("/logs/filter", &json!({ "logs": { "flow_run_id": { "any_": [run] } } })).await?;
        let is_created = |line: &&Value| line["message"].as_str().is_some_and(|text| text.ends_with(" created."));
        let created = lines.as_array().into_iter().flatten().find(is_created);
        let time = |of: Option<&Value>| -> Result<DateTime<Utc>> {
            let text = of.and_then(|of| of["timestamp"].as_str()).context("it has no Pending, or no Job")?;
            Ok(DateTime::parse_from_rfc3339(text)?.with_timezone(&Utc))
        };
        Ok((time(claimed)?, time(created)?))
    }
}
