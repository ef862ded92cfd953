//! A release build carries the dashboard's files, which `cargo xtask build --release` puts into
//! `target/site/release`. The folder must exist for a build without them to succeed as well.

fn main() -> std::io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]
    let release = std::env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    std::fs::create_dir_all("../target/site/release/pkg")?;
    println!("cargo::rerun-if-changed=build.rs");
    if release {
        println!("cargo::rerun-if-changed=../target/site/release");
    }
    Ok(())
}
