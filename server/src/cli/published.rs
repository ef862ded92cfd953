//! Prefect's two command lines, word by word, against this one.

use std::collections::BTreeSet;

use clap::CommandFactory;

use super::{Cli, elsewhere};

/// The command at the end of these words, if there is one.
fn command(root: &clap::Command, words: &str) -> Option<clap::Command> {
    words.split(' ').try_fold(root.clone(), |command, word| command.find_subcommand(word).cloned())
}

/// Whether a command takes the flag, or has an argument of that name.
fn takes(command: &clap::Command, flag: &str) -> bool {
    let long = flag.strip_prefix("--");
    let name = long.unwrap_or_default().replace('-', "_");
    command.get_arguments().any(|it| {
        let short = flag.chars().nth(1).filter(|_| long.is_none());
        let longs = it.get_all_aliases().unwrap_or_default().into_iter().chain(it.get_long());
        let shorts = it.get_all_short_aliases().unwrap_or_default().into_iter().chain(it.get_short());
        let value = it.get_value_names().and_then(|names| names.first()).map(|name| name.to_lowercase());
        let is_named = it.is_positional() && (it.get_id() == name.as_str() || value.as_deref() == Some(&name));
        longs.into_iter().any(|it| Some(it) == long) || shorts.into_iter().any(|it| Some(it) == short) || is_named
    })
}

/// Every verb of Prefect's two command lines, with every flag, is here or among those that say why not.
#[test]
fn what_prefect_says_is_understood_or_explained() {
    let mut root = Cli::command();
    root.build();
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    let published = include_str!("../../tests/published/commands.txt");
    for line in published.lines().filter(|line| line.contains(" | ")) {
        let parts: Vec<&str> = line.split(" | ").collect();
        let (verb, flags) = (parts[0], parts.get(2).copied().unwrap_or_default());
        let words: Vec<String> = verb.split(' ').map(str::to_owned).collect();
        match (elsewhere::verb(&words).is_some(), command(&root, verb)) {
            (true, _) => {}
            (false, None) => wrong.push(verb.to_owned()),
            (false, Some(command)) => {
                for flag in flags.split(' ').filter(|flag| !flag.is_empty()) {
                    // Two letters that `words` knows.
                    let flag = if flag == "-jv" { "--job-variable" } else { flag };
                    let why = elsewhere::flag(&words, flag).is_some();
                    if why {
                        used.insert((verb, flag));
                    }
                    if takes(&command, flag) == why {
                        wrong.push(format!("{verb} {flag}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "neither here nor explained, or both:\n{}", wrong.join("\n"));
    assert_eq!(used.len(), elsewhere::FLAGS.len(), "flags are explained that nobody has");
}
