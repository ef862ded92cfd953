//! `{{ placeholders }}` in values, as Prefect's clients fill them.

use std::collections::HashMap;

use domain::job_template;
use serde_json::{Map, Value as Json};

/// Where the value of a placeholder comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The output of a step, or a value that somebody gave.
    Standard,
    /// `prefect.blocks.TYPE.NAME`.
    Block,
    /// `prefect.variables.NAME`.
    Variable,
    /// `$NAME`.
    Environment,
}

/// A placeholder in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'t> {
    /// With its braces.
    pub whole: &'t str,
    pub name: &'t str,
    pub kind: Kind,
}

const BLOCKS: &str = "prefect.blocks.";
const VARIABLES: &str = "prefect.variables.";

/// The placeholders of a text, in their order: written as those of a job template are.
pub fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let found = job_template::find_placeholders(text).into_iter();
    found.map(|one| Placeholder { whole: one.text, name: one.name, kind: Kind::of(one.kind()) }).collect()
}

impl Kind {
    fn of(kind: job_template::Kind) -> Kind {
        match kind {
            job_template::Kind::Block => Kind::Block,
            job_template::Kind::GlobalVariable => Kind::Variable,
            job_template::Kind::Environment => Kind::Environment,
            // A project's templates know neither a pool's variables nor a run.
            job_template::Kind::Variable | job_template::Kind::Context => Kind::Standard,
        }
    }
}

/// What becomes of placeholders without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// They vanish, with the key or item that is nothing else.
    Remove,
    /// They stay as they are.
    Keep,
}

/// Values for placeholders of the kinds `Standard` and `Environment`.
pub struct Values<'v> {
    /// Outputs of steps, by their names and ids.
    pub known: &'v Map<String, Json>,
    /// The environment of this process.
    pub environment: &'v HashMap<String, String>,
    /// What becomes of the others.
    pub unset: Unset,
    /// Placeholders that begin so are left for later.
    pub skip: Option<&'v str>,
}

/// A value with its placeholders filled; None when the whole of it is one that has no value.
pub fn fill(template: &Json, values: &Values) -> Option<Json> {
    Some(match template {
        Json::String(text) => return fill_text(text, values),
        Json::Array(items) => Json::Array(items.iter().filter_map(|item| fill(item, values)).collect()),
        Json::Object(members) => {
            let filled = members.iter().filter_map(|(key, value)| match (fill(value, values), values.unset) {
                (Some(filled), _) => Some((key.clone(), filled)),
                (None, Unset::Keep) => Some((key.clone(), value.clone())),
                (None, Unset::Remove) => None,
            });
            Json::Object(filled.collect())
        }
        other => other.clone(),
    })
}

fn fill_text(text: &str, values: &Values) -> Option<Json> {
    let skipped = |name: &str| values.skip.is_some_and(|prefix| name.starts_with(prefix));
    let found: Vec<Placeholder> = placeholders(text).into_iter().filter(|it| !skipped(it.name)).collect();
    if let [only] = found.as_slice()
        && only.whole == text
        && only.kind == Kind::Standard
    {
        return at_path(values.known, only.name).cloned();
    }
    let mut filled = text.to_owned();
    for placeholder in found {
        let value = match placeholder.kind {
            Kind::Standard => at_path(values.known, placeholder.name).map(as_text),
            Kind::Environment => values.environment.get(placeholder.name.trim_start_matches('$')).cloned(),
            Kind::Block | Kind::Variable => continue,
        };
        match (value, values.unset) {
            (Some(value), _) => filled = filled.replace(placeholder.whole, &value),
            (None, Unset::Remove) => filled = filled.replace(placeholder.whole, ""),
            (None, Unset::Keep) => {}
        }
    }
    Some(Json::String(filled))
}

