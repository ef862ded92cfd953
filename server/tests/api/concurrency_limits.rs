//! `/api/v2/concurrency_limits` and `/api/concurrency_limits`.

use axum::http::Method;
use client::concurrency_limits as limits;
use domain::concurrency_limits::{ConcurrencyLimitCreate, GiveSlotsBack, TakeSlots};
use domain::{ConcurrencyLeaseId, Major};
use serde_json::{Value, json};

use crate::harness::{Server, assert_like, id};

fn new(name: &str, limit: i64) -> ConcurrencyLimitCreate {
    serde_json::from_value(json!({"name": name, "limit": limit})).expect("a limit")
}

fn wish(names: &[&str], slots: i64) -> TakeSlots {
    serde_json::from_value(json!({"names": names, "slots": slots})).expect("a wish")
}

async fn active(client: &client::Client, name: &str) -> i64 {
    limits::read(client, name).await.expect("an answer").expect("the limit").active_slots
}

#[tokio::test]
async fn the_bodies_are_those_of_prefect_3() {
    let server = Server::start().await;
    let (status, created) = server.post("/v2/concurrency_limits/", json!({"name": "g", "limit": 1})).await;
    assert_eq!(status, 201);
    assert_like(
        &created,
        &json!({
            "id": "<id>", "created": "2026-11-23T12:00:00Z", "updated": "2026-11-23T12:00:00Z", "active": true, "name": "g", "limit": 1,
            "active_slots": 0, "denied_slots": 0, "slot_decay_per_second": 0.0, "avg_slot_occupancy_seconds": 2.0,
        }),
    );
    assert_eq!(server.post("/v2/concurrency_limits/", json!({"name": "g", "limit": 1})).await.0, 409);
    let minimal = json!([{"id": created["id"], "name": "g", "limit": 1}]);
    assert_eq!(
        server.post("/v2/concurrency_limits/increment", json!({"names": ["g"], "slots": 1})).await,
        (200, minimal.clone())
    );
    let (status, locked) = server.post("/v2/concurrency_limits/increment", json!({"names": ["g"], "slots": 1})).await;
    assert_eq!((status, locked), (423, json!({"detail": "Locked"})));
    let (status, refused) = server.post("/v2/concurrency_limits/increment", json!({"names": ["g"], "slots": 5})).await;
    assert_eq!((status, refused), (422, json!({"detail": "Slots requested is greater than the limit"})));
    let (status, refused) = server
        .post("/v2/concurrency_limits/increment", json!({"names": ["g"], "slots": 1, "mode": "rate_limit"}))
        .await;
    assert!(
        status == 422 && refused["detail"].as_str().expect("a sentence").ends_with("have a decay configured: 'g'"),
        "{refused}"
    );
    let (_, shown) = server.get("/v2/concurrency_limits/g").await;
    assert_like(
        &shown,
        &json!({
            "id": created["id"], "created": "<time>", "updated": "<time>", "active": true, "name": "g", "limit": 1, "active_slots": 1,
            "slot_decay_per_second": 0.0,
        }),
    );
    assert_eq!(
        server.post("/v2/concurrency_limits/decrement", json!({"names": ["g", "none"], "slots": 1})).await,
        (200, minimal)
    );
    assert_eq!(
        server.get("/v2/concurrency_limits/none").await,
        (404, json!({"detail": "Concurrency Limit not found"}))
    );
    assert_eq!(
        server
            .call(Major::V3, Method::PATCH, "/v2/concurrency_limits/g", Some(json!({"limit": 4, "active": false})))
            .await,
        (204, Value::Null)
    );
    let by_id = format!("/v2/concurrency_limits/{}", created["id"].as_str().expect("an id"));
    let (_, shown) = server.get(&by_id).await;
    assert_eq!((&shown["limit"], &shown["active"]), (&json!(4), &json!(false)));
    assert_eq!(server.call(Major::V3, Method::DELETE, &by_id, None).await, (204, Value::Null));
    assert_eq!(server.call(Major::V3, Method::DELETE, &by_id, None).await.0, 404);
    for body in [
        json!({"name": "a/b", "limit": 1}),
        json!({"name": "x", "limit": -1}),
        json!({"name": "x", "limit": 1, "slots": 1}),
    ] {
        assert_eq!(server.post("/v2/concurrency_limits/", body.clone()).await.0, 422, "{body}");
    }
    assert_eq!(server.post("/v2/concurrency_limits/increment", json!({"names": ["g"], "slots": 0})).await.0, 422);
}

