//! What is wrong with bodies, as Prefect 3.8.8 and 2.20.26 said it of the same bodies.

use axum::http::Method;
use domain::Major;
use serde_json::{Value, json};

use crate::harness::Server;

const RECORDED: &str = include_str!("recorded/mistakes.json");

#[tokio::test]
async fn all_mistakes_of_a_body_are_told() {
    let server = Server::start().await;
    let cases: Vec<Value> = serde_json::from_str(RECORDED).expect("JSON");
    for case in &cases {
        for (key, major) in [("3", Major::V3), ("2", Major::V2)] {
            let Some(want) = case.get(key) else { continue };
            let (method, path) =
                (case["call"][0].as_str().expect("a method"), case["call"][1].as_str().expect("a path"));
            let method: Method = method.parse().expect("a method");
            let (status, answer) = server.call(major, method.clone(), path, Some(case["call"][2].clone())).await;
            assert_eq!(status, 422, "{method} {path}: {answer:#}");
            assert_eq!(&answer["exception_detail"], want, "Prefect {key}: {}", case["call"]);
            assert_eq!(answer["request_body"], case["call"][2], "it is echoed");
        }
    }
}

#[tokio::test]
async fn numbers_and_truth_values_written_otherwise_are_no_mistakes() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        server.post("/flows/", json!({ "name": name })).await;
    }
    for (limit, wanted) in [(json!("2"), 2), (json!(2.0), 2), (json!(true), 1)] {
        for major in [Major::V3, Major::V2] {
            let (status, flows) =
                server.call(major, Method::POST, "/flows/filter", Some(json!({ "limit": limit }))).await;
            assert_eq!((status, flows.as_array().map(Vec::len)), (200, Some(wanted)), "{limit}: {flows}");
        }
    }
    let (status, limit) = server.post("/v2/concurrency_limits/", json!({ "name": "l", "limit": 1.0 })).await;
    assert_eq!((status, &limit["limit"]), (201, &json!(1)));
    let (status, answer) = server.post("/flows/filter", json!({ "limit": 1.5 })).await;
    assert_eq!((status, &answer["exception_detail"][0]["type"]), (422, &json!("int_from_float")));
}
