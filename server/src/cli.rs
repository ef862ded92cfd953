//! The command line: Prefect's words and flags, one file for each noun.
//!
//! `server` and `worker` start something that goes on; all other commands are clients of the API, like
//! the dashboard. Answers go to standard output (tables, or JSON with `-o json`), everything else to
//! standard error. Exit codes: 0 done, 1 failed, 2 wrong usage or a wrong setting.

mod arguments;
mod ask;
mod automation;
mod block;
mod browser;
mod deploy;
mod deployment;
mod drift;
mod elsewhere;
mod event;
mod failure;
mod flow_run;
mod init;
mod limits;
mod lists;
mod manual;
mod output;
mod permissions;
mod profile;
#[cfg(test)]
mod published;
mod result_storage;
mod rows;
mod server;
mod session;
mod settings;
mod variable;
mod words;
mod work_pool;
mod work_queue;
mod worker;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ContextKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::{self, Flags, Loaded};
use failure::Failure;

const EXAMPLES: &str = "\
Examples:
  reeve server start                              the server, on http://127.0.0.1:4200
  reeve server start --demo                       the same with something to look at
  reeve work-pool create my-pool --type process
  reeve worker start --pool my-pool               runs what is due in that pool
  reeve deployment run my-flow/my-deployment --param n=3 --watch
  reeve flow-run logs RUN_ID --follow
  reeve deploy --all                              registers the deployments of ./prefect.yaml

Settings come from flags, REEVE_* and PREFECT_* variables, and a TOML file: `reeve config view` shows them.";

