//! The suite with the real Prefect clients, each major in a Python environment of its own that is made
//! once and kept in the cache.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::report::Outcome;
use super::summary::counted;
use crate::build::Built;
use crate::run::{Run, found};
use crate::{install, workspace};

/// A client to test against: name of its environment, what pip installs, Prefect's version in it.
struct Client {
    name: &'static str,
    packages: &'static [&'static str],
    version: &'static str,
}

/// FastAPI and SQLAlchemy are held back because Prefect 3.8.8's own server, which the client starts in
/// some tests, does not work with what pip would choose today.
const CLIENTS: [Client; 2] = [
    Client { name: "prefect2", packages: &["prefect==2.20.26"], version: "2.20.26" },
    Client { name: "prefect3", packages: &["prefect==3.8.8", "fastapi==0.139.0", "sqlalchemy<2.1"], version: "3.8.8" },
];

/// What drives the suite, in an environment apart so that it meets no package of Prefect's.
const RUNNER: Client = Client { name: "pytest", packages: &["pytest==9.2.0", "pytest-xdist==3.8.0"], version: "9.2.0" };

/// Runs `end2end/compat` with both clients and, when there is a PostgreSQL, the essential part on it as well, or all.
pub fn run(built: &Built, filter: Option<&str>, database: Option<&str>, every_database: bool) -> Result<Outcome> {
    let mut pytest = match suite("compat", built, filter) {
        Ok(pytest) => pytest,
        Err(error) => return Ok(Outcome::skipped(format!("{error:#}"))),
    };
    if let Some(url) = database {
        pytest.env("REEVE_TEST_DATABASE_URL", url);
    }
    // Python's clients wait for most of the time: three at once, each with servers of its own.
    pytest.args(["--numprocesses=3", "--dist=worksteal"]);
    if every_database {
        pytest.arg("--every-database");
    }
    counted(&mut pytest)
}

/// Prepares a pytest run of a folder of `end2end`. The suite finds the binary in `REEVE_BIN` and the clients as
/// [`clients`] says. An error says which Python environment could not be made and why.
pub fn suite(folder: &str, built: &Built, filter: Option<&str>) -> Result<Command> {
    let mut pytest = python(built)?;
    pytest.args(["-m", "pytest", "--color=no", "-ra", "-p", "no:cacheprovider", folder]);
    if let Some(filter) = filter {
        pytest.args(["-k", filter]);
    }
    clients(&mut pytest)?;
    Ok(pytest)
}

/// The Python of the suites, in `end2end`, which finds the binary.
pub fn python(built: &Built) -> Result<Command> {
    let mut python = Command::new(made(&RUNNER)?.join("bin/python"));
    python.current_dir(workspace::end2end()).env("REEVE_BIN", &built.binary).env("REEVE_SITE_DIR", &built.site);
    Ok(python)
}

/// Makes the environments of both clients and names their folders to `program`, as `REEVE_PREFECT2` and
/// `REEVE_PREFECT3`.
pub fn clients(program: &mut Command) -> Result<()> {
    for client in &CLIENTS {
        program.env(format!("REEVE_{}", client.name.to_uppercase()), made(client)?);
    }
    Ok(())
}

fn made(client: &Client) -> Result<PathBuf> {
    environment(client).with_context(|| format!("no Python environment for {}", client.name))
}

/// The folder of the environment with exactly the client's packages, made when it is not there yet.
fn environment(client: &Client) -> Result<PathBuf> {
    let dir = workspace::cache()?.join(client.name);
    let (made_of, wanted) = (dir.join("made-of"), client.packages.join("\n"));
    let is_there = version(&dir, client.packages).as_deref() == Some(client.version);
    if is_there && std::fs::read_to_string(&made_of).ok().as_ref() == Some(&wanted) {
        return Ok(dir);
    }
    install_python()?;
    println!("making {} with {}", dir.display(), client.packages.join(" "));
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    Command::new("python3").args(["-m", "venv"]).arg(&dir).run_quietly()?;
    Command::new(dir.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(client.packages)
        .run_quietly()?;
    let made = version(&dir, client.packages).context("it does not start")?;
    anyhow::ensure!(made == client.version, "pip installed {made}");
    std::fs::write(made_of, wanted)?;
    Ok(dir)
}

/// The version of the first package in the environment; None when there is no such environment.
fn version(dir: &Path, packages: &[&str]) -> Option<String> {
    let name = packages.first()?.split("==").next()?;
    let code = format!("import importlib.metadata as m; print(m.version('{name}'))");
    let output = Command::new(dir.join("bin/python")).args(["-c", &code]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Debian splits what a virtual environment needs off its Python.
fn install_python() -> Result<()> {
    let works = found("python3")
        && Command::new("python3")
            .args(["-c", "import ensurepip, venv"])
            .output()
            .is_ok_and(|ran| ran.status.success());
    if works { Ok(()) } else { install::debian(&["python3", "python3-venv"]) }
}
