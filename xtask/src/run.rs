//! Running other programs: each call says what it runs, and an error names the program, its
//! arguments, how it ended and, when it is missing, how to get it.

use std::io::{BufRead, BufReader, ErrorKind, PipeReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// What xtask does with a prepared [`Command`].
pub trait Run {
    /// Runs it with our own stdin, stdout and stderr; an exit code other than 0 is an error.
    fn run(&mut self) -> Result<()>;

    /// Runs it and returns what it wrote to stdout; its stderr passes through.
    fn read(&mut self) -> Result<String>;

    /// Runs it in silence; an error carries what it wrote to stdout and stderr.
    fn run_quietly(&mut self) -> Result<()>;

    /// Runs it and hands every line of stdout and stderr to `each`, printing it as it comes.
    fn tee(&mut self, each: impl FnMut(&str)) -> Result<ExitStatus>;
}

impl Run for Command {
    fn run(&mut self) -> Result<()> {
        eprintln!("$ {}", shown(self));
        let status = self.status().map_err(|error| explain(self, error))?;
        ended(self, status)
    }

    fn read(&mut self) -> Result<String> {
        let output = self.stderr(Stdio::inherit()).output().map_err(|error| explain(self, error))?;
        ended(self, output.status)?;
        String::from_utf8(output.stdout).with_context(|| format!("`{}` wrote no UTF-8", shown(self)))
    }

    fn run_quietly(&mut self) -> Result<()> {
        let output = self.stdin(Stdio::null()).output().map_err(|error| explain(self, error))?;
        let said = [output.stdout, output.stderr].concat();
        ended(self, output.status).with_context(|| String::from_utf8_lossy(&said).trim().to_owned())
    }

    fn tee(&mut self, mut each: impl FnMut(&str)) -> Result<ExitStatus> {
        eprintln!("$ {}", shown(self));
        let (reader, writer) = std::io::pipe()?;
        self.stdout(writer.try_clone()?).stderr(writer);
        let mut child = self.spawn().map_err(|error| explain(self, error))?;
        // The command keeps its ends of the pipe; without this the reader would never see the end.
        self.stdout(Stdio::null()).stderr(Stdio::null());
        let lines = lines_of(reader);
        loop {
            match lines.recv_timeout(Duration::from_secs(1)) {
                Ok(line) => {
                    println!("{line}");
                    each(&line);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                // It has ended, but something it left behind holds the pipe open: do not wait for that.
                Err(RecvTimeoutError::Timeout) if child.try_wait()?.is_some() => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Ok(child.wait()?)
    }
}

/// The lines that come out of the pipe, read by a thread of their own.
fn lines_of(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(std::io::Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Whether a program of this name can be started, i.e. is a file in one of the folders of `PATH`
/// or of the two where Debian keeps administrators' programs.
pub fn found(program: &str) -> bool {
    let path = crate::workspace::env("PATH").unwrap_or_default();
    let admin = ["/usr/sbin".into(), "/sbin".into()];
    std::env::split_paths(&path).chain(admin).any(|dir| dir.join(program).is_file())
}

/// The command as one would type it (arguments with blanks in quotes).
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    std::iter::once(program.file_name().unwrap_or(program.as_os_str()))
        .chain(command.get_args())
        .map(|word| {
            let word = word.to_string_lossy();
            if word.contains(char::is_whitespace) { format!("'{word}'") } else { word.into_owned() }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn ended(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

fn explain(command: &Command, error: std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy().into_owned();
    if error.kind() != ErrorKind::NotFound {
        return anyhow::Error::new(error).context(format!("could not start `{}`", shown(command)));
    }
    match how_to_get(&program) {
        Some(how) => anyhow::anyhow!("`{program}` is not installed: {how}"),
        None => anyhow::anyhow!("`{program}` was not found (wanted for `{}`)", shown(command)),
    }
}

/// How to get a program that cannot be installed from here, in one sentence.
pub fn how_to_get(program: &str) -> Option<&'static str> {
    Some(match program {
        "node" | "npm" | "npx" => {
            "install Node.js 20 or later with npm (Debian 12's own Node.js is too old for the tests; \
             nodejs.org has packages)"
        }
        "rustup" | "cargo" | "rustc" => "install Rust with rustup (rustup.rs), version 1.95 or later",
        "python3" => "apt-get install python3 python3-venv",
        "apt-get" => "this is not a Debian machine; see the README for what to install by hand",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Run, shown};
    use std::process::Command;
    use std::time::{Duration, Instant};

    fn sh(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_handed_on_line_by_line() {
        let mut seen = Vec::new();
        let status = sh("echo one; echo two >&2; printf three; exit 3").tee(|line| seen.push(line.to_owned()));
        assert_eq!(status.ok().and_then(|status| status.code()), Some(3));
        assert_eq!(seen, ["one", "two", "three"]);
    }

    #[test]
    fn a_process_left_behind_is_not_waited_for() {
        let started = Instant::now();
        assert!(sh("sleep 30 & echo done").tee(|_| {}).is_ok_and(|status| status.success()));
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn errors_name_the_program_and_what_it_said() {
        let failed = sh("echo broken; exit 1").run_quietly().map_err(|error| format!("{error:#}")).unwrap_err();
        assert!(failed.contains("broken") && failed.contains("sh -c 'echo broken; exit 1'"), "{failed}");
        let missing = Command::new("no-such-program").run().map_err(|error| error.to_string()).unwrap_err();
        assert_eq!(missing, "`no-such-program` was not found (wanted for `no-such-program`)");
        assert_eq!(shown(Command::new("/usr/bin/npm").arg("ci")), "npm ci");
    }
}
