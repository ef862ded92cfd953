//! `/api/reeve/sheets`: the pages that are described by data.

use domain::listing::{Cell, Listing, ListingRow};
use domain::sheet::{Grid, Part, Sheet};
use serde_json::{Value, json};

use crate::harness::Server;

async fn sheet(server: &Server, path: &str) -> Sheet {
    let (status, body) = server.get(&format!("/reeve/sheets/{path}")).await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_value(body).expect("a sheet")
}

/// The rows of the sheet's tables.
fn rows(sheet: &Sheet) -> Vec<ListingRow> {
    let table = |part: &Part| match part {
        Part::Table(Grid { rows, .. }) => Some(rows.clone()),
        _ => None,
    };
    sheet.parts.iter().filter_map(table).flatten().collect()
}

fn first(sheet: &Sheet) -> Vec<Cell> {
    rows(sheet).into_iter().map(|row| row.cells[0].clone()).collect()
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

fn link(path: impl Into<String>, text: &'static str) -> Cell {
    Cell::link(path, text)
}

#[tokio::test]
async fn flows_are_listed_and_looked_for_by_name() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "my flow", "tags": ["a"] })).await;
    server.post("/flows/", json!({ "name": "other" })).await;
    server.post("/deployments/", json!({ "name": "d", "flow_id": flow["id"] })).await;
    let flows = sheet(&server, "flows").await;
    let page = format!("/flows/{}", id(&flow));
    let cells = &rows(&flows)[0].cells;
    let expected =
        [link(&page, "my flow"), link("/deployments?q=my%20flow", "1"), link("/runs?flow=my%20flow", "runs")];
    assert_eq!(cells[..3], expected);
    assert_eq!(rows(&sheet(&server, "flows?q=OTH").await).len(), 1);
    assert_eq!(rows(&sheet(&server, "flows?page=2").await).len(), 0);
    let one = sheet(&server, &page[1..]).await;
    assert_eq!((one.title.as_str(), first(&one)), ("my flow", vec![link("/deployments/my%20flow/d", "d")]));
}

#[tokio::test]
async fn variables_and_limits_bring_their_forms() {
    let server = Server::start().await;
    for (name, value) in [("first", json!("text")), ("second", json!({ "a": [1] }))] {
        server.post("/variables/", json!({ "name": name, "value": value, "tags": ["t"] })).await;
    }
    let variables = sheet(&server, "variables").await;
    assert_eq!(first(&variables), [link("/variables/first", "first"), link("/variables/second", "second")]);
    assert!(matches!(&variables.parts[0], Part::Form(form) if form.path == "/variables/" && form.folded));
    let one = sheet(&server, "variables/second").await;
    assert!(matches!(&one.parts[0], Part::Form(form) if form.values["value"] == json!({ "a": [1] })));

    let (_, limit) = server.post("/v2/concurrency_limits/", json!({ "name": "database", "limit": 3 })).await;
    server.post("/concurrency_limits/", json!({ "tag": "heavy", "concurrency_limit": 2 })).await;
    let limits = sheet(&server, "limits").await;
    let names: Vec<Value> = first(&limits).iter().map(|cell| json!(cell)["link"][1].clone()).collect();
    assert_eq!(names, ["database", "tasks tagged heavy"]);
    assert_eq!(rows(&limits)[0].cells[2], Cell::Text("0 of 3".into()));

    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "holder" })).await;
    let take = json!({ "names": ["database"], "slots": 2, "mode": "concurrency", "lease_duration": 60, "holder": { "type": "flow_run", "id": run["id"] } });
    server.post("/v2/concurrency_limits/increment-with-lease", take).await;
    let one = sheet(&server, &format!("limits/{}", id(&limit))).await;
    assert_eq!(first(&one), [link(format!("/runs/{}", id(&run)), "holder")]);
    let Cell::Act(release) = &rows(&one)[0].cells[5] else { panic!("no way to release") };
    assert_eq!(server.post(&release.path, release.body.clone()).await.0, 204);
    assert!(first(&sheet(&server, &format!("limits/{}", id(&limit))).await).is_empty());
}

