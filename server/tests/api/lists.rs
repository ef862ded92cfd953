//! `/api/reeve/lists`: what the dashboard lists.

use axum::http::Method;
use domain::Major;
use domain::listing::{Cell, Listing};
use serde_json::json;

use crate::harness::Server;

async fn list(server: &Server, path: &str) -> Listing {
    let (status, body) = server.get(&format!("/reeve/lists/{path}")).await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_value(body).expect("a listing")
}

fn first(listing: &Listing) -> Vec<&Cell> {
    listing.rows.iter().map(|row| &row.cells[0]).collect()
}

#[tokio::test]
async fn each_noun_is_listed_and_looked_for_by_name() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "my flow", "tags": ["a"] })).await;
    server.post("/flows/", json!({ "name": "other" })).await;
    server.post("/deployments/", json!({ "name": "d", "flow_id": flow["id"] })).await;
    let flows = list(&server, "flows").await;
    assert_eq!(flows.count, 2);
    let link = |href: &str, text: &str| Cell::Link(href.to_owned(), text.to_owned());
    assert_eq!(
        flows.rows[0].cells[..2],
        [link("/runs?flow=my%20flow", "my flow"), link("/deployments?q=my%20flow", "1")]
    );
    assert_eq!((list(&server, "flows?q=OTH").await.count, list(&server, "flows?page=2").await.rows.len()), (1, 0));

    for (name, value) in [("first", json!("text")), ("second", json!({ "a": [1] }))] {
        server.post("/variables/", json!({ "name": name, "value": value, "tags": ["t"] })).await;
    }
    let variables = list(&server, "variables").await;
    assert_eq!(first(&variables), [&Cell::Text("first".into()), &Cell::Text("second".into())]);
    assert_eq!(variables.rows[1].cells[1..3], [Cell::Code("{\"a\":[1]}".into()), Cell::Tags(vec!["t".into()])]);
    assert_eq!(list(&server, "variables?q=sec").await.count, 1);

    server.post("/v2/concurrency_limits/", json!({ "name": "database", "limit": 3 })).await;
    server.post("/concurrency_limits/", json!({ "tag": "heavy", "concurrency_limit": 2 })).await;
    let limits = list(&server, "limits").await;
    assert_eq!(first(&limits), [&Cell::Text("database".into()), &Cell::Text("tasks tagged heavy".into())]);
    assert_eq!(limits.rows[0].cells[1], Cell::Text("0 of 3".into()));

    server.post("/work_pools/", json!({ "name": "gpu", "type": "process" })).await;
    let queues = list(&server, "work_queues").await;
    assert!(queues.rows.iter().any(|row| row.cells[..2] == [Cell::Text("default".into()), link("/pools/gpu", "gpu")]));

    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "my-run" })).await;
    let run = format!("/runs/{}", run["id"].as_str().expect("an id"));
    let found = list(&server, "everything?q=MY").await;
    let expected = [link("/deployments/my%20flow/d", "my flow / d"), link(&run, "my-run")];
    assert_eq!(first(&found), expected.iter().collect::<Vec<_>>());
    assert_eq!(first(&list(&server, "everything?q=gp").await), [&link("/pools/gpu", "gpu")]);
    assert_eq!(list(&server, "everything").await.count, 0);

    server.post("/artifacts/", json!({ "key": "report", "type": "markdown", "data": "# Done" })).await;
    let artifacts = list(&server, "artifacts?q=rep").await;
    assert_eq!(artifacts.rows[0].cells[..2], [Cell::Text("report".into()), Cell::Text("markdown".into())]);
    assert_eq!(list(&server, "blocks").await.count, 0);
}

#[tokio::test]
async fn events_are_listed_for_all_and_for_one_run() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let state = json!({ "type": "RUNNING" });
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "r", "state": state })).await;
    server.post("/flow_runs/", json!({ "flow_id": flow["id"], "state": state })).await;
    let path = format!("/runs/{}", run["id"].as_str().expect("an id"));
    let events = list(&server, "events?q=prefect.flow-run.").await;
    let of_run = events.rows.iter().filter(|row| row.cells[1] == Cell::Link(path.clone(), "r".into())).count();
    assert!(of_run >= 1 && (of_run as i64) < events.count, "{events:?}");
    assert_eq!(list(&server, "events?q=nobody.").await.count, 0);
    let (_, page) = server.get(&format!("/reeve/flow_runs/{}?events=true", run["id"].as_str().expect("an id"))).await;
    assert_eq!(page["events"]["count"], of_run);
    let (_, page) = server.get(&format!("/reeve/flow_runs/{}", run["id"].as_str().expect("an id"))).await;
    assert!(page.get("events").is_none());
}

#[tokio::test]
async fn a_list_that_cannot_be_is_refused() {
    let server = Server::start().await;
    for query in ["flows?page=0", "flows?page=x", "flows?colour=red"] {
        let (status, refused) = server.get(&format!("/reeve/lists/{query}")).await;
        assert!(status == 422 && refused["detail"].is_string(), "{query}: {status} {refused}");
    }
    assert_eq!(server.call(Major::V3, Method::GET, "/reeve/lists/sheep", None).await.0, 404);
}
