//! `reeve event stream`: what happens is printed as it happens.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{Server, command, with_env};

/// A stream that is being read, line by line.
struct Stream {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Stream {
    fn open(env: &[(&str, &str)], words: &[&str]) -> Stream {
        let home = tempfile::tempdir().expect("a folder");
        let mut command = command(home.path(), &[&["event", "stream"], words].concat(), env);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it can be started");
        let out = child.stdout.take().expect("a pipe");
        let (tell, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)))
        });
        Stream { child, lines }
    }

    /// The next line; meanwhile something happens again and again, since nobody knows when the stream is open.
    fn next(&self, mut happens: impl FnMut()) -> String {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < Duration::from_secs(20), "nothing is told");
            happens();
            if let Ok(line) = self.lines.recv_timeout(Duration::from_millis(300)) {
                return line;
            }
        }
    }
}

impl Stream {
    /// Passes lines over until one that ends so.
    fn until(&self, end: &str, mut happens: impl FnMut()) {
        while !self.next(&mut happens).ends_with(end) {}
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn events_are_printed_as_they_happen_and_after_a_break() {
    let home = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:///{}", home.path().join("reeve.db").display());
    let settings = [("REEVE_DATABASE_URL", url.as_str()), ("REEVE_SERVER_AUTH_STRING", "admin:pw")];
    let server = Server::start(&["--no-ui"], &settings);
    let port = server.port();
    let api = format!("http://127.0.0.1:{port}/api");
    let env = [("PREFECT_API_URL", api.as_str()), ("PREFECT_API_AUTH_STRING", "admin:pw")];
    let emit = |name: &str| {
        let done = with_env(&["event", "emit", name, "--resource-id", "r"], &env);
        assert_eq!(done.code, 0, "{}", done.err);
    };
    let stream = Stream::open(&env, &["--event", "shop.*", "--event", "exact", "--format", "text"]);
    let line = stream.next(|| {
        emit("other.thing");
        emit("exact.not");
        emit("shop.opened");
    });
    assert!(line.ends_with(" shop.opened r"), "{line}");
    stream.until(" exact r", || emit("exact"));
    server.stop("KILL");
    let _again = Server::start(&["--no-ui", "--port", &port], &settings);
    stream.until(" shop.reopened r", || emit("shop.reopened"));
    let wrong = [env[0], ("PREFECT_API_AUTH_STRING", "admin:no")];
    let done = with_env(&["event", "stream", "--run-once"], &wrong);
    assert!(done.code == 1 && done.err.contains("PREFECT_API_AUTH_STRING"), "{}", done.err);
}

#[test]
fn one_event_ends_a_stream_that_wants_one() {
    let server = Server::start(&["--no-ui"], &[]);
    let mut stream = Stream::open(&server.env(), &["--run-once"]);
    let line = stream.next(|| drop(with_env(&["variable", "set", "a", "1", "--overwrite"], &server.env())));
    let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert!(event["event"].as_str().is_some_and(|name| name.starts_with("prefect.variable.")), "{event}");
    assert!(stream.child.wait().expect("it ends").success());
}
