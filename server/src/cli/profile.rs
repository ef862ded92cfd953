//! `reeve profile`: named sets of settings, in the file that Prefect's clients keep theirs in.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::output::{Output, print_line, table};
use super::session;
use crate::config::profiles::BUILT_IN;
use crate::config::{self, Flags, Profiles, SETTINGS};

#[derive(Subcommand)]
pub enum Command {
    /// List the profiles; * is the one in use
    Ls {
        #[command(flatten)]
        output: Output,
    },
    /// Make a profile
    Create {
        /// Its name
        name: String,
        /// Begin with what this one sets
        #[arg(long, value_name = "PROFILE")]
        from: Option<String>,
    },
    /// Use a profile from now on, and see whether its server answers
    Use {
        /// Its name
        name: String,
    },
    /// Show what a profile sets; secrets are masked
    Inspect {
        /// Its name; without it, the one in use
        name: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Give a profile another name
    Rename {
        /// Its name
        name: String,
        /// The new one
        new_name: String,
    },
    /// Delete a profile
    Delete {
        /// Its name
        name: String,
    },
    /// Write the profile `local`, which stands for a server on this machine
    PopulateDefaults,
}

/// The file of profiles.
pub fn file(flags: &Flags) -> Result<Profiles, Failure> {
    let next = "set HOME, PREFECT_HOME or PREFECT_PROFILES_PATH.";
    config::profiles(flags)?
        .ok_or_else(|| Failure::usage("It is not known where the profiles are: there is no home.").then(next))
}

/// Writes the file; the first profile is chosen.
pub fn save(file: &mut Profiles) -> Result<(), Failure> {
    if file.chosen().is_none() {
        let current = file.current().to_owned();
        file.choose(&current);
    }
    file.save().map_err(|why| Failure::new(format!("{} cannot be written: {why}.", file.file().display())))
}

impl Command {
    /// Runs the command.
    pub async fn run(self, flags: Flags) -> Result<(), Failure> {
        let mut file = file(&flags)?;
        match self {
            Command::Ls { output } => ls(&file, output),
            Command::Create { name, from } => create(&mut file, &name, from.as_deref()),
            Command::Use { name } => choose(&mut file, &name, flags).await,
            Command::Inspect { name, output } => inspect(&file, name.as_deref(), output),
            Command::Rename { name, new_name } => rename(&mut file, &name, &new_name),
            Command::Delete { name } => delete(&mut file, &name),
            Command::PopulateDefaults => populate(&mut file),
        }
    }
}

fn known(file: &Profiles, name: &str) -> Result<(), Failure> {
    if file.has(name) {
        return Ok(());
    }
    Err(Failure::missing(
        format!("profile {name:?}"),
        "`reeve profile ls` lists them; `reeve profile create` makes one.",
    ))
}

fn is_new(file: &Profiles, name: &str) -> Result<(), Failure> {
    if !file.names().contains(&name) {
        return Ok(());
    }
    let next = format!("choose another name, or delete it: reeve profile delete {name}");
    Err(Failure::new(format!("There is a profile {name:?} already.")).then(next))
}

fn ls(file: &Profiles, output: Output) -> Result<(), Failure> {
    let mut names = file.names();
    if !names.contains(&file.current()) {
        names.push(file.current());
    }
    let active = |name: &str| name == file.current();
    let told: Vec<Value> = names.iter().map(|name| json!({ "name": name, "active": active(name) })).collect();
    output.print(&told, || {
        let rows = names.iter().map(|name| {
            let mark = if active(name) { "*" } else { "" };
            let settings = file.settings(name).len();
            [mark.to_owned(), (*name).to_owned(), settings.to_string()]
        });
        table(["", "profile", "settings"], rows, "")
    })
}

fn create(file: &mut Profiles, name: &str, from: Option<&str>) -> Result<(), Failure> {
    is_new(file, name)?;
    let settings = match from {
        Some(from) => {
            known(file, from)?;
            file.settings(from)
        }
        None => BTreeMap::new(),
    };
    file.put(name, settings);
    save(file)?;
    print_line(&format!("Made the profile {name:?}; `reeve profile use {name}` puts it to use."));
    Ok(())
}

async fn choose(file: &mut Profiles, name: &str, flags: Flags) -> Result<(), Failure> {
    known(file, name)?;
    file.choose(name);
    save(file)?;
    print_line(&format!("The profile {name:?} is in use."));
    let session = session::open(flags.profile(Some(name.to_owned())))?;
    let url = &session.config.api_url;
    match session.client.fetch::<Value>("/health").await {
        Ok(_) => print_line(&format!("The server at {url} answers.")),
        Err(error) => eprintln!("note: the server at {url} does not answer: {error}."),
    }
    Ok(())
}

/// A value that may be shown: a secret's, and a password in an address, are masked.
fn masked(name: &str, text: &str) -> String {
    match SETTINGS.iter().find(|setting| setting.prefect.contains(&name)) {
        Some(setting) if setting.secret => "********".to_owned(),
        Some(setting) => (setting.show)(text).unwrap_or_else(|_| "(not valid)".to_owned()),
        None if ["KEY", "PASSWORD", "SECRET", "TOKEN", "AUTH"].iter().any(|word| name.contains(word)) => {
            "********".to_owned()
        }
        None => text.to_owned(),
    }
}

fn inspect(file: &Profiles, name: Option<&str>, output: Output) -> Result<(), Failure> {
    let name = name.unwrap_or(file.current());
    known(file, name)?;
    let settings = file.settings(name);
    let shown: Map<String, Value> =
        settings.iter().map(|(key, text)| (key.clone(), json!(masked(key, text)))).collect();
    output.print(&shown, || {
        let rows = settings.iter().map(|(key, text)| [key.clone(), masked(key, text)]);
        table(["setting", "value"], rows, &format!("The profile {name:?} sets nothing."))
    })
}

fn rename(file: &mut Profiles, name: &str, new_name: &str) -> Result<(), Failure> {
    known(file, name)?;
    is_new(file, new_name)?;
    let settings = file.settings(name);
    file.put(new_name, settings);
    file.remove(name);
    if file.chosen() == Some(name) {
        file.choose(new_name);
    }
    save(file)?;
    if config::environment().get("PREFECT_PROFILE").is_some_and(|set| set == name) {
        eprintln!("note: the variable PREFECT_PROFILE still says {name:?}.");
    }
    print_line(&format!("The profile {name:?} is now {new_name:?}."));
    Ok(())
}

fn delete(file: &mut Profiles, name: &str) -> Result<(), Failure> {
    if !file.names().contains(&name) {
        return Err(Failure::missing(format!("profile {name:?}"), "`reeve profile ls` lists them."));
    }
    if file.current() == name {
        let next = "use another one first: reeve profile use NAME";
        return Err(Failure::new(format!("The profile {name:?} is in use.")).then(next));
    }
    file.remove(name);
    save(file)?;
    print_line(&format!("Deleted the profile {name:?}."));
    Ok(())
}

fn populate(file: &mut Profiles) -> Result<(), Failure> {
    if file.names().contains(&BUILT_IN) {
        print_line(&format!("{} has the profile {BUILT_IN:?} already.", file.file().display()));
        return Ok(());
    }
    let settings = [("PREFECT_API_URL".to_owned(), "http://127.0.0.1:4200/api".to_owned())];
    file.put(BUILT_IN, settings.into());
    save(file)?;
    print_line(&format!("Wrote the profile {BUILT_IN:?} to {}.", file.file().display()));
    Ok(())
}
