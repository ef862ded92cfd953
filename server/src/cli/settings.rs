//! `reeve config`: the settings in force.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::output::{Output, table};
use crate::config::{Found, Loaded, Source};

#[derive(Subcommand)]
pub enum Command {
    /// Print every setting, its value and where it comes from; secrets are masked
    #[command(after_help = "\
Examples:
  reeve config view --hide-defaults     only what somebody set
  PREFECT_API_URL=http://other:4200/api reeve config view -o json")]
    View {
        /// Show settings that nobody set as well (that is the default)
        #[arg(long, overrides_with = "hide_defaults")]
        show_defaults: bool,
        /// Leave out settings that nobody set
        #[arg(long)]
        hide_defaults: bool,
        #[command(flatten)]
        output: Output,
    },
}

impl Command {
    /// Runs the command.
    pub fn run(self, loaded: &Loaded) -> Result<(), Failure> {
        let Command::View { hide_defaults, output, .. } = self;
        let shown = |found: &&Found| !hide_defaults || found.source != Source::Default;
        let found: Vec<&Found> = loaded.found.iter().filter(shown).collect();
        for warning in &loaded.warnings {
            eprintln!("warning: {warning}");
        }
        let rows = found.iter().map(|found| [found.setting.key.to_owned(), found.shown(), found.source.to_string()]);
        output.print(&found.iter().map(|found| as_json(found)).collect::<Vec<_>>(), || {
            table(["setting", "value", "source"], rows, "Nothing is set; all settings have their defaults.")
        })
    }
}

fn as_json(found: &Found) -> serde_json::Value {
    json!({ "setting": found.setting.key, "value": found.shown(), "source": found.source.to_string() })
}
