//! The words of a command line before they are parsed: which command they mean, and arguments given by their names.
//!
//! Prefect 3 takes every argument as a flag of its name as well: `prefect flow-run inspect --id RUN`. Here they are put
//! where arguments stand, so that no command has to know of it.

use clap::{Arg, Command};

/// A command line that was looked through.
pub struct Words {
    /// The words to parse.
    pub line: Vec<String>,
    /// Those that are no flags and no values of flags, in their order.
    pub bare: Vec<String>,
}

/// Looks through the words after the program's name. `root` is the whole command line.
pub fn of(root: &Command, words: &[String]) -> Words {
    let mut walk = Walk { command: root, kept: Vec::new(), bare: Vec::new(), arguments: Vec::new(), named: Vec::new() };
    let mut rest = words.iter().cloned();
    while let Some(word) = rest.next() {
        if word == "--" {
            walk.arguments.extend(rest.by_ref());
            break;
        }
        walk.take(word, &mut rest);
    }
    if walk.named.is_empty() {
        let line = words.iter().map(|word| if word == "-jv" { "--job-variable" } else { word }.to_owned()).collect();
        return Words { line, bare: walk.bare };
    }
    let line = walk.joined();
    Words { line, bare: walk.bare }
}

struct Walk<'c> {
    command: &'c Command,
    kept: Vec<String>,
    bare: Vec<String>,
    arguments: Vec<String>,
    /// Arguments given by their names, with their places from 1.
    named: Vec<(usize, String)>,
}

impl Walk<'_> {
    fn take(&mut self, word: String, rest: &mut impl Iterator<Item = String>) {
        // Prefect's own short word, of two letters.
        let word = if word == "-jv" { "--job-variable".to_owned() } else { word };
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            match (self.flag(name), self.argument(name)) {
                (None, Some(place)) => {
                    let value = value.map(str::to_owned).or_else(|| rest.next());
                    self.named.extend(value.map(|value| (place, value)));
                }
                (flag, _) => {
                    let takes_next = value.is_none() && flag.is_some_and(takes_a_word);
                    self.kept.push(word);
                    self.kept.extend(takes_next.then(|| rest.next()).flatten());
                }
            }
            return;
        }
        if word.len() > 1 && word.starts_with('-') {
            let letter = word.chars().nth(1);
            let flag = self.command.get_arguments().find(|flag| flag.get_short() == letter);
            let takes_next = word.len() == 2 && flag.is_some_and(takes_a_word);
            self.kept.push(word);
            self.kept.extend(takes_next.then(|| rest.next()).flatten());
            return;
        }
        match self.command.find_subcommand(&word).filter(|_| self.arguments.is_empty()) {
            Some(command) => {
                self.command = command;
                self.bare.push(command.get_name().to_owned());
                self.kept.push(word);
            }
            None => {
                self.bare.push(word.clone());
                self.arguments.push(word);
            }
        }
    }

    fn flag(&self, name: &str) -> Option<&Arg> {
        let is_it = |flag: &&Arg| {
            flag.get_long() == Some(name) || flag.get_all_aliases().is_some_and(|aliases| aliases.contains(&name))
        };
        self.command.get_arguments().find(is_it)
    }

    /// The place of the argument of that name.
    fn argument(&self, name: &str) -> Option<usize> {
        let name = name.replace('-', "_");
        let found = self.command.get_positionals().find(|argument| {
            let shown = argument.get_value_names().and_then(|names| names.first()).map(|it| it.to_lowercase());
            argument.get_id().as_str() == name || shown.is_some_and(|shown| shown == name)
        })?;
        found.get_index().or(Some(1))
    }

    /// Named arguments at their places, the others around them.
    fn joined(&mut self) -> Vec<String> {
        self.named.sort_by_key(|(place, _)| *place);
        let mut others = std::mem::take(&mut self.arguments).into_iter();
        let mut arguments = Vec::new();
        for (place, value) in std::mem::take(&mut self.named) {
            while arguments.len() + 1 < place {
                let Some(other) = others.next() else { break };
                arguments.push(other);
            }
            arguments.push(value);
        }
        arguments.extend(others);
        let mut line = std::mem::take(&mut self.kept);
        line.push("--".to_owned());
        line.extend(arguments);
        line
    }
}

/// Whether the next word is the flag's value.
fn takes_a_word(flag: &Arg) -> bool {
    flag.get_action().takes_values() && flag.get_num_args().is_none_or(|range| range.min_values() > 0)
}

#[cfg(test)]
mod tests {
    use clap::arg;

    use super::*;

    fn command() -> Command {
        let set = Command::new("set").arg(Arg::new("pool").short('p').long("pool").global(true)).args([
            arg!(<name> "its name"),
            arg!([limit] "how many"),
            arg!(--yes "do it"),
        ]);
        let mut root = Command::new("reeve").subcommand(Command::new("queue").alias("queues").subcommand(set));
        root.build();
        root
    }

    #[test]
    fn arguments_may_be_given_by_their_names() {
        let cases = [
            ("queue set a 3 --yes", "queue set a 3 --yes"),
            ("queues set --name a --limit 3", "queues set -- a 3"),
            ("queue set --limit=3 a", "queue set -- a 3"),
            ("queue set 3 --yes --name a -p b", "queue set --yes -p b -- a 3"),
            ("queue set --pool --name --limit 3 a", "queue set --pool --name -- a 3"),
            ("queue set --other x", "queue set --other x"),
            ("queue set --limit 3 -- --name", "queue set -- --name 3"),
            ("queue set -- --name", "queue set -- --name"),
        ];
        for (given, want) in cases {
            let words: Vec<String> = given.split(' ').map(str::to_owned).collect();
            assert_eq!(of(&command(), &words).line.join(" "), want, "{given}");
        }
        let words = ["--pool", "x", "queue", "set", "a"].map(str::to_owned);
        assert_eq!(of(&command(), &words).bare.join(" "), "x queue set a", "the root does not know --pool");
    }
}
