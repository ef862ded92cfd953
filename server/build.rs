//! A release build carries the dashboard's files, which `cargo xtask build --release` puts into
//! `target/site/release`. The folder must exist for a build without them to succeed as well.

use std::env::var;

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
fn main() -> std::io::Result<()> {
    let is = |name: &str, value: &str| var(name).is_ok_and(|said| said == value);
    let release = is("PROFILE", "release");
    std::fs::create_dir_all("../target/site/release/pkg")?;
    println!("cargo::rerun-if-changed=build.rs");
    if release {
        println!("cargo::rerun-if-changed=../target/site/release");
    }
    // Where Rust links with lld: functions that are the same once, and relocations as bits (glibc 2.36, Debian 12's).
    // A tenth of the binary.
    if release && is("TARGET", "x86_64-unknown-linux-gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    Ok(())
}
