//! A PostgreSQL for one test run: its own cluster in a temporary folder, without fsync, gone afterwards.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::install;
use crate::run::Run;

/// Who runs the server when we are root, since PostgreSQL refuses to run as root.
const USER: &str = "nobody";

/// A running server; dropping it stops it and removes its files.
pub struct Postgres {
    server: Child,
    url: String,
    _dir: TempDir,
}

impl Postgres {
    /// Starts a server on a free loopback port; installs PostgreSQL first when it is missing and we may.
    pub fn start() -> Result<Self> {
        let programs = programs()?;
        let dir = tempfile::Builder::new().prefix("reeve-postgres-").tempdir()?;
        let account = Account::choose(dir.path())?;
        let data = dir.path().join("data");
        account
            .command(&programs.join("initdb"))
            .args(["--auth=trust", "--username=reeve", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"])
            .arg(&data)
            .run_quietly()
            .context("initdb")?;
        let port = free_port()?;
        let server = account
            .command(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(settings(dir.path(), port))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dir.path().join("log"))?)
            .spawn()
            .context("postgres")?;
        let mut postgres = Postgres { server, url: format!("postgres://reeve@127.0.0.1:{port}/postgres"), _dir: dir };
        postgres.wait_until_ready(&programs, port)?;
        println!("{}", postgres.url);
        Ok(postgres)
    }

    /// `postgres://reeve@127.0.0.1:PORT/postgres`; its user may create databases.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&mut self, programs: &Path, port: u16) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut ready = Command::new(programs.join("pg_isready"));
        ready.args(["--quiet", "--host=127.0.0.1", &format!("--port={port}")]);
        while !ready.status().context("pg_isready")?.success() {
            if self.server.try_wait()?.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(self._dir.path().join("log")).unwrap_or_default();
                bail!("PostgreSQL did not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGQUIT is PostgreSQL's "at once"; nobody needs what is in there.
        let _ = Command::new("sh").args(["-c", &format!("kill -QUIT {}", self.server.id())]).status();
        let _ = self.server.wait();
    }
}

/// The account under which the server's programs run.
enum Account {
    Ours,
    Unprivileged,
}

impl Account {
    /// Ours, or another one to which `dir` is then given.
    fn choose(dir: &Path) -> Result<Self> {
        let number = |flag: &str, user: &str| -> Result<u32> {
            Ok(Command::new("id").args([flag, user]).read()?.trim().parse()?)
        };
        if Command::new("id").arg("-u").read()?.trim() != "0" {
            return Ok(Account::Ours);
        }
        chown(dir, Some(number("-u", USER)?), Some(number("-g", USER)?))?;
        Ok(Account::Unprivileged)
    }

    /// A call that ends with us, even when we are killed.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if let Account::Unprivileged = self {
            command.args(["--reuid", USER, "--regid", "nogroup", "--clear-groups", "--reset-env"]);
        }
        command.arg(program);
        command
    }
}

/// The folder with `initdb` and `postgres`: of the newest version that Debian has installed.
pub fn programs() -> Result<PathBuf> {
    if let Some(dir) = newest() {
        return Ok(dir);
    }
    install::debian(&["postgresql"])?;
    newest().context("no /usr/lib/postgresql/*/bin/initdb after installing postgresql")
}

fn newest() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let number = |name: &OsStr| name.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| number(&entry.file_name())).max()?;
    let dir = PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"));
    dir.join("initdb").is_file().then_some(dir)
}

/// Fast rather than safe, and room for many tests at once, each with its own pool.
fn settings(dir: &Path, port: u16) -> Vec<String> {
    let socket = format!("unix_socket_directories={}", dir.display());
    let port = format!("port={port}");
    ["listen_addresses=127.0.0.1", &port, &socket, "fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        .into_iter()
        .chain(["max_connections=400", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0"])
        .flat_map(|setting| ["-c".to_owned(), setting.to_owned()])
        .collect()
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
