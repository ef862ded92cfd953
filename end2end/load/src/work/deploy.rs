//! Registering the deployments of a `prefect.yaml`: our command line beside those of the real clients, all of them against
//! our server.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{Row, unique};
use crate::server::{Make, Server, memory_mb};

/// How often one deployment is registered; the middle one counts.
const ROUNDS: usize = 3;

/// Between two looks at a client's memory.
const LOOK: Duration = Duration::from_millis(1);

const FLOWS: &str =
    "from prefect import flow\n\n\n@flow\ndef etl(day: str = 'today', limit: int = 3):\n    \"\"\"Loads a day.\"\"\"\n";

/// What a client took: seconds until its end, and the most memory that was resident, which is `ru_maxrss`.
struct Took {
    seconds: f64,
    peak_mb: f64,
}

/// One deployment and a hundred with each client, and a thousand with ours: new ones, then the same again.
pub async fn measure(server: &Server) -> Result<Vec<Row>> {
    let pool = unique("deploy");
    server.api.post("/work_pools/", &json!({ "name": pool, "type": "process" })).await?;
    let mut rows = Vec::new();
    for client in Make::all() {
        let ours = client.name == "Reeve";
        for count in [1, 100, 1000] {
            if count == 1000 && !ours {
                continue;
            }
            let folder = tempfile::tempdir()?;
            write(folder.path(), &pool, count)?;
            let new = several(&client, server, folder.path(), if count == 1 { ROUNDS } else { 1 })?;
            let again = run(&client, server, folder.path())?;
            let what = format!("{}: {count} new, wall time and peak memory", client.name);
            rows.push(Row::new(what, new.told()));
            rows.push(Row::new("… the same again", again.told()));
        }
    }
    Ok(rows)
}

impl Took {
    fn told(&self) -> String {
        format!("{:.3} s, {:.0} MB", self.seconds, self.peak_mb)
    }
}

fn write(folder: &Path, pool: &str, count: usize) -> Result<()> {
    std::fs::write(folder.join("flows.py"), FLOWS)?;
    let mut file = format!("pull: []\ndefinitions:\n  pool: &pool\n    name: {pool}\ndeployments:\n");
    for n in 0..count {
        file += &format!(
            "- name: d{n}\n  entrypoint: flows.py:etl\n  version: '1'\n  tags: [load]\n  parameters: {{limit: {n}}}\n  \
             schedules:\n  - cron: '0 9 * * *'\n    active: false\n  work_pool: *pool\n"
        );
    }
    Ok(std::fs::write(folder.join("prefect.yaml"), file)?)
}

/// The middle one of some runs. Each finds other names, so that all is new to it.
fn several(client: &Make, server: &Server, folder: &Path, rounds: usize) -> Result<Took> {
    let flows = folder.join("flows.py");
    let mut all = Vec::new();
    for _ in 0..rounds {
        let name = unique("etl");
        std::fs::write(&flows, FLOWS.replace("@flow\n", &format!("@flow(name='{name}')\n")))?;
        all.push(run(client, server, folder)?);
    }
    all.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    Ok(all.swap_remove(rounds / 2))
}

fn run(client: &Make, server: &Server, folder: &Path) -> Result<Took> {
    let mut command = Command::new(client.program());
    if client.name != "Reeve" {
        command.arg("--no-prompt");
    }
    command.args(["deploy", "--all"]).current_dir(folder);
    command.env("PREFECT_API_URL", &server.url).env("PREFECT_HOME", folder.join("home")).env("HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn()?;
    let mut peak_mb = 0.0_f64;
    let status = loop {
        peak_mb = peak_mb.max(memory_mb(child.id(), "VmHWM"));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let seconds = began.elapsed().as_secs_f64();
    ensure!(status.success(), "{} deploy ended with {status}", client.name);
    Ok(Took { seconds, peak_mb })
}
