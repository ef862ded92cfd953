//! `cargo xtask check`: what can be said without running anything.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::build::add_wasm_target;
use crate::run::{Run, found};
use crate::workspace::{self, WASM};

/// Crates of the server's side; one of them in the browser's program means that a layer was skipped.
const SERVER_ONLY: [&str; 11] =
    ["axum", "hyper", "k8s-openapi", "kube", "reqwest", "rustls", "server", "sqlx", "store", "tokio", "worker"];

/// Stops at the first thing that is wrong.
pub fn check() -> Result<()> {
    workspace::cargo("fmt").args(["--all", "--check"]).run()?;
    for packages in [workspace::PRODUCT, workspace::XTASK] {
        workspace::cargo("clippy").args(packages).args(["--all-targets", "--", "--deny", "warnings"]).run()?;
    }
    add_wasm_target()?;
    workspace::cargo("clippy").args(["--package", "frontend", "--target", WASM, "--", "--deny", "warnings"]).run()?;
    browser_tree()?;
    licences()
}

/// Fails when a crate of the server's side is part of the wasm build.
fn browser_tree() -> Result<()> {
    let tree = workspace::cargo("tree")
        .args(["--package", "frontend", "--target", WASM, "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .read()?;
    let found = server_only(&tree);
    ensure!(
        found.is_empty(),
        "crates of the server's side are part of the browser's program: {found:?}\n\
         (cargo tree -p frontend --target {WASM} -i CRATE says who brings one)"
    );
    println!("nothing of the server's side is in the browser's program");
    Ok(())
}

/// Which of the crates listed in `tree` (one `name version` a line) may not be there.
fn server_only(tree: &str) -> BTreeSet<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| SERVER_ONLY.iter().any(|banned| family(name, banned))).collect()
}

/// Whether `name` is `banned` itself or one of its sub-crates (`sqlx-core` of `sqlx`).
fn family(name: &str, banned: &str) -> bool {
    name.strip_prefix(banned).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn licences() -> Result<()> {
    if !found("cargo-deny") {
        println!(
            "skipped: licences and bans (deny.toml), because cargo-deny is not installed: cargo install cargo-deny"
        );
        return Ok(());
    }
    workspace::cargo("deny").args(["check", "licenses", "bans"]).run()
}

#[cfg(test)]
mod tests {
    use super::server_only;

    #[test]
    fn sub_crates_count_but_not_names_that_only_begin_alike() {
        let tree = "frontend v0.1.0 (/x)\nserver_fn v0.8.13\nsqlx-core v0.9.0\ntokio v1.54.1\nkubeless v1.0.0\n\n";
        assert_eq!(server_only(tree).into_iter().collect::<Vec<_>>(), ["sqlx-core", "tokio"]);
    }
}
