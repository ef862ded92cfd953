//! Ways to look at the runs: by state, and those that somebody has given a name. The latter are Prefect's saved
//! searches: a condition for each key, whose value is the list of its values.

use domain::language::tr;
use domain::listing::{Act, Cell};
use domain::run_filter::{self, KEYS, Key, Token};
use domain::saved_searches::{SavedSearch, SavedSearchFilter};
use domain::sheet::{Form, Link, Part, Sheet};
use serde_json::{Map, Value, json};
use store::{Tx, saved_searches};

use super::histogram::without_time;

/// More views than anybody keeps.
const MOST: i64 = 100;

/// Names and lines of the views that are always there.
const STATES: [(&str, &str); 10] = [
    ("All", ""),
    ("Running", "state:running"),
    ("Late", "late"),
    ("Failed today", "state:failed state:crashed after:today"),
    ("Failed", "state:failed"),
    ("Crashed", "state:crashed"),
    ("Completed", "state:completed"),
    ("Cancelled", "state:cancelled"),
    ("Paused", "state:paused"),
    ("Upcoming", "state:scheduled"),
];

/// The sheet with the views, and what can be done with the present one.
pub async fn above(tx: &mut Tx, sheet: Sheet, tokens: &[Token]) -> store::Result<Sheet> {
    let saved: Vec<(SavedSearch, Vec<Token>)> = saved_searches::page(tx, MOST, 0)
        .await?
        .into_iter()
        .filter_map(|search| tokens_of(&search.filters).map(|tokens| (search, tokens)))
        .collect();
    let mut sheet = sheet.with(by_state(tokens));
    let here = saved.iter().find(|(_, of)| same(of, tokens));
    if !saved.is_empty() {
        let link = |(search, of): &(SavedSearch, Vec<Token>)| (path(of), search.name.clone());
        let chosen = here.map(|(_, of)| path(of)).unwrap_or_default();
        sheet = sheet.with(Part::Chips(tr("Saved views").to_owned(), saved.iter().map(link).collect(), chosen));
    }
    Ok(match here {
        Some((search, _)) => sheet.with(Part::Say(String::new(), vec![Cell::Act(Box::new(delete(search)))])),
        None if tokens.is_empty() => sheet,
        None => sheet.with(Part::Form(Box::new(save(tokens)))),
    })
}

/// The other tokens stay when a state is chosen.
fn by_state(tokens: &[Token]) -> Part {
    let stateless = |tokens: &[Token]| tokens.iter().filter(|t| t.key != Key::State).cloned().collect::<Vec<_>>();
    let with = |line: &str| {
        let own = run_filter::parse(line).tokens;
        let timed = own.iter().any(|token| token.key == Key::After);
        let kept = if timed { without_time(&stateless(tokens)) } else { stateless(tokens) };
        [own, kept].concat()
    };
    let links: Vec<Link> = STATES.iter().map(|(name, line)| (path(&with(line)), tr(name).to_owned())).collect();
    let chosen = STATES.iter().find(|(_, line)| same(&with(line), tokens));
    let chosen = chosen.map(|(_, line)| path(&with(line))).unwrap_or_default();
    Part::Chips(tr("Runs by state").to_owned(), links, chosen)
}

fn path(tokens: &[Token]) -> String {
    run_filter::path(&run_filter::write(tokens))
}

/// Whether both ask for the same, in whatever order.
fn same(one: &[Token], other: &[Token]) -> bool {
    one.len() == other.len() && one.iter().all(|token| other.contains(token))
}

fn delete(search: &SavedSearch) -> Act {
    Act::new(tr("Delete this view"), "DELETE", format!("/saved_searches/{}", search.id))
        .asking(domain::say!("The view “{}” goes for everybody; the runs stay.", search.name))
        .saying(tr("The view is deleted"))
}