/// Reeve: a workflow server for Prefect clients, with workers and a dashboard
#[derive(Parser)]
#[command(name = "reeve", version, after_help = EXAMPLES, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, infer_subcommands = false, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes.
#[derive(Args, Default)]
struct Global {
    /// The API to talk to [env: REEVE_API_URL, PREFECT_API_URL]
    #[arg(long, global = true, value_name = "URL")]
    api_url: Option<String>,
    /// A TOML file with settings [env: REEVE_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The profile to take settings from [env: PREFECT_PROFILE]
    #[arg(short = 'p', long, value_name = "NAME")]
    profile: Option<String>,
    /// Ask nothing. Taken for scripts that were written for prefect: without a terminal nothing is asked anyway
    #[arg(long, hide = true)]
    no_prompt: bool,
    /// Taken for scripts that were written for prefect
    #[arg(long, hide = true, conflicts_with = "no_prompt")]
    prompt: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server: API, dashboard, scheduler and database
    #[command(subcommand)]
    Server(server::Command),
    /// Run a worker that takes due runs from a work pool
    #[command(subcommand, alias = "workers")]
    Worker(worker::Command),
    /// Work pools: where runs wait for workers
    #[command(subcommand, name = "work-pool", alias = "work-pools")]
    WorkPool(work_pool::Command),
    /// Register the deployments of a prefect.yaml, without Python
    Deploy(Box<deploy::Command>),
    /// Start a prefect.yaml for the flows of this directory
    Init(init::Command),
    /// Deployments: flows that are ready to run, with their schedules
    #[command(subcommand, alias = "deployments")]
    Deployment(deployment::Command),
    /// Flow runs: look at them, follow them, cancel them
    #[command(subcommand, name = "flow-run", alias = "flow-runs")]
    FlowRun(flow_run::Command),
    /// The queues of work pools
    #[command(subcommand, name = "work-queue", alias = "work-queues")]
    WorkQueue(work_queue::Command),
    /// Flows
    #[command(subcommand, alias = "flows")]
    Flow(lists::Flow),
    /// Task runs: look at them
    #[command(subcommand, name = "task-run", alias = "task-runs")]
    TaskRun(lists::TaskRun),
    /// Variables: values that deployments and flows refer to
    #[command(subcommand, alias = "variables")]
    Variable(variable::Command),
    /// Limits that flows and tasks of any kind hold to
    #[command(
        subcommand,
        name = "global-concurrency-limit",
        visible_alias = "gcl",
        alias = "global-concurrency-limits"
    )]
    Global(limits::Global),
    /// Limits of tasks with a tag
    #[command(subcommand, name = "concurrency-limit", alias = "concurrency-limits")]
    OfTag(limits::OfTag),
    /// Automations: what is done when something happens
    #[command(subcommand, alias = "automations")]
    Automation(automation::Command),
    /// What is no longer as its file says: take the file's state again, or keep what there is
    #[command(subcommand)]
    Drift(drift::Command),
    /// Artifacts: what runs leave for people
    #[command(subcommand, alias = "artifacts")]
    Artifact(lists::Artifact),
    /// Blocks: settings and secrets that flows load by name
    #[command(subcommand, alias = "blocks")]
    Block(block::Command),
    /// Events: listen to them, tell one
    #[command(subcommand, alias = "events")]
    Event(event::Command),
    Api(lists::Api),
    /// What Prefect 3 calls experimental: where results go
    #[command(subcommand)]
    Experimental(result_storage::Experimental),
    /// The dashboard
    #[command(subcommand)]
    Dashboard(browser::Dashboard),
    /// Profiles: named sets of settings, in the file that Prefect's clients keep theirs in
    #[command(subcommand, alias = "profiles")]
    Profile(profile::Command),
    /// The settings in force
    #[command(subcommand)]
    Config(settings::Command),
    /// Print versions: this program's, the Prefect clients' it answers to, and the server's
    Version {
        /// Accepted for the sake of scripts: there are no integrations to tell of
        #[arg(long, hide = true)]
        omit_integrations: bool,
    },
    Completions(manual::Completions),
    Man(manual::Man),
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(failure) => return failure.report(),
    };
    // The server spends its time waiting; a thread for each of many cores would only cost memory.
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(16)
        .thread_keep_alive(Duration::from_secs(5))
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(run(cli));
            // What is still there was given its time: child processes end with the tasks that hold them.
            runtime.shutdown_timeout(Duration::from_millis(500));
            done
        }
        Err(error) => Err(Failure::new(format!("The system refuses threads: {error}."))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// The command line of this process. Help and mistakes that clap finds end the process here.
fn parsed() -> Result<Cli, Failure> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let texts: Vec<String> = given.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let mut root = Cli::command();
    root.build();
    let words = words::of(&root, &texts);
    if let Some(failure) = elsewhere::verb(&words.bare) {
        return Err(failure);
    }
    // Words that are no text stay what they are, unless others were moved.
    let line = match words.line == texts {
        true => given,
        false => given.into_iter().take(1).chain(words.line.iter().map(Into::into)).collect(),
    };
    Cli::try_parse_from(line).map_err(|error| {
        let unknown = error.get(ContextKind::InvalidArg).map(ToString::to_string);
        unknown.and_then(|flag| elsewhere::flag(&words.bare, &flag)).unwrap_or_else(|| error.exit())
    })
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let flags =
        Flags::of_file(cli.global.config).profile(cli.global.profile).set("api.url", "--api-url", cli.global.api_url);
    match cli.command {
        Command::Server(command) => command.run(flags).await,
        Command::Worker(command) => command.run(flags).await,
        Command::WorkPool(command) => command.run(&session::open(flags)?).await,
        Command::Deploy(command) => command.run(&session::open(flags)?, config::environment()).await,
        Command::Init(command) => command.run(),
        Command::Deployment(command) => command.run(&session::open(flags)?).await,
        Command::FlowRun(command) => command.run(&session::open(flags)?).await,
        Command::WorkQueue(command) => command.run(&session::open(flags)?).await,
        Command::Flow(command) => command.run(&session::open(flags)?).await,
        Command::TaskRun(command) => command.run(&session::open(flags)?).await,
        Command::Variable(command) => command.run(&session::open(flags)?).await,
        Command::Global(command) => command.run(&session::open(flags)?).await,
        Command::OfTag(command) => command.run(&session::open(flags)?).await,
        Command::Automation(command) => command.run(&session::open(flags)?).await,
        Command::Drift(command) => command.run(&session::open(flags)?).await,
        Command::Artifact(command) => command.run(&session::open(flags)?).await,
        Command::Block(command) => command.run(&session::open(flags)?).await,
        Command::Event(command) => command.run(&session::open(flags)?).await,
        Command::Experimental(command) => command.run(&session::open(flags)?).await,
        Command::Dashboard(command) => command.run(&session::open(flags)?),
        Command::Profile(command) => command.run(flags).await,
        Command::Api(api) => api.run(&session::open(flags)?).await,
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
        Command::Config(command) => command.run(flags),
        Command::Version { .. } => session::version(flags).await,
    }
}

/// The settings, with their warnings on standard error.
fn load(flags: Flags) -> Result<Loaded, Failure> {
    config::load(flags).map_err(Failure::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SETTINGS;

    #[test]
    fn the_command_line_fits_together() {
        Cli::command().debug_assert();
    }

    /// Help that promises a variable which nothing reads would be worse than none.
    #[test]
    fn variables_in_the_help_exist() {
        let known: Vec<String> = SETTINGS
            .iter()
            .flat_map(|setting| setting.prefect.iter().map(|name| (*name).to_owned()).chain([setting.env()]))
            .chain(["REEVE_CONFIG".to_owned(), "PREFECT_PROFILE".to_owned()])
            .collect();
        let mut commands = vec![Cli::command()];
        let mut seen = 0;
        while let Some(command) = commands.pop() {
            for help in command.get_arguments().filter_map(|argument| argument.get_help()) {
                let help = help.to_string();
                let Some((_, names)) = help.split_once("[env: ") else { continue };
                for name in names.trim_end_matches(']').split(", ") {
                    let name = name.split('=').next().unwrap_or_default();
                    assert!(known.iter().any(|known| known == name), "{name} in {help:?}");
                    seen += 1;
                }
            }
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(seen > 8, "{seen}");
    }
}
