//! Recorded terminal sessions: each command of a session gives what stands below it.
//!
//! `REEVE_WRITE_SESSIONS=1` writes down what the commands give now. In what is expected, `[..]` is anything within a line.

use std::path::Path;

use super::{Server, command};

/// Plays a session against a server of its own, in a folder of its own.
fn play(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sessions").join(name);
    let recorded = std::fs::read_to_string(&path).expect("a session");
    let server = Server::start(&["--no-ui"], &[]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut played = String::new();
    for block in recorded.split("\n$ ") {
        let line = block.trim_start_matches("$ ").lines().next().unwrap_or_default();
        let words = domain::job_template::split_command(line).expect("words");
        let output = match words[0].as_str() {
            "reeve" => {
                let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
                command(folder.path(), &words, &server.env()).output()
            }
            program => std::process::Command::new(program).args(&words[1..]).current_dir(folder.path()).output(),
        };
        let output = output.expect("it can be started");
        played += &format!(
            "$ {line}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        match output.status.code() {
            Some(0) => {}
            code => played += &format!("? {}\n", code.unwrap_or(-1)),
        }
        played += "\n";
    }
    // Where the server and the folder are is different each time.
    let played = played.replace(server.env()[0].1.trim_end_matches("/api"), "http://server");
    let played = played.replace(&folder.path().display().to_string(), "~");
    let plain = plainer(played.trim_end());
    #[expect(clippy::disallowed_methods, reason = "only whoever writes a session sets it")]
    if std::env::var_os("REEVE_WRITE_SESSIONS").is_some() {
        std::fs::write(&path, format!("{plain}\n")).expect("it can be written");
        return;
    }
    assert_eq!(plain, plainer(recorded.trim_end()), "{name}");
}

/// Ids and times are different each time.
fn plainer(text: &str) -> String {
    let words = |line: &str| {
        line.split(' ')
            .map(|word| if differs(word) { "[..]".to_owned() } else { word.to_owned() })
            .collect::<Vec<_>>()
            .join(" ")
    };
    // What is typed stays as it is.
    let plain = |line: &str| if line.starts_with("$ ") { line.to_owned() } else { words(line.trim_end()) };
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

fn differs(word: &str) -> bool {
    let core = word.trim_matches(|c: char| "\",;()'".contains(c));
    let is_id = core.len() == 36 && core.matches('-').count() == 4;
    let is_time = core.len() > 18 && core.starts_with("20") && core.contains('T') && core.contains(':');
    is_id || is_time
}

#[test]
fn variables() {
    play("variables.txt");
}

#[test]
fn limits() {
    play("limits.txt");
}

#[test]
fn queues() {
    play("queues.txt");
}

#[test]
fn automations_and_lists() {
    play("automations.txt");
}

#[test]
fn schedules() {
    play("schedules.txt");
}

#[test]
fn blocks() {
    play("blocks.txt");
}

#[test]
fn events() {
    play("events.txt");
}

#[test]
fn profiles() {
    play("profiles.txt");
}

#[test]
fn server_and_database() {
    play("server.txt");
}

#[test]
fn slots_storage_and_queues_of_all_pools() {
    play("queues_more.txt");
}