fn save(tokens: &[Token]) -> Form {
    let fixed = json!({ "filters": conditions(tokens) });
    Form {
        name: "view".to_owned(),
        title: tr("Save this view").to_owned(),
        folded: true,
        schema: json!({
            "type": "object",
            "required": ["name"],
            "properties": { "name": { "title": tr("Name"), "type": "string", "description": tr("Everybody sees it. A view of that name is replaced.") } },
        }),
        values: Map::new(),
        method: "PUT".to_owned(),
        path: "/saved_searches/".to_owned(),
        fixed: match fixed {
            Value::Object(fixed) => fixed,
            _ => Map::new(),
        },
        submit: tr("Save").to_owned(),
        done: tr("The view is saved").to_owned(),
        then: None,
    }
}

/// A condition for each key.
fn conditions(tokens: &[Token]) -> Vec<SavedSearchFilter> {
    let condition = |(key, written, _): (Key, &str, &str)| {
        let values: Vec<&str> = tokens.iter().filter(|t| t.key == key).map(|t| t.value.as_str()).collect();
        let operation = match key {
            Key::Tag => "and",
            Key::Name => "like",
            Key::After | Key::Before => "at",
            _ => "or",
        };
        (!values.is_empty()).then(|| SavedSearchFilter {
            object: "flow_run".to_owned(),
            property: written.trim_end_matches([':', '~']).to_owned(),
            kind: "string".to_owned(),
            operation: operation.to_owned(),
            value: json!(values),
        })
    };
    KEYS.into_iter().filter_map(condition).collect()
}

/// The tokens of a saved search; nothing when it is no view of runs.
fn tokens_of(filters: &[SavedSearchFilter]) -> Option<Vec<Token>> {
    let mut line = Vec::new();
    for filter in filters {
        let (_, written, _) =
            KEYS.iter().find(|(_, written, _)| written.trim_end_matches([':', '~']) == filter.property)?;
        let values = filter.value.as_array().filter(|_| filter.object == "flow_run")?;
        for value in values {
            line.push(run_filter::typed(written, value.as_str()?));
        }
    }
    let read = run_filter::parse(&line.join(" "));
    (!read.tokens.is_empty() && read.refused.is_empty()).then_some(read.tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_as_it_was_saved() {
        let line = "state:failed state:late deployment:\"my flow/x\" tag:a tag:b name~\"two words\" after:-24h";
        let tokens = run_filter::parse(line).tokens;
        let saved = conditions(&tokens);
        assert_eq!(saved.len(), 5);
        assert_eq!(run_filter::write(&tokens_of(&saved).expect("a view")), line);
    }

    #[test]
    fn searches_of_others_are_no_views() {
        let other = |object: &str, property: &str, value: Value| SavedSearchFilter {
            object: object.to_owned(),
            property: property.to_owned(),
            kind: "string".to_owned(),
            operation: "or".to_owned(),
            value,
        };
        let cases = [
            other("flow_run", "colour", json!(["red"])),
            other("task_run", "state", json!(["failed"])),
            other("flow_run", "state", json!("failed")),
            other("flow_run", "state", json!(["Blue"])),
            other("flow_run", "state", json!([])),
        ];
        for case in cases {
            assert_eq!(tokens_of(std::slice::from_ref(&case)), None, "{case:?}");
        }
        assert_eq!(tokens_of(&[]), None);
    }

    #[test]
    fn choosing_a_state_keeps_the_rest() {
        let Part::Chips(_, links, chosen) = by_state(&run_filter::parse("flow:f after:-7d late").tokens) else {
            panic!("chips");
        };
        let of = |name: &str| links.iter().find(|(_, of)| of == name).map(|(path, _)| path.as_str());
        assert_eq!(of("Completed"), Some("/runs?q=state:completed+flow:f+after:-7d"));
        assert_eq!(of("Failed today"), Some("/runs?q=state:failed+state:crashed+after:today+flow:f"));
        assert_eq!(of("All"), Some("/runs?q=flow:f+after:-7d"));
        assert_eq!(Some(chosen.as_str()), of("Late"));
    }
}