/// The value at `a.b[0].c`.
pub fn at_path<'v>(values: &'v Map<String, Json>, path: &str) -> Option<&'v Json> {
    let path = path.replace('[', ".").replace(']', "");
    let mut parts = path.split('.');
    let mut here = values.get(parts.next()?)?;
    for part in parts {
        here = match here {
            Json::Object(members) => members.get(part)?,
            Json::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(here)
}

/// What Python's `str()` makes of a value.
fn as_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

/// What the server keeps: values of variables and data of blocks, as far as somebody asks for them.
#[derive(Debug, Default)]
pub struct Kept {
    /// By name; variables that do not exist are not in it.
    pub variables: HashMap<String, Json>,
    /// By type and name.
    pub blocks: HashMap<(String, String), Map<String, Json>>,
}

/// Names of variables, and types with names of blocks, that a value asks for.
pub fn asked(template: &Json, variables: &mut Vec<String>, blocks: &mut Vec<(String, String)>) {
    match template {
        Json::String(text) => {
            for placeholder in placeholders(text) {
                match placeholder.kind {
                    Kind::Variable => variables.push(placeholder.name[VARIABLES.len()..].to_owned()),
                    Kind::Block => blocks
                        .extend(block_of(placeholder.name).map(|(kind, name, _)| (kind.to_owned(), name.to_owned()))),
                    _ => {}
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| asked(item, variables, blocks)),
        Json::Object(members) => members.values().for_each(|value| asked(value, variables, blocks)),
        _ => {}
    }
}

/// Type, name and path of `prefect.blocks.TYPE.NAME.PATH`.
fn block_of(name: &str) -> Option<(&str, &str, Option<&str>)> {
    let mut parts = name.strip_prefix(BLOCKS)?.splitn(3, '.');
    Some((parts.next()?, parts.next()?, parts.next()))
}

/// A value with what the server keeps put in; an error names the placeholder that cannot be.
pub fn put_kept(template: &Json, kept: &Kept) -> Result<Json, String> {
    Ok(match template {
        Json::String(text) => put_into_text(text, kept)?,
        Json::Array(items) => Json::Array(items.iter().map(|item| put_kept(item, kept)).collect::<Result<_, _>>()?),
        Json::Object(members) => {
            let put = members.iter().map(|(key, value)| Ok((key.clone(), put_kept(value, kept)?)));
            Json::Object(put.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

fn put_into_text(text: &str, kept: &Kept) -> Result<Json, String> {
    let mut filled = text.to_owned();
    for placeholder in placeholders(text) {
        let value = match placeholder.kind {
            Kind::Variable => {
                kept.variables.get(&placeholder.name[VARIABLES.len()..]).cloned().unwrap_or(Json::from(""))
            }
            Kind::Block => block_value(placeholder, kept)?,
            _ => continue,
        };
        if placeholder.whole == text {
            return Ok(value);
        }
        if placeholder.kind == Kind::Block && (value.is_object() || value.is_array()) {
            return Err(format!("{} is no text that could stand among other words", placeholder.whole));
        }
        filled = filled.replace(placeholder.whole, &as_text(&value));
    }
    Ok(Json::String(filled))
}

fn block_value(placeholder: Placeholder, kept: &Kept) -> Result<Json, String> {
    let no_path = || format!("{} names a part that the block does not have", placeholder.whole);
    let form = || format!("{} must be prefect.blocks.TYPE.NAME", placeholder.whole);
    let (kind, name, path) = block_of(placeholder.name).ok_or_else(form)?;
    let data = kept.blocks.get(&(kind.to_owned(), name.to_owned()));
    let data = data.ok_or_else(|| format!("there is no block {name} of the type {kind}"))?;
    let into_value =
        path.is_some_and(|path| path == "value" || path.starts_with("value.") || path.starts_with("value["));
    let of = match (data.get("value"), into_value) {
        (Some(value), false) if data.len() == 1 => value.clone(),
        _ => Json::Object(data.clone()),
    };
    match (path, &of) {
        (None, _) => Ok(of),
        (Some(path), Json::Object(members)) => at_path(members, path).cloned().ok_or_else(no_path),
        (Some(_), _) => Err(no_path()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_are_found_as_the_clients_find_them() {
        let names = |text| placeholders(text).into_iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names("{{ a.b }}x{{$C}}{{  d-e[0] }}"), ["a.b", "$C", "d-e[0]"]);
        assert_eq!(names("{{ a b }} {{}} {a} {{ a | b }}"), Vec::<&str>::new());
        assert_eq!(names("{{{ a }}"), ["a"]);
    }

    #[test]
    fn values_are_filled_in_and_unset_ones_vanish_or_stay() {
        let known = json!({ "step": { "image": "x:1", "list": [1, 2] }, "n": 3, "t": true });
        let environment = HashMap::from([("HOME".to_owned(), "/h".to_owned())]);
        let cases = [
            (json!("{{ step.image }}"), Some(json!("x:1")), Some(json!("x:1"))),
            (json!("{{ n }}"), Some(json!(3)), Some(json!(3))),
            (json!("v{{ n }}-{{ t }}"), Some(json!("v3-True")), Some(json!("v3-True"))),
            (json!("{{ step.list[1] }}"), Some(json!(2)), Some(json!(2))),
            (json!("{{ $HOME }}/x{{ $NONE }}"), Some(json!("/h/x")), Some(json!("/h/x{{ $NONE }}"))),
            (json!({ "a": "{{ gone }}", "b": 1 }), Some(json!({ "b": 1 })), Some(json!({ "a": "{{ gone }}", "b": 1 }))),
            (json!(["{{ gone }}", 1]), Some(json!([1])), Some(json!([1]))),
            (json!("{{ gone }}"), None, None),
            (
                json!("{{ prefect.variables.x }}"),
                Some(json!("{{ prefect.variables.x }}")),
                Some(json!("{{ prefect.variables.x }}")),
            ),
        ];
        for (template, removed, stays) in cases {
            let Json::Object(known) = &known else { panic!("an object") };
            let with = |unset| fill(&template, &Values { known, environment: &environment, unset, skip: None });
            assert_eq!(with(Unset::Remove), removed, "{template}");
            assert_eq!(with(Unset::Keep), stays, "{template}");
        }
    }

    #[test]
    fn variables_and_blocks_are_put_in() {
        let data = |value: Json| value.as_object().cloned().expect("an object");
        let kept = Kept {
            variables: HashMap::from([("v".to_owned(), json!("w")), ("o".to_owned(), json!({ "a": 1 }))]),
            blocks: HashMap::from([
                (("secret".to_owned(), "s".to_owned()), data(json!({ "value": "hush" }))),
                (("creds".to_owned(), "c".to_owned()), data(json!({ "user": { "name": "u" }, "n": [1] }))),
            ]),
        };
        let put = |text: &str| put_kept(&json!(text), &kept);
        assert_eq!(put("{{ prefect.variables.v }}!"), Ok(json!("w!")));
        assert_eq!(put("{{ prefect.variables.o }}"), Ok(json!({ "a": 1 })));
        assert_eq!(put("{{ prefect.variables.none }}"), Ok(json!("")));
        assert_eq!(put("{{ prefect.blocks.secret.s }}"), Ok(json!("hush")));
        assert_eq!(put("{{ prefect.blocks.creds.c.user.name }}"), Ok(json!("u")));
        assert_eq!(put("x-{{ prefect.blocks.creds.c.n[0] }}"), Ok(json!("x-1")));
        assert!(put("{{ prefect.blocks.creds.none }}").is_err_and(|why| why.contains("no block none")));
        assert!(put("x{{ prefect.blocks.creds.c.user }}").is_err());
    }
}