#[tokio::test]
async fn queues_artifacts_and_what_the_palette_finds() {
    let server = Server::start().await;
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process" })).await;
    let queues = sheet(&server, "queues").await;
    assert_eq!(rows(&queues)[0].cells[..2], [link("/pools/gpu/queues/default", "default"), link("/pools/gpu", "gpu")]);
    assert_eq!(sheet(&server, "pools/gpu/queues/default").await.way[1], ("/pools/gpu".into(), "gpu".into()));

    let (_, flow) = server.post("/flows/", json!({ "name": "my flow" })).await;
    server.post("/deployments/", json!({ "name": "d", "flow_id": flow["id"] })).await;
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "my-run" })).await;
    let find = async |q: &str| {
        let (_, found) = server.get(&format!("/reeve/everything?q={q}")).await;
        let found: Listing = serde_json::from_value(found).expect("a listing");
        found.rows.into_iter().map(|row| row.cells[0].clone()).collect::<Vec<_>>()
    };
    let run = format!("/runs/{}", id(&run));
    assert_eq!(find("MY").await, [link("/deployments/my%20flow/d", "my flow / d"), link(run, "my-run")]);
    assert_eq!(find("gp").await, [link("/pools/gpu", "gpu")]);
    assert!(find("").await.is_empty());

    let text = "# Done\n<b onclick=x>";
    let (_, report) = server.post("/artifacts/", json!({ "key": "report", "type": "markdown", "data": text })).await;
    let artifacts = sheet(&server, "artifacts?q=rep").await;
    let page = format!("/artifacts/{}", id(&report));
    assert_eq!(rows(&artifacts)[0].cells[..2], [link(&page, "report"), Cell::Text("markdown".into())]);
    let one = sheet(&server, &page[1..]).await;
    let html = one.parts.iter().find_map(|part| if let Part::Rich(html) = part { Some(html.as_str()) } else { None });
    assert_eq!(html, Some("<h3>Done</h3>\n&lt;b onclick=x&gt;"));
    assert_eq!(rows(&sheet(&server, "blocks").await).len(), 0);
}

#[tokio::test]
async fn events_are_listed_for_all_and_for_one_run() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let state = json!({ "type": "RUNNING" });
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "name": "r", "state": state })).await;
    server.post("/flow_runs/", json!({ "flow_id": flow["id"], "state": state })).await;
    let run = id(&run);
    let events = rows(&sheet(&server, "events?q=prefect.flow-run.").await);
    let of_run = events.iter().filter(|row| row.cells[1] == link(format!("/runs/{run}"), "r")).count();
    assert!(of_run >= 1 && of_run < events.len(), "{events:?}");
    let about = rows(&sheet(&server, &format!("events?about=prefect.flow-run.{run}")).await);
    assert_eq!(about.len(), of_run);
    assert_eq!(rows(&sheet(&server, "events?q=nobody.").await).len(), 0);
    let Cell::Link(page, name) = &events[0].cells[0] else { panic!("no link") };
    assert_eq!(sheet(&server, &page[1..]).await.title, *name);
    let (_, page) = server.get(&format!("/reeve/flow_runs/{run}?part=events")).await;
    let part: Sheet = serde_json::from_value(page["part"].clone()).expect("a sheet");
    assert_eq!(rows(&part).len(), of_run);
    let (_, page) = server.get(&format!("/reeve/flow_runs/{run}")).await;
    assert!(page.get("part").is_none());
}

#[tokio::test]
async fn a_run_shows_what_its_worker_told_without_secrets() {
    let server = Server::start().await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    let (_, run) = server.post("/flow_runs/", json!({ "flow_id": flow["id"], "state": { "type": "RUNNING" } })).await;
    let path = format!("/reeve/flow_runs/{}", id(&run));
    let part = async |name: &str| server.get(&format!("{path}?part={name}")).await.1["part"].to_string();
    for name in ["pod", "job"] {
        assert!(part(name).await.contains("is known of this run"), "{name}");
    }
    let manifest = json!({ "kind": "Job", "env": [{ "name": "API_TOKEN", "value": "hunter2" }] });
    let put = |body: Value| (axum::http::Method::PUT, format!("{path}/infrastructure"), body);
    let (method, to, body) = put(json!({ "manifest": manifest, "origins": [["/kind", "template"]] }));
    assert_eq!(server.call(domain::Major::V3, method, &to, Some(body)).await.0, 204);
    let container = json!({ "name": "c", "state": "terminated", "reason": "OOMKilled", "exit_code": 137 });
    let (method, to, body) = put(json!({ "pods": [{ "name": "p", "phase": "Failed", "containers": [container] }] }));
    assert_eq!(server.call(domain::Major::V3, method, &to, Some(body)).await.0, 204);
    let (job, pod) = (part("job").await, part("pod").await);
    assert!(job.contains("kind: Job") && job.contains("Written in the template") && !job.contains("hunter2"), "{job}");
    assert!(pod.contains("OOMKilled") && pod.contains("137"), "{pod}");
    let gone = format!("/reeve/flow_runs/{}/infrastructure", domain::Uuid::nil());
    assert_eq!(server.call(domain::Major::V3, axum::http::Method::PUT, &gone, Some(json!({}))).await.0, 404);
    for name in ["timeline", "why"] {
        assert!(part(name).await.contains("Running") || part(name).await.contains("The flow runs."), "{name}");
    }
}

