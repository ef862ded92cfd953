//! Templates rendered as the workers of Prefect 2.20.26 and 3.8.8 rendered them.

use domain::Major;
use domain::job_template::{Layers, Reference, Rendered, TemplateError, fill, render};
use serde_json::{Map, Value, json};

/// `[{case, major, template, deployment, flow_run, expected}]`, recorded from the real workers.
const RENDERED: &str = include_str!("templates/rendered.json");

fn environment(name: &str) -> Option<String> {
    (name == "REGION").then(|| "tpe".to_owned())
}

/// The blocks and variables that there were when the cases were recorded.
fn lookup(reference: &Reference, major: Major) -> Option<Value> {
    match reference {
        Reference::BlockId(id) => Some(json!({"id": id, "k": "v"})),
        Reference::Block { block_type, name } => match (block_type.as_str(), name.as_str()) {
            ("secret", "token") => Some(json!({"value": "s3cret"})),
            ("json", "conf") => Some(json!({"value": {"a": {"b": [1, {"c": "deep"}]}, "n": 5}})),
            ("aws", "creds") => Some(json!({"key": "K", "secret": {"x": 1}})),
            _ => None,
        },
        Reference::Variable(name) => match (name.as_str(), major) {
            ("region", _) => Some(json!("eu")),
            ("n", Major::V2) => Some(json!("7")),
            ("n", Major::V3) => Some(json!(7)),
            ("obj", Major::V2) => Some(json!("obj")),
            ("obj", Major::V3) => Some(json!({"a": 1})),
            _ => None,
        },
    }
}

fn map(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn rendered(template: &Value, deployment: &Value, flow_run: &Value, major: Major) -> Result<Rendered, TemplateError> {
    let layers = Layers { template: map(template), deployment: map(deployment), flow_run: map(flow_run), major };
    render(&layers, &environment, &|reference| lookup(reference, major))
}

#[test]
fn templates_are_rendered_as_real_workers_render_them() {
    let cases: Vec<Value> = serde_json::from_str(RENDERED).expect("recorded cases");
    assert!(cases.len() >= 39);
    for case in &cases {
        let major = if case["major"] == 2 { Major::V2 } else { Major::V3 };
        let found = rendered(&case["template"], &case["deployment"], &case["flow_run"], major);
        let found = found.unwrap_or_else(|error| panic!("{}: {error}", case["case"]));
        assert_eq!(Value::Object(found.configuration), case["expected"], "{} {}", case["case"], case["major"]);
    }
}

fn template(configuration: Value, properties: Value) -> Value {
    json!({"job_configuration": configuration, "variables": {"properties": properties}})
}

#[test]
fn every_leaf_tells_who_set_it() {
    let template = template(
        json!({
            "fixed": 1, "pool": "{{ a }}", "text": "{{ a }}-{{ b }}", "env": "{{ env }}", "empty": {},
            "list": ["{{ c }}", "{{ gone }}"], "block": "{{ prefect.blocks.aws.creds }}", "home": "{{ $REGION }}",
        }),
        json!({"a": {"default": 1}, "b": {"default": 1}, "c": {}, "gone": {}, "env": {"default": {"P": "1", "D": "1"}}}),
    );
    let deployment = json!({"b": 2, "c": {"x": 1}, "env": {"D": "2", "R": "2"}});
    let found = rendered(&template, &deployment, &json!({"env": {"R": "3"}}), Major::V3).expect("rendered");
    let origins: Vec<String> = found.origins.iter().map(|(pointer, origin)| format!("{pointer} {origin:?}")).collect();
    assert_eq!(
        origins,
        [
            "/fixed Template",
            "/pool PoolDefault",
            "/text Deployment",
            "/env/P PoolDefault",
            "/env/D Deployment",
            "/env/R FlowRun",
            "/empty Template",
            "/list/0/x Deployment",
            "/block/key Template",
            "/block/secret/x Template",
            "/home Worker",
        ]
    );
    let unresolved: Vec<(&str, &str)> =
        found.unresolved.iter().map(|missing| (missing.pointer.as_str(), missing.name.as_str())).collect();
    assert_eq!(unresolved, [("/list/1", "gone")]);
}

#[test]
fn what_cannot_be_rendered_is_an_error() {
    let of = |text: &str| rendered(&template(json!({"a": text}), json!({})), &json!({}), &json!({}), Major::V3);
    let cases = [
        ("{{ prefect.blocks.secret.none }}", "Block not found: none of type secret."),
        (
            "{{ prefect.blocks.secret }}",
            "`prefect.blocks.secret` names no block: prefect.blocks.<block type>.<block name> is expected.",
        ),
        ("{{ prefect.blocks.aws.creds.none.x }}", "The block creds of type aws has nothing at `none.x`."),
        (
            "x{{ prefect.blocks.aws.creds }}",
            "`{{ prefect.blocks.aws.creds }}` is no scalar and cannot be part of a longer text.",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(of(text).expect_err(text).to_string(), message);
    }
    let dotted = rendered(&template(json!({"a": 1}), json!({})), &json!({"a.b": 1, "a.b.c": 2}), &json!({}), Major::V3);
    assert_eq!(dotted, Err(TemplateError::KeyPath("a.b.c".to_owned())));
    let empty = rendered(&json!({}), &json!({}), &json!({}), Major::V3);
    assert_eq!(empty, Err(TemplateError::Incomplete("job_configuration")));
}

#[test]
fn references_are_known_before_they_are_resolved() {
    let template = template(json!({"a": "{{ x }}", "b": "{{ prefect.variables.region }}"}), json!({"x": {}}));
    let deployment = json!({"x": {"y": "{{ prefect.blocks.secret.token }}"}});
    let empty = Map::new();
    let layers = Layers { template: map(&template), deployment: map(&deployment), flow_run: &empty, major: Major::V3 };
    let filled = fill(&layers, &environment).expect("filled");
    let token = Reference::Block { block_type: "secret".to_owned(), name: "token".to_owned() };
    assert_eq!(filled.references(), [token, Reference::Variable("region".to_owned())]);
    let found = filled.resolve(&|reference| lookup(reference, Major::V3)).expect("resolved");
    assert_eq!(Value::Object(found.configuration), json!({"a": {"y": "s3cret"}, "b": "eu"}));
}
