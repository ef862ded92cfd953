//! Running `reeve` in an environment of its own.

mod apply;
mod database_gone;
mod deploy;
mod drift;
mod event_stream;
mod killed;
mod killed_automations;
mod manual_pages;
mod sessions;
#[cfg(unix)]
mod steps;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What a command that ended left behind.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `reeve` to its end.
pub fn reeve(arguments: &[&str]) -> Done {
    with_env(arguments, &[])
}

/// Runs `reeve` to its end with these variables and no others that could be settings.
pub fn with_env(arguments: &[&str], env: &[(&str, &str)]) -> Done {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = command(home.path(), arguments, env).output().expect("it can be started");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("utf-8");
    Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn command(home: &std::path::Path, arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeve"));
    command.args(arguments).env_clear().envs(env.iter().copied()).env("HOME", home).current_dir(home);
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").stdin(Stdio::null());
    command
}

/// A running server on a free port with a database of its own; ends with this value.
pub struct Server {
    child: Child,
    /// Ends in `/api`.
    api: String,
    log: std::thread::JoinHandle<String>,
    _home: tempfile::TempDir,
}

impl Server {
    /// Starts `reeve server start --port 0` and waits until it says that it is up.
    pub fn start(arguments: &[&str], env: &[(&str, &str)]) -> Server {
        let home = tempfile::tempdir().expect("a temporary folder");
        let port: &[&str] = if arguments.contains(&"--port") { &[] } else { &["--port", "0"] };
        let arguments = [&["server", "start"], port, arguments].concat();
        let mut child = command(home.path(), &arguments, env)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let (found, api) = std::sync::mpsc::channel();
        let (out, err) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let told = found.clone();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| tell(&told, &line))
        });
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                tell(&found, &line);
                log += &(line + "\n");
            }
            log
        });
        match api.recv_timeout(Duration::from_secs(20)) {
            Ok(api) => Server { child, api, log, _home: home },
            Err(_) => {
                let _ = child.kill();
                panic!("it did not start: {}", log.join().unwrap_or_default());
            }
        }
    }

    /// Variables that lead a command to this server.
    pub fn env(&self) -> Vec<(&str, &str)> {
        vec![("PREFECT_API_URL", self.api.as_str())]
    }

    /// The port it listens at.
    pub fn port(&self) -> String {
        self.address().rsplit(':').next().unwrap_or_default().to_owned()
    }

    fn address(&self) -> &str {
        self.api.trim_start_matches("http://").trim_end_matches("/api")
    }

    /// An open connection.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).expect("it listens")
    }

    /// The body that `GET path` answers.
    pub fn get(&self, path: &str) -> String {
        self.ask("GET", path, "").1
    }

    /// Head and body of an answer.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> (String, String) {
        let mut stream = self.connect();
        let (host, length) = (self.address(), body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}");
        let head = format!("{head}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{body}");
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("utf-8");
        answer.split_once("\r\n\r\n").map(|(head, body)| (head.to_owned(), body.to_owned())).unwrap_or_default()
    }

    /// Sends the signal and waits; the exit code and everything it logged.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().expect("kill is there");
        assert!(sent.success());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(15) {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                let log = std::mem::replace(&mut self.log, std::thread::spawn(String::new));
                return (status.code(), log.join().expect("the reader ends with its pipe"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end");
    }
}

/// Passes the API's address on when the line tells it, as text or in JSON.
fn tell(found: &std::sync::mpsc::Sender<String>, line: &str) {
    let word = line.split([' ', '"']).find(|word| word.starts_with("http://") && word.ends_with("/api"));
    if let Some(api) = word {
        // Err means that somebody has heard it already and went on.
        let _ = found.send(api.to_owned());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
