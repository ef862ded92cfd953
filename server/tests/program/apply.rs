//! `reeve server start --apply DIR`: brought up from files, followed when they change.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Server;

const POOLS: &str = "work_pools:\n- name: pool\n  type: process\n  concurrency_limit: 3\n  queues:\n  - {name: fast, priority: 2}\nvariables:\n  word: hello\nconcurrency_limits:\n- {name: db, limit: 5}\nautomations:\n- name: watch\n  trigger: {type: event, expect: [a.b], posture: Reactive, threshold: 1, within: 0}\n  actions: [{type: do-nothing}]\n";

pub const PROJECT: &str = "deployments:\n- name: one\n  entrypoint: flows.py:hello\n  version: '1'\n  tags: ['{{ prefect.variables.word }}']\n  work_pool: {name: pool, work_queue_name: fast}\n";

pub fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("it can be written");
}

pub fn until(what: &str, mut check: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !check() {
        assert!(begun.elapsed() < Duration::from_secs(15), "still not: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

pub fn json(server: &Server, path: &str) -> Value {
    serde_json::from_str(&server.get(path)).unwrap_or_default()
}

fn is_ready(server: &Server) -> bool {
    server.ask("GET", "/api/ready", "").0.starts_with("HTTP/1.1 200")
}

pub fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "pools.yaml", POOLS);
    write(folder.path(), "prefect.yaml", PROJECT);
    write(folder.path(), "flows.py", "from prefect import flow\n\n@flow\ndef hello():\n    pass\n");
    folder
}

pub fn start(folder: &Path) -> Server {
    let directory = folder.display().to_string();
    Server::start(&["--no-ui", "--apply", &directory], &[])
}

#[test]
fn a_server_sets_itself_up_and_follows_the_files() {
    let folder = filled();
    let server = start(folder.path());
    until("ready", || is_ready(&server));
    assert_eq!(json(&server, "/api/work_pools/pool")["concurrency_limit"], 3);
    assert_eq!(json(&server, "/api/work_pools/pool/queues/fast")["priority"], 2);
    assert_eq!(json(&server, "/api/v2/concurrency_limits/db")["limit"], 5);
    let one = json(&server, "/api/deployments/name/hello/one");
    assert_eq!((&one["tags"][0], &one["work_queue_name"]), (&Value::from("hello"), &Value::from("fast")));
    assert!(server.ask("POST", "/api/automations/filter", "{}").1.contains("watch"));
    // What somebody changes by hand while the file stays as it is is kept; what the file changes is changed.
    server.ask("PATCH", "/api/work_pools/pool", "{\"description\": \"by hand\"}");
    server.ask("PATCH", "/api/work_pools/pool/queues/fast", "{\"priority\": 9}");
    write(folder.path(), "pools.yaml", &POOLS.replace("concurrency_limit: 3", "concurrency_limit: 4"));
    until("the new limit", || json(&server, "/api/work_pools/pool")["concurrency_limit"] == 4);
    assert_eq!(json(&server, "/api/work_pools/pool/queues/fast")["priority"], 9);
    assert_eq!(json(&server, "/api/work_pools/pool")["description"], "by hand");
    let id = one["id"].as_str().expect("an id");
    server.ask("PATCH", &format!("/api/deployments/{id}"), "{\"tags\": [\"mine\"]}");
    let drift = json(&server, "/api/reeve/drift");
    let told: Vec<(&str, &str)> = drift
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| (it["name"].as_str().unwrap_or_default(), it["differs"][0]["path"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(told, [("pool/fast", "priority"), ("hello/one", "tags")], "{drift}");
}

/// A template that a file changes is a version of the pool's, told with the file's name.
#[test]
fn a_template_from_a_file_has_its_history() {
    let folder = filled();
    let template = |image: &str| {
        format!(
            "job_configuration: {{image: '{{{{ image }}}}'}}\nvariables: {{type: object, properties: {{image: {{default: {image}}}}}}}\n"
        )
    };
    let pools = POOLS.replace("  type: process\n", "  type: process\n  base_job_template: template.yaml\n");
    write(folder.path(), "pools.yaml", &pools);
    write(folder.path(), "template.yaml", &template("first"));
    let server = start(folder.path());
    until("ready", || is_ready(&server));
    let image = || {
        json(&server, "/api/work_pools/pool")["base_job_template"]["variables"]["properties"]["image"]["default"]
            .clone()
    };
    assert_eq!(image(), "first");
    write(folder.path(), "template.yaml", &template("second"));
    until("the second template", || image() == "second");
    let history = server.get("/api/reeve/sheets/pools/pool/history");
    assert!(history.contains("the file pools.yaml"), "{history}");
    assert!(server.get("/api/reeve/sheets/drift").contains("Everything is as its file says"));
}

/// Killed while it applies, a server that is started again brings up the rest, and nothing twice.
#[test]
fn a_server_that_is_killed_while_it_applies_goes_on_where_it_was() {
    const MANY: usize = 400;
    let folder = filled();
    let list = |kind: &str, line: &dyn Fn(usize) -> String| {
        let lines: Vec<String> = (0..MANY).map(line).collect();
        format!("{kind}:\n{}", lines.concat())
    };
    write(folder.path(), "a.yaml", &list("variables", &|n| format!("  v{n}: {n}\n")));
    write(folder.path(), "b.yaml", &list("concurrency_limits", &|n| format!("- {{name: l{n}, limit: {n}}}\n")));
    let database = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:///{}", database.path().join("reeve.db").display());
    let directory = folder.path().display().to_string();
    let words = ["--no-ui", "--apply", &directory];
    let env = [("REEVE_DATABASE_URL", url.as_str())];
    let count = |server: &Server| -> usize {
        server.ask("POST", "/api/variables/count", "{}").1.trim().parse().unwrap_or_default()
    };
    let mut killed_at = Vec::new();
    for round in 0..4 {
        let server = Server::start(&words, &env);
        let wanted = (round + 1) * MANY / 6;
        until("some of it", || count(&server) >= wanted);
        killed_at.push(count(&server));
        server.stop("KILL");
    }
    assert!(killed_at[0] < MANY, "it was never in the middle: {killed_at:?}");
    let server = Server::start(&words, &env);
    until("ready", || is_ready(&server));
    assert_eq!(count(&server), MANY + 1);
    for n in [0, MANY - 1] {
        assert_eq!(json(&server, &format!("/api/v2/concurrency_limits/l{n}"))["limit"], n);
    }
    let automations: Vec<Value> =
        serde_json::from_str(&server.ask("POST", "/api/automations/filter", "{}").1).expect("JSON");
    let deployments: Vec<Value> =
        serde_json::from_str(&server.ask("POST", "/api/deployments/filter", "{}").1).expect("JSON");
    assert_eq!((automations.len(), deployments.len()), (1, 1));
    assert_eq!(json(&server, "/api/reeve/drift"), serde_json::json!([]));
}

#[test]
fn a_broken_file_is_named_and_what_was_applied_stands() {
    let folder = filled();
    write(folder.path(), "pools.yaml", &POOLS.replace("type: process", "tpe: process"));
    let server = start(folder.path());
    std::thread::sleep(Duration::from_millis(500));
    assert!(!is_ready(&server));
    assert!(server.get("/api/work_pools/pool").contains("not found"));
    write(folder.path(), "pools.yaml", POOLS);
    until("ready", || is_ready(&server));
    // As a ConfigMap does it: the files are links into a folder that is swapped.
    write(folder.path(), "prefect.yaml", &PROJECT.replace("version: '1'", "vrsion: '2'"));
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(json(&server, "/api/deployments/name/hello/one")["version"], "1");
    let (_, log) = server.stop("TERM");
    assert!(log.contains("pools.yaml:3:3: work-pool pool has the unknown key `tpe`"), "{log}");
    assert!(log.contains("prefect.yaml:4:3: the deployment one has the unknown key `vrsion`"), "{log}");
}

#[cfg(unix)]
#[test]
fn the_swap_of_a_mounted_configmap_is_a_change() {
    let folder = filled();
    let mount = tempfile::tempdir().expect("a folder");
    let link = |of: &Path, at: &str| std::os::unix::fs::symlink(of, mount.path().join(at)).expect("a link");
    let version = |name: &str, limit: &str| {
        let inside = mount.path().join(name);
        std::fs::create_dir(&inside).expect("a folder");
        write(&inside, "pools.yaml", &POOLS.replace("concurrency_limit: 3", limit));
    };
    version("..1", "concurrency_limit: 7");
    link(Path::new("..1"), "..data");
    link(Path::new("..data/pools.yaml"), "pools.yaml");
    let server = start(mount.path());
    until("ready", || is_ready(&server));
    assert_eq!(json(&server, "/api/work_pools/pool")["concurrency_limit"], 7);
    version("..2", "concurrency_limit: 8");
    link(Path::new("..2"), "..data_tmp");
    std::fs::rename(mount.path().join("..data_tmp"), mount.path().join("..data")).expect("a swap");
    until("the swapped file", || json(&server, "/api/work_pools/pool")["concurrency_limit"] == 8);
    drop(folder);
}
