//! Which deployments of a file are meant: all, or those of some names and patterns.

use super::{Entry, PrefectFile};
use crate::Problem;

/// What the person asked for.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// All of them.
    pub all: bool,
    /// `name`, `flow/name`, with `*` for anything.
    pub names: Vec<String>,
}

impl PrefectFile {
    /// The deployments that are meant. One that is alone in its file need not be named.
    pub fn chosen(&self, choice: &Choice) -> Result<Vec<&Entry>, Problem> {
        let nothing = || {
            let problem = Problem::of(&self.shown, "it has no deployments");
            problem.help(
                "list them below `deployments:`, or say `reeve deploy path/to/file.py:flow --name NAME --pool POOL`",
            )
        };
        match (self.deployments.as_slice(), choice.all, choice.names.as_slice()) {
            ([], ..) => Err(nothing()),
            (all, true, _) => Ok(all.iter().collect()),
            ([only], false, []) => Ok(vec![only]),
            (several, false, []) => {
                let problem =
                    Problem::of(&self.shown, format!("it has {} deployments, and none was named", several.len()));
                Err(problem.help("name some with --name, or take them with --all"))
            }
            (all, false, names) => {
                if let Some(name) = names.iter().find(|name| !all.iter().any(|entry| entry.is_named(name))) {
                    let known: Vec<&str> = all.iter().filter_map(Entry::name).take(12).collect();
                    let problem = Problem::of(&self.shown, format!("no deployment in it is named {name}"));
                    return Err(problem.help(format!("there are {}", known.join(", "))));
                }
                Ok(all.iter().filter(|entry| names.iter().any(|name| entry.is_named(name))).collect())
            }
        }
    }
}

impl Entry {
    /// Whether a name or pattern means this deployment. Before a slash stands the flow: the function, with `-` for `_`.
    fn is_named(&self, wanted: &str) -> bool {
        let Some(name) = self.name() else { return false };
        match wanted.split_once('/') {
            None => fits(wanted, name),
            Some((flow, wanted)) => {
                let function = self.entrypoint().unwrap_or_default();
                let function = function.rsplit([':', '.']).next().unwrap_or_default();
                fits(wanted, name) && fits(&flow.replace('_', "-"), &function.replace('_', "-"))
            }
        }
    }
}

/// Whether a text is what a pattern with `*` says.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        let cases = [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c*e", "abcde", true),
            ("*", "", true),
            ("a*a", "a", false),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(fits(pattern, text), want, "{pattern} {text}");
        }
    }
}