#[tokio::test]
async fn prefect_2_makes_unknown_limits_and_knows_no_leases() {
    let server = Server::start().await;
    let call = async |path: &str, body: Value| {
        server.call(Major::V2, Method::POST, &format!("/v2/concurrency_limits{path}"), Some(body)).await
    };
    let (status, taken) = call("/increment", json!({"names": ["new"], "slots": 3})).await;
    assert_eq!(status, 200);
    assert_like(&taken, &json!([{"id": "<id>", "name": "new", "limit": 1}]));
    let (_, all) = call("/filter", json!({})).await;
    assert_eq!((&all[0]["active"], &all[0]["active_slots"]), (&json!(false), &json!(0)));
    assert_eq!(call("/increment-with-lease", json!({"names": ["new"], "slots": 1})).await.0, 405);
    let renew = format!("/leases/{}/renew", id::<ConcurrencyLeaseId>());
    assert_eq!(call(&renew, json!({"lease_duration": 60})).await, (404, json!({"detail": "Not Found"})));
}

#[tokio::test]
async fn slots_are_taken_all_or_none_and_never_twice() {
    let server = Server::start().await;
    let client = server.client(Major::V3);
    for (name, slots) in [("wide", 5), ("narrow", 2)] {
        limits::create(&client, &new(name, slots)).await.expect("a limit");
    }
    let tries = (0..20).map(|_| {
        let client = client.clone();
        tokio::task::spawn_local(
            async move { limits::increment(&client, &wish(&["wide", "narrow", "unknown"], 1)).await },
        )
    });
    let local = tokio::task::LocalSet::new();
    let taken = local
        .run_until(async move {
            let mut taken = 0;
            for one in tries.collect::<Vec<_>>() {
                match one.await.expect("it ends") {
                    Ok(limits) => {
                        let names: Vec<_> = limits.into_iter().map(|limit| limit.name).collect();
                        assert_eq!(names, ["wide", "narrow"]);
                        taken += 1;
                    }
                    Err(refused) => assert_eq!(refused.status(), Some(423)),
                }
            }
            taken
        })
        .await;
    assert_eq!((taken, active(&client, "wide").await, active(&client, "narrow").await), (2, 2, 2));
    let back = GiveSlotsBack { slots: 9, names: vec!["wide".to_owned()], occupancy_seconds: Some(3.0) };
    limits::decrement(&client, &back).await.expect("given back");
    assert_eq!((active(&client, "wide").await, active(&client, "narrow").await), (0, 2));
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_loses_its_slots() {
    let server = Server::start().await;
    let client = server.client(Major::V3);
    limits::create(&client, &new("g", 1)).await.expect("a limit");
    let leased = limits::increment_with_lease(&client, &TakeSlots { lease_duration: 60.0, ..wish(&["g"], 1) })
        .await
        .expect("slots");
    server.pass(50.0);
    limits::renew(&client, leased.lease_id, 60.0).await.expect("kept");
    server.pass(50.0);
    assert_eq!(server::scheduler::repossessor::tick(server.app.clone()).await.expect("a round"), 0);
    assert_eq!(active(&client, "g").await, 1);
    server.pass(11.0);
    assert_eq!(limits::renew(&client, leased.lease_id, 60.0).await.expect_err("expired").status(), Some(410));
    assert_eq!(server::scheduler::repossessor::tick(server.app.clone()).await.expect("a round"), 1);
    assert_eq!(active(&client, "g").await, 0);
    limits::decrement_with_lease(&client, leased.lease_id).await.expect("fine as well");

    let again = limits::increment_with_lease(&client, &wish(&["g", "unknown"], 1)).await.expect("slots");
    assert_eq!(again.limits.len(), 1);
    limits::decrement_with_lease(&client, again.lease_id).await.expect("given back");
    assert_eq!(active(&client, "g").await, 0);
    let (status, gone) = server
        .post(&format!("/v2/concurrency_limits/leases/{}/renew", again.lease_id), json!({"lease_duration": 60}))
        .await;
    assert_eq!((status, gone), (410, json!({"detail": "Lease not found - it may have expired or been revoked"})));
    let (status, empty) = server
        .post(
            "/v2/concurrency_limits/increment-with-lease",
            json!({"names": ["tag:none"], "slots": 1, "lease_duration": 60}),
        )
        .await;
    assert_eq!(status, 200);
    assert_like(&empty, &json!({"lease_id": "<id>", "limits": []}));
    assert_eq!(
        server
            .post(
                "/v2/concurrency_limits/increment-with-lease",
                json!({"names": ["g"], "slots": 1, "lease_duration": 59})
            )
            .await
            .0,
        422
    );
}

#[tokio::test]
async fn limits_on_tags_are_limits_with_names_and_holders() {
    let server = Server::start().await;
    let (run, other) = (id::<domain::TaskRunId>(), id::<domain::TaskRunId>());
    let wish = json!({"tag": "etl", "concurrency_limit": 1});
    let (status, created) = server.post("/concurrency_limits/", wish.clone()).await;
    assert_eq!(status, 201);
    assert_like(
        &created,
        &json!({
            "id": "<id>", "created": "2026-11-23T12:00:00Z", "updated": "2026-11-23T12:00:00Z", "tag": "etl", "concurrency_limit": 1, "active_slots": [],
        }),
    );
    assert_eq!(server.post("/concurrency_limits/", wish.clone()).await, (200, created.clone()));
    assert_eq!(
        server
            .call(Major::V2, Method::POST, "/concurrency_limits/", Some(json!({"tag": "t2", "concurrency_limit": 1})))
            .await
            .0,
        200
    );
    let names = json!({"names": ["etl", "none"], "task_run_id": run});
    let taken = json!([{"id": created["id"], "name": "etl", "limit": 1}]);
    for _ in 0..2 {
        assert_eq!(
            server.post("/concurrency_limits/increment", names.clone()).await,
            (200, taken.clone()),
            "a run keeps its slot"
        );
    }
    let (status, full) =
        server.post("/concurrency_limits/increment", json!({"names": ["etl"], "task_run_id": other})).await;
    assert_eq!((status, full), (423, json!({"detail": "Concurrency limit for the etl tag has been reached"})));
    let (_, shown) = server.get("/concurrency_limits/tag/etl").await;
    assert_eq!(shown["active_slots"], json!([run]));
    assert_eq!(active(&server.client(Major::V3), "tag:etl").await, 1);
    let (_, listed) = server.post("/concurrency_limits/filter", json!({"limit": 15, "offset": 0})).await;
    assert_eq!(
        (&listed[0]["tag"], &listed[0]["active_slots"], &listed[1]["tag"]),
        (&json!("etl"), &json!([run]), &json!("t2"))
    );

    server.post("/concurrency_limits/decrement", names).await;
    assert_eq!(server.get("/concurrency_limits/tag/etl").await.1["active_slots"], json!([]));
    assert_eq!(
        server.post("/concurrency_limits/tag/etl/reset", json!({"slot_override": [other]})).await,
        (200, Value::Null)
    );
    assert_eq!(server.get("/concurrency_limits/tag/etl").await.1["active_slots"], json!([other]));
    assert_eq!(
        server.post("/concurrency_limits/tag/etl/reset", json!({"slot_override": null})).await,
        (200, Value::Null)
    );
    assert_eq!(active(&server.client(Major::V3), "tag:etl").await, 0);

    server.post("/concurrency_limits/", json!({"tag": "never", "concurrency_limit": 0})).await;
    let (status, never) =
        server.post("/concurrency_limits/increment", json!({"names": ["never"], "task_run_id": run})).await;
    assert!(
        status == 423 && never["detail"].as_str().expect("a sentence").contains("is 0 and will deadlock"),
        "{never}"
    );
    assert_eq!(server.call(Major::V3, Method::DELETE, "/concurrency_limits/tag/etl", None).await, (200, Value::Null));
    for path in ["/concurrency_limits/tag/etl", "/concurrency_limits/00000000-0000-4000-8000-000000000000"] {
        assert_eq!(server.get(path).await, (404, json!({"detail": "Concurrency limit not found"})), "{path}");
    }
}
