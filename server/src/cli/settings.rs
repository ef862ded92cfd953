//! `reeve config`: the settings in force, and those of Prefect's profile.

use clap::Subcommand;
use serde_json::json;

use super::ask::sure;
use super::failure::Failure;
use super::output::{Output, print_line, table};
use super::{load, profile};
use crate::config::{self, Flags, Found, Loaded, Source, profiles};

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
        /// Tell where each value comes from (that is the default)
        #[arg(long, overrides_with = "hide_sources")]
        show_sources: bool,
        /// Leave out where values come from
        #[arg(long)]
        hide_sources: bool,
        /// Mask secrets, which is always done
        #[arg(long, hide = true)]
        hide_secrets: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Set settings in the profile that is in use, which Prefect's clients read too
    #[command(after_help = "\
Examples:
  reeve config set PREFECT_API_URL=http://reeve:4200/api
  reeve --profile cluster config set PREFECT_API_URL=http://reeve.example.org/api")]
    Set {
        /// NAME=VALUE, with Prefect's names (repeatable)
        #[arg(required = true, value_name = "NAME=VALUE")]
        settings: Vec<String>,
    },
    /// Take settings out of the profile that is in use
    Unset {
        /// Prefect's names
        #[arg(required = true, value_name = "NAME")]
        setting_names: Vec<String>,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Check all settings and the profile that is in use
    Validate,
}

impl Command {
    /// Runs the command.
    pub fn run(self, flags: Flags) -> Result<(), Failure> {
        match self {
            Command::View { hide_defaults, hide_sources, output, .. } => {
                view(&load(flags)?, hide_defaults, !hide_sources, output)
            }
            Command::Set { settings } => set(&flags, &settings),
            Command::Unset { setting_names, yes } => unset(&flags, &setting_names, yes),
            Command::Validate => validate(flags),
        }
    }
}

fn view(loaded: &Loaded, hide_defaults: bool, sources: bool, output: Output) -> Result<(), Failure> {
    let shown = |found: &&Found| !hide_defaults || found.source != Source::Default;
    let found: Vec<&Found> = loaded.found.iter().filter(shown).collect();
    for warning in &loaded.warnings {
        eprintln!("warning: {warning}");
    }
    let empty = "Nothing is set; all settings have their defaults.";
    let row = |found: &&Found| [found.setting.key.to_owned(), found.shown(), found.source.to_string()];
    let rows = found.iter().map(row);
    output.print(&found.iter().map(|found| as_json(found, sources)).collect::<Vec<_>>(), || match sources {
        true => table(["setting", "value", "source"], rows, empty),
        false => table(["setting", "value"], rows.map(|[setting, value, _]| [setting, value]), empty),
    })
}

fn as_json(found: &Found, sources: bool) -> serde_json::Value {
    let mut told = json!({ "setting": found.setting.key, "value": found.shown() });
    if sources {
        told["source"] = json!(found.source.to_string());
    }
    told
}

fn set(flags: &Flags, given: &[String]) -> Result<(), Failure> {
    let mut file = profile::file(flags)?;
    let name = file.current().to_owned();
    let mut settings = file.settings(&name);
    let mut notes = Vec::new();
    for word in given {
        let (setting, value) =
            word.split_once('=').ok_or_else(|| Failure::usage(format!("{word:?} is not NAME=VALUE.")))?;
        let note = profiles::may_set(setting, value).map_err(Failure::usage)?;
        notes.extend(note);
        settings.insert(setting.to_owned(), value.to_owned());
    }
    file.put(&name, settings);
    profile::save(&mut file)?;
    notes.iter().for_each(|note| eprintln!("note: {note}"));
    for setting in given.iter().filter_map(|word| word.split('=').next()) {
        overridden(setting);
        print_line(&format!("Set {setting} in the profile {name:?}."));
    }
    Ok(())
}

fn unset(flags: &Flags, given: &[String], yes: bool) -> Result<(), Failure> {
    let mut file = profile::file(flags)?;
    let name = file.current().to_owned();
    let mut settings = file.settings(&name);
    for setting in given {
        if settings.remove(setting).is_none() {
            let next = format!("`reeve profile inspect {name}` shows what it sets.");
            return Err(Failure::missing(format!("{setting} in the profile {name:?}"), next));
        }
    }
    // As with Prefect's command: only a person is asked.
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        sure(&format!("Take {} out of the profile {name:?}?", given.join(", ")), yes, "--yes")?;
    }
    file.put(&name, settings);
    profile::save(&mut file)?;
    for setting in given {
        overridden(setting);
        print_line(&format!("Took {setting} out of the profile {name:?}."));
    }
    Ok(())
}

fn validate(flags: Flags) -> Result<(), Failure> {
    let file = profile::file(&flags)?;
    for (setting, value) in file.settings(file.current()) {
        if let Some(note) = profiles::may_set(&setting, &value).map_err(Failure::usage)? {
            eprintln!("note: {note}");
        }
    }
    let loaded = load(flags)?;
    loaded.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    print_line("All settings are valid.");
    Ok(())
}

/// Says so when a variable of this environment wins over the profile.
fn overridden(setting: &str) {
    if config::environment().contains_key(setting) {
        eprintln!("note: the variable {setting} is set as well, and wins over the profile.");
    }
}
