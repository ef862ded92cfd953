//! `reeve server services`: the loops that run within a server.

use clap::Subcommand;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::load;
use crate::cli::output::{Output, table};
use crate::config::{Flags, SETTINGS};

#[derive(Subcommand)]
pub enum Command {
    /// List what a server with these settings does by itself
    #[command(alias = "list")]
    Ls {
        #[command(flatten)]
        output: Output,
    },
}

/// Loops that are always there.
const ALWAYS: [(&str, &str); 5] = [
    ("stuck claims", "Gives back runs that a worker claimed and never started"),
    ("triggers", "Lets automations hear events, and notice what fails to come"),
    ("automation actions", "Does what automations say"),
    ("notifications", "Sends the messages of notification policies"),
    ("event vacuum", "Deletes old events"),
];

impl Command {
    /// Runs the command.
    pub fn run(self, flags: Flags) -> Result<(), Failure> {
        let Command::Ls { output } = self;
        let found = load(flags)?.found;
        let switched =
            SETTINGS.iter().filter(|setting| setting.key.ends_with(".enabled") && setting.key != "ui.enabled");
        let mut rows: Vec<[String; 4]> = switched
            .map(|setting| {
                let name = setting.key.trim_end_matches(".enabled").replace('_', " ");
                let value = found.iter().find(|it| it.setting.key == setting.key).map(|it| it.shown());
                [name, value.unwrap_or_default(), setting.env(), setting.help.trim().to_owned()]
            })
            .collect();
        rows.extend(ALWAYS.map(|(name, what)| [name, "true", "", what].map(str::to_owned)));
        let told: Vec<_> = rows
            .iter()
            .map(|[name, enabled, variable, what]| {
                json!({ "name": name, "enabled": enabled == "true", "environment_variable": variable, "description": what })
            })
            .collect();
        output.print(&told, || table(["service", "enabled", "variable", "what it does"], rows, ""))
    }
}
