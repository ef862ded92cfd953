//! What is no longer as its file says: told, taken again, or kept.

use serde_json::{Value, json};

use super::apply::{PROJECT, filled, json, start, until, write};
use super::{Server, with_env};

const LISTED: [&str; 6] = [
    "work-pool/pool",
    "work-queue/pool/fast",
    "variable/word",
    "concurrency-limit/db",
    "automation/watch",
    "deployment/hello/one",
];

/// Changes one thing of every kind by hand.
fn change_all(server: &Server) {
    let mut ids = vec![];
    for (path, body) in [("/api/automations/filter", "{}"), ("/api/deployments/filter", "{}")] {
        let found: Value = serde_json::from_str(&server.ask("POST", path, body).1).expect("JSON");
        ids.push(found[0]["id"].as_str().expect("an id").to_owned());
    }
    let [automation, deployment] = [&ids[0], &ids[1]];
    let schedule = json(server, &format!("/api/deployments/{deployment}/schedules"))[0]["id"].clone();
    let schedule = schedule.as_str().expect("an id");
    let patches = [
        ("/api/work_pools/pool".to_owned(), json!({ "concurrency_limit": 9 })),
        ("/api/work_pools/pool/queues/fast".to_owned(), json!({ "priority": 7 })),
        ("/api/variables/name/word".to_owned(), json!({ "value": "by hand" })),
        ("/api/v2/concurrency_limits/db".to_owned(), json!({ "limit": 1 })),
        (format!("/api/automations/{automation}"), json!({ "enabled": false })),
        (format!("/api/deployments/{deployment}"), json!({ "version": "mine" })),
        (format!("/api/deployments/{deployment}/schedules/{schedule}"), json!({ "active": false })),
    ];
    for (path, body) in patches {
        let (head, said) = server.ask("PATCH", &path, &body.to_string());
        assert!(head.starts_with("HTTP/1.1 204"), "{path}: {head} {said}");
    }
}

#[test]
fn what_was_changed_by_hand_is_told_and_taken_again_or_kept() {
    let folder = filled();
    let pools = std::fs::read_to_string(folder.path().join("pools.yaml")).expect("a file");
    write(folder.path(), "pools.yaml", &pools.replace("name: watch\n", "name: watch\n  enabled: true\n"));
    let scheduled = PROJECT.replace("version: '1'\n", "version: '1'\n  schedules: [{cron: '0 9 * * *'}]\n");
    write(folder.path(), "prefect.yaml", &scheduled);
    let server = start(folder.path());
    until("ready", || server.ask("GET", "/api/ready", "").0.starts_with("HTTP/1.1 200"));
    let run = |words: &[&str]| with_env(words, &server.env());
    let listed = || -> Vec<String> {
        let done = run(&["drift", "ls", "-o", "json"]);
        let found: Vec<Value> = serde_json::from_str(&done.out).expect("JSON");
        found.iter().map(|it| format!("{}/{}", it["kind"], it["name"]).replace('"', "")).collect()
    };
    let none = run(&["drift", "ls", "--exit-code"]);
    assert_eq!((none.code, none.out.trim()), (0, "Everything is as its file says."), "{}", none.err);
    change_all(&server);
    assert_eq!(listed(), LISTED);
    let told = run(&["drift", "ls", "--exit-code"]);
    assert_eq!(told.code, 3, "{}", told.out);
    for part in ["work-queue/pool/fast  priority", "\"hello\"  \"by hand\"", "schedules.", ".active"] {
        assert!(told.out.contains(part), "{part}\n{}", told.out);
    }
    // Kept: told no more, until it is changed again.
    assert_eq!(run(&["drift", "keep", "variable/word", "work-pool/pool"]).code, 0);
    assert_eq!(listed(), LISTED[1..].iter().filter(|it| **it != "variable/word").copied().collect::<Vec<_>>());
    server.ask("PATCH", "/api/variables/name/word", "{\"value\": \"again\"}");
    assert!(listed().contains(&"variable/word".to_owned()));
    // A file that says the same as before leaves alone what was kept.
    write(folder.path(), "pools.yaml", &(pools.clone() + "# more\n"));
    std::thread::sleep(std::time::Duration::from_millis(2500));
    assert_eq!(json(&server, "/api/work_pools/pool")["concurrency_limit"], 9);
    assert!(!listed().contains(&"work-pool/pool".to_owned()));
    // One that says something else wins.
    write(folder.path(), "pools.yaml", &pools.replace("concurrency_limit: 3", "concurrency_limit: 5"));
    until("the new limit", || json(&server, "/api/work_pools/pool")["concurrency_limit"] == 5);
    let taken = run(&["drift", "take", "--all"]);
    assert_eq!(taken.code, 0, "{}{}", taken.out, taken.err);
    assert_eq!(listed(), Vec::<String>::new(), "{}", run(&["drift", "ls"]).out);
    assert_eq!(json(&server, "/api/variables/name/word")["value"], "hello");
    let one = json(&server, "/api/deployments/name/hello/one");
    assert_eq!((&one["version"], &one["schedules"][0]["active"]), (&json!("1"), &json!(true)));
    let unknown = run(&["drift", "take", "variable/none"]);
    assert!(unknown.code == 1 && unknown.err.contains("reeve drift ls"), "{}", unknown.err);
    let sheet = server.get("/api/reeve/sheets/drift");
    assert!(sheet.contains("Everything is as its file says"), "{sheet}");
}

#[test]
fn a_page_offers_both_ways() {
    let folder = filled();
    let server = start(folder.path());
    until("ready", || server.ask("GET", "/api/ready", "").0.starts_with("HTTP/1.1 200"));
    server.ask("PATCH", "/api/work_pools/pool", "{\"concurrency_limit\": 9}");
    let sheet = server.get("/api/reeve/sheets/drift");
    for part in ["\"concurrency_limit\"", "Take the file's", "Keep this", "/take\"", "\"pools.yaml\""] {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    let drift = json(&server, "/api/reeve/drift");
    let id = drift[0]["origin"]["object_id"].as_str().expect("an id");
    let (head, _) = server.ask("POST", &format!("/api/reeve/drift/work-pool/{id}/keep"), "");
    assert!(head.starts_with("HTTP/1.1 204"), "{head}");
    assert_eq!(json(&server, "/api/reeve/drift")[0]["accepted"], true);
    let (head, _) = server.ask("POST", &format!("/api/reeve/drift/variable/{id}/take"), "");
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
}
