//! What needs a Kubernetes API server. Ours is built once from Debian's source package and kept in the
//! cache; as root it has a node on which pods really run, else it is a control plane alone.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::postgres;
use super::python;
use super::report::Outcome;
use super::summary::counted;
use crate::build::Built;
use crate::install;
use crate::run::{Run, found};
use crate::workspace;

/// Runs the worker's tests on a cluster, where pods run, and `end2end/cluster`. They find the cluster in
/// `REEVE_TEST_KUBECONFIG`, and where pods run, the address at which they reach this machine in
/// `REEVE_TEST_KUBERNETES_HOST`. `REEVE_TEST_CLUSTER` is the script with which it may break a cluster that is ours.
pub fn run(built: &Built, filter: Option<&str>) -> Result<Outcome> {
    let mut pytest = match python::suite("cluster", built, filter) {
        Ok(pytest) => pytest,
        Err(error) => return Ok(Outcome::skipped(format!("{error:#}"))),
    };
    let (cluster, mut notes) = match Cluster::get() {
        Ok(found) => found,
        Err(error) => return Ok(Outcome::skipped(format!("no cluster: {error:#}"))),
    };
    cluster.tell(&mut pytest);
    let mut outcome = Outcome::default();
    if cluster.host.is_some() {
        let mut worker = workspace::cargo("test");
        worker.args(workspace::PRODUCT).args(["--test", "cluster", "--", "--test-threads=2"]).args(filter);
        outcome += counted(worker.env("REEVE_TEST_KUBECONFIG", &cluster.kubeconfig))?;
        notes.extend(prepare_installations(&mut pytest).err().map(|why| format!("no chart was tried: {why:#}")));
    }
    outcome += counted(&mut pytest)?;
    outcome.notes.append(&mut notes);
    Ok(outcome)
}

/// What the tests of `deploy/` need besides a cluster with pods: a builder of images with what makes its base, a
/// registry, a PostgreSQL to make an image of, and Helm and a kubectl of today, whose folder they find in
/// `REEVE_TEST_TOOLS`.
fn prepare_installations(pytest: &mut Command) -> Result<()> {
    install::debian(&["buildah", "debootstrap", "docker-registry"])?;
    postgres::programs()?;
    pytest.env("REEVE_TEST_TOOLS", script("tools.sh").read()?.trim());
    Ok(())
}

/// Plays the faults of docs/kubernetes-faults.md with these arguments for `end2end/cluster/faults`.
pub fn faults(built: &Built, args: &[String]) -> Result<()> {
    let (cluster, notes) = Cluster::get()?;
    anyhow::ensure!(cluster.host.is_some(), "no pod can run on this cluster: {}", notes.join(", "));
    let mut python = python::python(built)?;
    cluster.tell(&mut python);
    python.current_dir(workspace::end2end().join("cluster")).args(["-m", "faults"]).args(args).run()
}

/// A cluster to test with; dropping it stops it when we started it.
pub struct Cluster {
    kubeconfig: PathBuf,
    /// Address of this machine for pods; None when no pod can run.
    host: Option<String>,
    ours: bool,
}

impl Cluster {
    /// Says to a program where the cluster is, in the variables of [`run`].
    pub fn tell(&self, program: &mut Command) {
        program.env("REEVE_TEST_KUBECONFIG", &self.kubeconfig).env("REEVE_KUBERNETES_SLOT", SLOT);
        if let Some(host) = &self.host {
            program.env("REEVE_TEST_KUBERNETES_HOST", host);
        }
        if self.ours {
            program.env("REEVE_TEST_CLUSTER", script("cluster.sh").get_program());
        }
    }

    /// The one of `REEVE_TEST_KUBECONFIG`, else our own with a node, else without; notes say which.
    fn get() -> Result<(Self, Vec<String>)> {
        if let Some(cluster) = Self::given() {
            return Ok((cluster, vec!["on the cluster of REEVE_TEST_KUBECONFIG".into()]));
        }
        can_build()?;
        match Self::start(&[]) {
            Ok(cluster) => Ok((cluster, Vec::new())),
            Err(error) => {
                let why = format!("no pods ran, the cluster has no node: {error:#}");
                println!("{why}");
                Ok((Self::start(&["--control-plane-only"])?, vec![why]))
            }
        }
    }

    /// The one of `REEVE_TEST_KUBECONFIG`, else our own without a node.
    pub fn control_plane() -> Result<Self> {
        if let Some(cluster) = Self::given() {
            return Ok(cluster);
        }
        can_build()?;
        Self::start(&["--control-plane-only"])
    }

    fn given() -> Option<Self> {
        let kubeconfig = workspace::env("REEVE_TEST_KUBECONFIG")?.into();
        let host = workspace::env("REEVE_TEST_KUBERNETES_HOST").map(|host| host.to_string_lossy().into_owned());
        Some(Cluster { kubeconfig, host, ours: false })
    }

    fn start(mode: &[&str]) -> Result<Self> {
        script("build.sh").args(mode).run()?;
        // What a run that was killed may have left.
        script("cluster.sh").arg("down").run()?;
        // From here on there may be something to stop, even if `up` fails half-way.
        let mut cluster = Cluster { kubeconfig: PathBuf::new(), host: None, ours: true };
        script("cluster.sh").arg("up").args(mode).run()?;
        cluster.kubeconfig = script("cluster.sh").arg("kubeconfig").read()?.trim().into();
        if mode.is_empty() {
            cluster.host = Some(script("cluster.sh").arg("host").read()?.trim().to_owned());
            script("image.sh").arg("busybox").run().context("the test image")?;
        }
        Ok(cluster)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let stopped = if self.ours { script("cluster.sh").arg("down").run() } else { Ok(()) };
        if let Err(error) = stopped {
            eprintln!("could not stop the cluster: {error:#}");
        }
    }
}

fn can_build() -> Result<()> {
    anyhow::ensure!(found("apt-get"), "ours is built from Debian packages; set REEVE_TEST_KUBECONFIG");
    Ok(())
}

/// Our cluster is apart from the one that somebody may have up for himself, which has slot 0.
const SLOT: &str = "1";

/// A script of `end2end/kubernetes`.
fn script(name: &str) -> Command {
    let mut command = Command::new(workspace::end2end().join("kubernetes").join(name));
    command.env("REEVE_KUBERNETES_SLOT", SLOT);
    command
}