#[tokio::test]
async fn what_there_is_not_is_not_found() {
    let server = Server::start().await;
    for path in
        ["sheep", "flows/x", "variables/none", "limits/x", "pools/a/queues/b", "events/x", "artifacts/1", "a/b/c"]
    {
        assert_eq!(server.get(&format!("/reeve/sheets/{path}")).await.0, 404, "{path}");
    }
    // A page that makes no sense is the first one.
    assert_eq!(server.get("/reeve/sheets/flows?page=x").await.0, 200);
}

#[tokio::test]
async fn health_tells_how_long_requests_took_and_what_waits() {
    let server = Server::start().await;
    for _ in 0..3 {
        server.get("/flows/x").await;
    }
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    server.post("/flow_runs/", json!({ "flow_id": flow["id"], "state": { "type": "SCHEDULED" } })).await;
    server.pass(1.0);
    let told = sheet(&server, "health").await;
    let row = |id: &str| rows(&told).into_iter().find(|row| row.id == id).unwrap_or_else(|| panic!("{id}: {told:?}"));
    let flows = row("flows").cells;
    assert_eq!(flows[1], Cell::Number(4));
    assert!(matches!(&flows[4], Cell::Spark(minutes) if minutes.len() == 60 && minutes[59] > 0), "{flows:?}");
    assert_eq!(row("Runs that are due and not taken").cells[1], Cell::Number(1));
}

#[tokio::test]
async fn storage_tells_growth_from_samples_and_what_goes_next() {
    let server = Server::start().await;
    let cell = |sheet: &Sheet, row: &str, at: usize| {
        rows(sheet).into_iter().find(|found| found.id == row).expect("a row").cells[at].clone()
    };
    let facts = |sheet: &Sheet| serde_json::to_string(&sheet.parts).expect("JSON");
    assert!(facts(&sheet(&server, "storage").await).contains("told once two samples"));
    server::scheduler::sizes::tick(server.app.clone()).await.expect("a sample");
    server.post("/flows/", json!({ "name": "f" })).await;
    server.pass(12.0 * 3600.0);
    let told = sheet(&server, "storage").await;
    assert!(facts(&told).contains(" a day"), "{}", facts(&told));
    assert_eq!(cell(&told, "Flows and deployments", 3), Cell::Number(2));
    for table in told.parts.iter().filter_map(|part| if let Part::Table(grid) = part { Some(grid) } else { None }) {
        assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()), "{}", table.caption);
    }
}

#[tokio::test]
async fn the_calendar_tells_who_collides_under_a_limit() {
    let server = Server::start().await;
    server.post("/work_pools/", json!({ "name": "gpu", "type": "process", "concurrency_limit": 1 })).await;
    server.post("/work_pools/", json!({ "name": "cpu", "type": "process" })).await;
    let (_, flow) = server.post("/flows/", json!({ "name": "f" })).await;
    for (name, pool, cron) in
        [("a", "gpu", "5 3 * * *"), ("b", "gpu", "5 3 * * *"), ("c", "gpu", "20 3 * * *"), ("d", "cpu", "5 3 * * *")]
    {
        let schedule = json!({ "schedule": { "cron": cron, "timezone": "UTC" }, "active": true });
        let body = json!({ "name": name, "flow_id": flow["id"], "work_pool_name": pool, "schedules": [schedule] });
        assert_eq!(server.post("/deployments/", body).await.0, 201);
    }
    let all = sheet(&server, "calendar").await;
    let collisions = rows(&all);
    assert_eq!(collisions.len(), 7, "once a day: {collisions:?}");
    let expected = [
        link("/calendar?hour=2026-11-24T03", "Tue 11-24 03:00"),
        link("/pools/gpu", "gpu"),
        Cell::Number(2),
        Cell::Number(1),
        Cell::Lines("f / a, f / b".to_owned()),
    ];
    assert_eq!(collisions[0].cells, expected);
    let pictures = |sheet: &Sheet| {
        let bars = sheet.parts.iter().filter_map(|part| match part {
            Part::Bars(bars) => Some(bars.clone()),
            _ => None,
        });
        bars.collect::<Vec<_>>()
    };
    assert_eq!(pictures(&all)[0].limit, None, "pools have limits of their own");
    let day = &pictures(&sheet(&server, "calendar?pool=gpu").await)[0];
    assert_eq!(day.limit, Some(1));
    let hour = day.bars.iter().find(|bar| bar.height > 0).expect("a bar");
    assert_eq!(hour.words, "3 starts; by the quarter 2, 1, 0, 0");
    assert_eq!(hour.columns[..2], [[("failed".to_owned(), 2)], [("running".to_owned(), 1)]]);
    assert!(hour.path.ends_with("&pool=gpu"), "{}", hour.path);
    assert_eq!(rows(&sheet(&server, "calendar?pool=cpu").await).len(), 0);
}
