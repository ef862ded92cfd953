//! Runs as child processes of the worker.

mod child;
mod command;
mod control;
mod directory;
mod orphan;
mod reading;

use std::collections::VecDeque;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::output::{ERROR, WARNING, WORKER};
use crate::render::{Configuration, ProcessJob};
use crate::run::{Begin, Run};
use crate::settle::{Ending, is_left_behind};
use crate::submit::not_submitted;

use child::{Printed, Process, meaning};
use command::{Program, Pythons};
use control::Control;
use directory::Directory;
use reading::{Progress, Reading, TAIL};

pub(crate) use orphan::look_after;

/// From SIGTERM to SIGKILL when the worker itself has to go.
const ABORT_GRACE: Duration = Duration::from_secs(2);

/// Where runs of a process pool are carried out.
#[derive(Default)]
pub(crate) struct Processes {
    pythons: Pythons,
}

impl Processes {
    /// Carries the run out once.
    pub(crate) async fn execute(&self, run: &Run, attempt: i64) -> Ending {
        let prepared = async {
            let job = Configuration::of(run, attempt).await?.process_job(&run.worker.settings.environment)?;
            let directory = Directory::of(run, &job)?;
            let program = self.program(run, &job, &directory).await?;
            Ok((job, directory, program))
        };
        let (mut job, directory, program) = match prepared.await {
            Ok(prepared) => prepared,
            Err(why) => return refused(run, why).await,
        };
        if run.is_plain() {
            match run.begin().await {
                Ok(Begin::Yes) => {}
                Ok(Begin::No) => return Ending::Superseded,
                Err(trouble) => return Ending::Over(not_submitted(trouble)),
            }
        } else if run.cancelled.is_cancelled() {
            return Ending::Superseded;
        }
        let control = if run.is_plain() { None } else { Control::open(&run.worker.tracker).await.ok() };
        job.env.extend(control.iter().flat_map(Control::environment));
        match Process::start(&program, &job.env, directory.path()) {
            Ok((process, printed)) => {
                run.worker.active.has_started(run.id());
                accompany(run, &job, process, printed, control).await
            }
            Err(error) => refused(run, format!("{} cannot be started: {error}", program.file.display())).await,
        }
    }

    async fn program(&self, run: &Run, job: &ProcessJob, directory: &Directory) -> Result<Program, String> {
        match &job.command {
            Some(command) => command::program(command, &job.env, directory.path()),
            None if run.is_plain() => Err("the deployment has neither an entrypoint nor a command: set one of them \
                 (`command` is a job variable)"
                .to_owned()),
            None => self.pythons.engine(&job.env, directory.path()).await,
        }
    }
}

async fn refused(run: &Run, why: String) -> Ending {
    run.say(ERROR, format!("The run cannot be started: {why}.")).await;
    Ending::Over(not_submitted(why))
}

/// Why nobody waits for the child any more.
enum Wait {
    Exited(std::io::Result<ExitStatus>),
    Cancelled,
    Aborted,
}

/// Stays with the child until it has ended, by itself or by our hand.
async fn accompany(
    run: &Run,
    job: &ProcessJob,
    mut process: Process,
    printed: Printed,
    mut control: Option<Control>,
) -> Ending {
    let tail = Mutex::new(VecDeque::with_capacity(TAIL));
    let progress = Progress::default();
    let mut reading = Reading::of(run, job, printed, &tail, &progress);
    let pid = format!("{}:{}", host(), process.id());
    reading.along(run.set_infrastructure_pid(&pid)).await;
    let wait = reading
        .along(async {
            tokio::select! {
                status = process.wait() => Wait::Exited(status),
                () = run.cancelled.cancelled() => Wait::Cancelled,
                () = run.worker.abort.cancelled() => Wait::Aborted,
            }
        })
        .await;
    match wait {
        Wait::Exited(status) => {
            reading.finish().await;
            drop(reading);
            exited(run, status, tail.into_inner()).await
        }
        Wait::Cancelled => {
            run.say(WARNING, format!("Process {} is being ended: the run was cancelled.", process.id())).await;
            if let Some(control) = &mut control {
                reading.along(control.announce_cancellation()).await;
            }
            let how = reading.along(process.end(run.worker.settings.cancel_grace())).await;
            reading.finish().await;
            Ending::Cancelled(how)
        }
        Wait::Aborted => {
            let how = reading.along(process.end(ABORT_GRACE)).await;
            reading.finish().await;
            Ending::Over(format!("The worker was stopped while the run was under way. {how}"))
        }
    }
}

async fn exited(run: &Run, status: std::io::Result<ExitStatus>, tail: VecDeque<String>) -> Ending {
    let status = match status {
        Ok(status) => status,
        Err(error) => return Ending::Over(format!("The process could not be waited for: {error}")),
    };
    if run.is_plain() {
        return if status.success() { Ending::Completed } else { Ending::Failed(meaning("Command", status)) };
    }
    if status.success() {
        return Ending::Over("The flow's process ended well, but the run never reported its end.".to_owned());
    }
    let mut reason = format!("{} The run had not reported its end.", meaning("The flow's process", status));
    // Most flows that fail have said so themselves; only for the others the last lines matter.
    if matches!(run.read().await, Ok(Some(found)) if is_left_behind(&found)) {
        if let Some(last) = tail.iter().rev().find(|line| !line.trim().is_empty()) {
            reason.push_str(&format!(" Last line: {}", last.trim().chars().take(300).collect::<String>()));
        }
        for line in tail {
            run.log.write(WORKER, ERROR, line, None).await;
        }
    }
    Ending::Over(reason)
}

/// This machine's name, the first part of a process's `infrastructure_pid`.
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
