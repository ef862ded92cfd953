//! A server under test: one that is started here and ended again, with a folder of its own.

use std::ffi::OsString;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::api::Api;

/// How to start a server, and how to tell it apart.
pub struct Make {
    pub name: &'static str,
    pub major: u8,
    program: PathBuf,
}

/// A server that is up.
pub struct Server {
    pub name: &'static str,
    pub major: u8,
    pub api: Api,
    /// `http://…/api`.
    pub url: String,
    pub folder: PathBuf,
    child: Child,
}

impl Make {
    /// The binary in `REEVE_BIN`, and the environments in `REEVE_PREFECT2` and `REEVE_PREFECT3`, those that
    /// are set.
    pub fn all() -> Vec<Make> {
        let known = [
            ("Reeve", 3, "REEVE_BIN"),
            ("Prefect 2.20.26", 2, "REEVE_PREFECT2"),
            ("Prefect 3.8.8", 3, "REEVE_PREFECT3"),
        ];
        let made = known.into_iter().filter_map(|(name, major, variable)| {
            let path = PathBuf::from(environment(variable)?);
            let program = if name == "Reeve" { path } else { path.join("bin/prefect") };
            Some(Make { name, major, program })
        });
        made.collect()
    }

    /// Its command line.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Starts it on a spare port over `database`, everything else in `folder`; with it the seconds until the
    /// first healthy answer.
    pub async fn start(&self, folder: &Path, database: Option<&str>) -> Result<(Server, f64)> {
        self.start_with(folder, database, &[]).await
    }

    /// The same with settings of Prefect's names in its environment.
    pub async fn start_with(
        &self,
        folder: &Path,
        database: Option<&str>,
        settings: &[(&str, &str)],
    ) -> Result<(Server, f64)> {
        std::fs::create_dir_all(folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = File::options().create(true).append(true).open(folder.join("server.log"))?;
        let mut command = Command::new(&self.program);
        command.args(["server", "start", "--host", "127.0.0.1", "--port", &port.to_string()]);
        command.envs(settings.iter().copied());
        command.env("REEVE_HOME", folder).env("PREFECT_HOME", folder);
        command.env("PREFECT_SERVER_ANALYTICS_ENABLED", "false").env("PREFECT_LOGGING_SERVER_LEVEL", "ERROR");
        match database {
            Some(url) if self.name == "Reeve" => command.env("PREFECT_API_DATABASE_CONNECTION_URL", url),
            Some(url) => {
                command.env("PREFECT_API_DATABASE_CONNECTION_URL", url.replace("postgres://", "postgresql+asyncpg://"))
            }
            None => &mut command,
        };
        command.env("PREFECT_UI_API_URL", format!("http://127.0.0.1:{port}/api"));
        let began = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let url = format!("http://127.0.0.1:{port}/api");
        let agent = if self.major == 2 { "prefect/2.20.26 (API 0.8.4)" } else { "prefect/3.8.8 (API 0.8.4)" };
        let api = Api::new(&url, agent)?;
        let mut server = Server { name: self.name, major: self.major, api, url, folder: folder.to_owned(), child };
        while server.api.get("/health").await.is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{} ended with {status}, see {}", self.name, folder.join("server.log").display());
            }
            if began.elapsed() > Duration::from_secs(180) {
                bail!("{} does not answer", self.name);
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        Ok((server, began.elapsed().as_secs_f64()))
    }
}

impl Server {
    /// Resident memory of its processes, in MB of 10⁶ bytes.
    pub fn resident_mb(&self) -> f64 {
        memory_mb(self.child.id(), "VmRSS")
    }

    /// CPU time of its processes so far, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let ticks = |pid: u32| -> Option<f64> {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
        };
        // Linux counts in hundredths of a second, whatever its own clock does.
        family(self.child.id()).into_iter().filter_map(ticks).sum::<f64>() / 100.0
    }

    /// Asks it to end and waits.
    pub async fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status().context("kill")?;
        for _ in 0..300 {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    /// An error on the way must not leave it behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Memory of a process and all that descend from it, in MB of 10⁶ bytes: `VmRSS` is what is resident now, `VmHWM` the
/// most that ever was.
pub fn memory_mb(pid: u32, which: &str) -> f64 {
    let kb = |pid: u32| -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find(|line| line.starts_with(which))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    family(pid).into_iter().filter_map(kb).sum::<f64>() * 1024.0 / 1e6
}

/// The process and all that descend from it.
fn family(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        found.extend(children.split_whitespace().filter_map(|pid| pid.parse().ok()).flat_map(family));
    }
    found
}

/// A variable of the environment that is not empty.
#[expect(clippy::disallowed_methods, reason = "the one place where the generator reads its environment")]
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
