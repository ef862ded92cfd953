//! Tokens as the API's filter.

use super::{Key, Token, instant};
use crate::deployments::DeploymentFilter;
use crate::filter::{AnyOps, Filters, NameOps, Operator, StateOps, StateTypeOps, TagOps, TextOps, TimeOps};
use crate::flow_runs::{FlowRunFilter, FlowRunSort};
use crate::flows::FlowFilter;
use crate::state::StateType;
use crate::time::Timestamp;
use crate::work_pools::WorkPoolFilter;

/// Which runs fit all of the tokens at `now`.
pub fn filters(tokens: &[Token], now: Timestamp) -> Filters {
    let deployment = one(tokens, Key::Deployment);
    let (of_flow, deployment) = match deployment.as_deref().map(|whole| (whole, whole.split_once('/'))) {
        Some((_, Some((flow, name)))) => (Some(flow.to_owned()), Some(name.to_owned())),
        other => (None, other.map(|(name, _)| name.to_owned())),
    };
    let flows = match (of_flow, values(tokens, Key::Flow)) {
        (None, named) => named,
        // One flow that is named twice, or none at all.
        (Some(flow), named) if named.is_empty() || named.contains(&flow) => vec![flow],
        (Some(_), _) => vec![String::new()],
    };
    let named = |names: Vec<String>| (!names.is_empty()).then_some(NameOps { any_: Some(names), like_: None });
    let pools = values(tokens, Key::Pool);
    let tags = values(tokens, Key::Tag);
    Filters {
        flow_runs: Some(FlowRunFilter {
            state: Some(states(&values(tokens, Key::State))),
            name: one(tokens, Key::Name).map(|part| NameOps { any_: None, like_: Some(part) }),
            tags: (!tags.is_empty()).then(|| TagOps { all_: Some(tags), ..TagOps::default() }),
            expected_start_time: due(tokens, now),
            ..FlowRunFilter::default()
        }),
        flows: named(flows).map(|name| FlowFilter { name: Some(name), ..FlowFilter::default() }),
        deployments: named(deployment.into_iter().collect())
            .map(|name| DeploymentFilter { name: Some(name), ..DeploymentFilter::default() }),
        work_pools: (!pools.is_empty())
            .then(|| WorkPoolFilter { name: Some(AnyOps { any_: Some(pools) }), ..WorkPoolFilter::default() }),
        ..Filters::default()
    }
}

/// Newest first; of what is merely planned the soonest first.
pub fn sort(tokens: &[Token]) -> FlowRunSort {
    let states = values(tokens, Key::State);
    let planned = !states.is_empty() && states.iter().all(|state| state == "scheduled");
    if planned { FlowRunSort::ExpectedStartTimeAsc } else { FlowRunSort::ExpectedStartTimeDesc }
}

fn values(tokens: &[Token], key: Key) -> Vec<String> {
    tokens.iter().filter(|token| token.key == key).map(|token| token.value.clone()).collect()
}

fn one(tokens: &[Token], key: Key) -> Option<String> {
    values(tokens, key).pop()
}

/// From one time to before another.
fn due(tokens: &[Token], now: Timestamp) -> Option<TimeOps> {
    let at = |key: Key| one(tokens, key).and_then(|text| instant(&text, now));
    let (after, before) = (at(Key::After), at(Key::Before));
    // The API's ranges hold their end.
    let until = before.map(|at| Timestamp::from_micros(at.micros() - 1));
    (after.is_some() || before.is_some()).then_some(TimeOps { before_: until, after_: after, is_null_: None })
}

/// Runs in one of these states; without any, all but those that are merely planned, of which a schedule keeps a
/// hundred in store.
fn states(states: &[String]) -> StateOps {
    if states.is_empty() {
        let name = TextOps { not_any_: Some(vec!["Scheduled".to_owned()]), any_: None };
        return StateOps { name: Some(name), ..StateOps::default() };
    }
    let (mut types, mut names) = (Vec::new(), Vec::new());
    for state in states {
        match state.as_str() {
            "running" => types.extend([StateType::Running, StateType::Pending, StateType::Cancelling]),
            "late" => names.push("Late".to_owned()),
            "retrying" => names.extend(["AwaitingRetry".to_owned(), "Retrying".to_owned()]),
            other => types.extend(StateType::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(other))),
        }
    }
    StateOps {
        operator: Some(Operator::Or),
        kind: (!types.is_empty()).then_some(StateTypeOps { any_: Some(types), not_any_: None }),
        name: (!names.is_empty()).then_some(TextOps { any_: Some(names), not_any_: None }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{STATES, parse};
    use super::*;

    fn asked(line: &str) -> Value {
        let now = "2026-11-28T09:30:00Z".parse().expect("a time");
        serde_json::to_value(filters(&parse(line).tokens, now)).expect("JSON")
    }

    #[test]
    fn tokens_become_the_apis_filters() {
        assert_eq!(asked(""), json!({ "flow_runs": { "state": { "name": { "not_any_": ["Scheduled"] } } } }));
        let all = asked("state:failed late flow:f pool:p tag:a tag:b name~x after:-1h before:now");
        let runs = json!({
            "state": { "operator": "or_", "type": { "any_": ["FAILED"] }, "name": { "any_": ["Late"] } },
            "name": { "like_": "x" }, "tags": { "all_": ["a", "b"] },
            "expected_start_time": { "after_": "2026-11-28T08:30:00Z", "before_": "2026-11-28T09:29:59.999999Z" },
        });
        assert_eq!(all["flow_runs"], runs);
        assert_eq!(all["flows"], json!({ "name": { "any_": ["f"] } }));
        assert_eq!(all["work_pools"], json!({ "name": { "any_": ["p"] } }));
        let pairs = [
            ("deployment:d", Value::Null, "d"),
            ("deployment:\"f x/d\"", json!(["f x"]), "d"),
            ("deployment:f/d flow:f flow:g", json!(["f"]), "d"),
            ("deployment:f/d flow:g", json!([""]), "d"),
        ];
        for (line, flows, name) in pairs {
            let asked = asked(line);
            assert_eq!(
                (&asked["flows"]["name"]["any_"], &asked["deployments"]["name"]["any_"]),
                (&flows, &json!([name])),
                "{line}"
            );
        }
    }

    #[test]
    fn each_state_asks_for_something() {
        for state in STATES {
            let asked = asked(&format!("state:{state}"));
            let ops = &asked["flow_runs"]["state"];
            assert!(ops["type"].is_object() || ops["name"].is_object(), "{state}");
        }
        assert_eq!(sort(&parse("state:scheduled").tokens), FlowRunSort::ExpectedStartTimeAsc);
        assert_eq!(sort(&parse("state:scheduled late").tokens), FlowRunSort::ExpectedStartTimeDesc);
    }
}
