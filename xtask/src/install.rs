//! Debian packages, for those who run us as root on a fresh machine (as CI does).

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{Run, found};

/// Makes sure that the Debian packages are installed. Without root, or elsewhere than on Debian, the error
/// says what to install; daemons that come with a package are not started.
pub fn debian(packages: &[&str]) -> Result<()> {
    if !found("apt-get") {
        bail!("not a Debian machine; install what these Debian packages hold: {}", packages.join(" "));
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if Command::new("id").arg("-u").read()?.trim() != "0" {
        bail!("not run as root, so please: apt-get install {}", missing.join(" "));
    }
    println!("installing {}", missing.join(" "));
    if apt_install(&missing).is_err() {
        // A fresh machine has no package lists yet, an old one has stale ones.
        Command::new("apt-get").args(["--quiet=2", "update"]).run_quietly().context("apt-get update failed")?;
        apt_install(&missing)?;
    }
    Ok(())
}

fn installed(package: &str) -> bool {
    let state = Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Abbrev}", package]).output();
    state.is_ok_and(|output| output.stdout.starts_with(b"ii"))
}

fn apt_install(packages: &[&str]) -> Result<()> {
    Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("RUNLEVEL", "1") // invoke-rc.d then starts no service
        .args(["install", "--yes", "--quiet=2", "--no-install-recommends"])
        .args(packages)
        .run_quietly()
}
