//! Completions, manual pages, and the program under prefect's name.

use super::command;

#[test]
fn shells_and_manuals_are_told_of_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |words: &[&str]| command(folder.path(), words, &[]).output().expect("it can be started");
    let bash = String::from_utf8(run(&["completions", "bash"]).stdout).expect("utf-8");
    assert!(bash.contains("_reeve()") && bash.contains("--prefect-file"), "{}", &bash[..200.min(bash.len())]);
    assert!(run(&["man", "."]).status.success());
    let page = std::fs::read_to_string(folder.path().join("reeve-deploy.1")).expect("a page");
    assert!(page.contains("prune"), "{page}");
}

#[cfg(unix)]
#[test]
fn under_the_name_of_prefect_it_does_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("prefect");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_reeve"), &link).expect("a link");
    let run = |words: &[&str]| {
        std::process::Command::new(&link).args(words).current_dir(folder.path()).output().expect("it starts")
    };
    let help = String::from_utf8(run(&["deploy", "--help"]).stdout).expect("utf-8");
    assert!(help.contains("Usage: prefect deploy"), "{help}");
    let none = run(&["--no-prompt", "deploy", "--all"]);
    let said = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(none.status.code() == Some(2) && said.contains("prefect.yaml: it cannot be read"), "{said}");
}
