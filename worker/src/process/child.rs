//! A child process in a group of its own: started, read, ended.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::BufReader;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::command::Program;
use crate::output::Lines;

/// How long the group may take to vanish after SIGKILL.
const VANISH: Duration = Duration::from_secs(5);
/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// A running child, the first of its process group.
pub(crate) struct Process {
    child: Child,
    group: Pid,
}

/// What a child prints.
pub(crate) struct Printed {
    pub(crate) stdout: Lines<BufReader<ChildStdout>>,
    pub(crate) stderr: Lines<BufReader<ChildStderr>>,
}

impl Process {
    /// Starts `program` in `dir` with exactly the variables of `env`.
    pub(crate) fn start(
        program: &Program,
        env: &BTreeMap<String, String>,
        dir: &Path,
    ) -> std::io::Result<(Process, Printed)> {
        let mut command = Command::new(&program.file);
        command.args(&program.arguments).env_clear().envs(env).current_dir(dir);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (Some(group), Some(stdout), Some(stderr)) = (group, child.stdout.take(), child.stderr.take()) else {
            return Err(std::io::Error::other("the child has no id or no pipes"));
        };
        let printed =
            Printed { stdout: Lines::new(BufReader::new(stdout)), stderr: Lines::new(BufReader::new(stderr)) };
        Ok((Process { child, group }, printed))
    }

    /// The process id, which is the group's as well.
    pub(crate) fn id(&self) -> i32 {
        self.group.as_raw_nonzero().get()
    }

    /// Waits for the child's end.
    pub(crate) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends the whole group: SIGTERM, up to `grace` of patience, SIGKILL. Says what it took.
    pub(crate) async fn end(&mut self, grace: Duration) -> String {
        let started = Instant::now();
        let id = self.id();
        let mut how = "SIGTERM";
        self.signal(Signal::TERM);
        if !self.gone_within(grace).await {
            how = "SIGKILL";
            self.signal(Signal::KILL);
            if !self.gone_within(VANISH).await {
                return format!("Process {id} was sent SIGKILL, but its group has not vanished.");
            }
        }
        format!("Process {id} ended {:.1} s after the first signal, by {how}.", started.elapsed().as_secs_f64())
    }

    /// Sends a signal to the group. An error means that nobody is left in it.
    fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.group, signal);
    }

    /// True once the child and everybody it started are gone. Waiting for the child also collects it.
    async fn gone_within(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            // A child that was collected before answers at once.
            let _ = tokio::time::timeout(LOOK, self.child.wait()).await;
            if group_is_gone(self.group) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// True when nobody in the group can do anything any more. Members that have ended but that nobody has
/// collected (a container without an init process never collects them) do not count.
pub(crate) fn group_is_gone(group: Pid) -> bool {
    test_kill_process_group(group).is_err() || only_zombies(group).unwrap_or(false)
}

/// Reads `/proc`; `None` where there is none.
fn only_zombies(group: Pid) -> Option<bool> {
    let wanted = group.as_raw_nonzero().get().to_string();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // `pid (name) state ppid pgrp …`; the name may hold blanks and brackets.
        let mut fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
        let state = fields.next();
        if fields.nth(1) == Some(&wanted) && !matches!(state, Some("Z" | "X")) {
            return Some(false);
        }
    }
    Some(true)
}

/// What an exit status means, in a sentence about `who`.
pub(crate) fn meaning(who: &str, status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("{who} exited with status {code}."),
        (None, Some(signal)) => format!("{who} was ended by signal {}{}.", signal_name(signal), hint(signal)),
        (None, None) => format!("{who} ended without a status."),
    }
}

fn signal_name(signal: i32) -> String {
    let known = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return signal.to_string(),
    };
    format!("{signal} ({known})")
}

fn hint(signal: i32) -> &'static str {
    match signal {
        9 => "; often the system does that when memory runs out",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        let program = Program { file: "/bin/sh".into(), arguments: vec!["-c".to_owned(), script.to_owned()] };
        let env = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        Process::start(&program, &env, Path::new("/")).expect("a shell").0
    }

    #[tokio::test]
    async fn a_group_is_ended_with_all_who_belong_to_it() {
        let mut process = shell("sleep 60 & sleep 60");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let how = process.end(Duration::from_secs(10)).await;
        assert!(how.ends_with("by SIGTERM."), "{how}");
        assert!(group_is_gone(process.group));
    }

    #[tokio::test]
    async fn who_ignores_sigterm_is_killed() {
        let mut process = shell("trap '' TERM; while :; do sleep 0.1; done");
        tokio::time::sleep(Duration::from_millis(200)).await;
        let how = process.end(Duration::from_millis(300)).await;
        assert!(how.ends_with("by SIGKILL."), "{how}");
        assert!(group_is_gone(process.group));
    }

    #[test]
    fn statuses_become_sentences() {
        let cases = [
            (3 << 8, "Command exited with status 3."),
            (15, "Command was ended by signal 15 (SIGTERM)."),
            (9, "Command was ended by signal 9 (SIGKILL); often the system does that when memory runs out."),
            (63, "Command was ended by signal 63."),
        ];
        for (raw, sentence) in cases {
            assert_eq!(meaning("Command", ExitStatus::from_raw(raw)), sentence);
        }
    }
}
