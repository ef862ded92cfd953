//! `reeve deploy` against a running server: plans, what stays as it is, what is refused.

use std::path::Path;

use super::{Done, Server, command};

const FLOWS: &str = "from prefect import flow\n\n\n@flow\ndef hello(name: str = 'x'):\n    \"\"\"Says hello.\"\"\"\n\n\ndef plain():\n    pass\n";

const FILE: &str = "name: shop\ndeployments:\n- name: one\n  entrypoint: flows.py:hello\n  version: '1'\n  schedules:\n  - cron: '0 9 * * *'\n  - interval: 600\n  work_pool: {name: pool}\n- name: two\n  entrypoint: flows.py:hello\n  version: '1'\n  work_pool: {name: pool}\n";

/// A directory with flows beside a server that has a pool.
struct Shop {
    server: Server,
    folder: tempfile::TempDir,
}

impl Shop {
    fn open() -> Shop {
        let shop = Shop { server: Server::start(&["--no-ui"], &[]), folder: tempfile::tempdir().expect("a folder") };
        shop.write("flows.py", FLOWS);
        shop.write("prefect.yaml", FILE);
        assert_eq!(shop.reeve(&["work-pool", "create", "pool", "--type", "process"]).code, 0);
        shop
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("it can be written");
    }

    fn reeve(&self, words: &[&str]) -> Done {
        run_in(self.folder.path(), words, &self.server.env())
    }

    /// Deploys all with these words more; the code, the last line, and everything.
    fn deploy(&self, more: &[&str]) -> (i32, String, Done) {
        let done = self.reeve(&[&["deploy", "--all"], more].concat());
        let last = done.out.lines().last().unwrap_or_default().to_owned();
        (done.code, last, done)
    }
}

fn run_in(folder: &Path, words: &[&str], env: &[(&str, &str)]) -> Done {
    let output = command(folder, words, env).output().expect("it can be started");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("utf-8");
    Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_plan_changes_nothing_and_a_second_deploy_neither() {
    let shop = Shop::open();
    let (code, last, _) = shop.deploy(&["--plan"]);
    assert_eq!((code, last.as_str()), (3, "Plan: 2 to add, 0 to change, 0 unchanged, 0 to remove."));
    let (code, last, _) = shop.deploy(&[]);
    assert_eq!((code, last.as_str()), (0, "Deployed: 2 added, 0 changed, 0 unchanged, 0 removed."));
    let before = shop.server.ask("POST", "/api/deployments/filter", "{}").1;
    let (code, last, _) = shop.deploy(&[]);
    assert_eq!((code, last.as_str()), (0, "Deployed: 0 added, 0 changed, 2 unchanged, 0 removed."));
    assert_eq!(shop.server.ask("POST", "/api/deployments/filter", "{}").1, before);
    assert_eq!(shop.deploy(&["--plan"]).0, 0);
    shop.write(
        "prefect.yaml",
        &FILE
            .replace("0 9 * * *", "0 10 * * *")
            .replace("{name: pool}\n- ", "{name: pool, job_variables: {env: {A: b}}}\n- "),
    );
    let (code, last, done) = shop.deploy(&["--plan"]);
    assert_eq!((code, last.as_str()), (3, "Plan: 0 to add, 1 to change, 1 unchanged, 0 to remove."));
    for part in [
        "~ hello/one",
        "schedule.cron: \"0 9 * * *\" -> \"0 10 * * *\"",
        "= schedule every",
        "the job of its runs:",
        "\"A\":\"b\"",
        "= hello/two",
    ] {
        assert!(done.out.contains(part), "{part}\n{}", done.out);
    }
}

#[test]
fn what_a_person_paused_stays_paused() {
    let shop = Shop::open();
    assert_eq!(shop.deploy(&[]).0, 0);
    let read = || {
        let body = shop.server.get("/api/deployments/name/hello/one");
        serde_json::from_str::<serde_json::Value>(&body).expect("a deployment")
    };
    let deployment = read();
    let id = deployment["id"].as_str().expect("an id").to_owned();
    let cron = |row: &serde_json::Value| {
        row["schedules"]
            .as_array()
            .expect("schedules")
            .iter()
            .find(|it| it["schedule"].get("cron").is_some())
            .cloned()
            .expect("it")
    };
    let schedule = cron(&deployment)["id"].as_str().expect("an id").to_owned();
    shop.server.ask("PATCH", &format!("/api/deployments/{id}/schedules/{schedule}"), "{\"active\": false}");
    assert_eq!(shop.reeve(&["deployment", "pause", "hello/two"]).code, 0);
    shop.write("prefect.yaml", &FILE.replace("version: '1'", "version: '2'"));
    let (_, last, _) = shop.deploy(&[]);
    assert_eq!(last, "Deployed: 0 added, 2 changed, 0 unchanged, 0 removed.");
    let after = read();
    assert_eq!((after["version"].as_str(), cron(&after)["active"].as_bool()), (Some("2"), Some(false)));
    assert_eq!(cron(&after)["id"].as_str(), Some(schedule.as_str()));
    let two: serde_json::Value = serde_json::from_str(&shop.server.get("/api/deployments/name/hello/two")).expect("it");
    assert_eq!(two["paused"], true);
}

#[test]
fn prune_removes_what_the_project_no_longer_has_and_only_with_leave() {
    let shop = Shop::open();
    assert_eq!(shop.deploy(&[]).0, 0);
    let one = FILE.split("- name: two").next().expect("a part");
    shop.write("prefect.yaml", one);
    let (code, _, done) = shop.deploy(&["--prune"]);
    assert_eq!(code, 2, "{}", done.err);
    assert!(done.err.contains("- hello/two") && done.err.contains("--yes"), "{}", done.err);
    assert_eq!(shop.deploy(&["--prune", "--plan"]).1, "Plan: 0 to add, 0 to change, 1 unchanged, 1 to remove.");
    assert_eq!(shop.deploy(&["--prune", "--yes"]).1, "Deployed: 0 added, 0 changed, 1 unchanged, 1 removed.");
    assert!(shop.server.get("/api/deployments/name/hello/two").contains("not found"));
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_nothing_is_changed() {
    let shop = Shop::open();
    let cases = [
        (
            "flows.py:hello\n  version: '1'\n  work",
            "flows.py:gone\n  version: '1'\n  work",
            "prefect.yaml:11:15: the entrypoint flows.py:gone: there is no function gone in it",
        ),
        (
            "flows.py:hello\n  version: '1'\n  work",
            "flows.py:plain\n  version: '1'\n  work",
            "flows.py:9:5: plain is no flow",
        ),
        (
            "flows.py:hello\n  version: '1'\n  work",
            "no.py:hello\n  version: '1'\n  work",
            "prefect.yaml:11:15: the entrypoint no.py:hello: there is no such file",
        ),
        ("'0 9 * * *'", "'0 9 * *'", "prefect.yaml:7:5: the deployment one: Invalid cron string"),
        ("{name: pool}\n- ", "{name: pol}\n- ", "prefect.yaml:9:21: there is no work pool \"pol\""),
        ("  schedules:", "  shedules:", "prefect.yaml:6:3: the deployment one has the unknown key `shedules`"),
        ("version: '1'", "version: 1", "prefect.yaml:5:12: version is a number"),
    ];
    for (from, to, want) in cases {
        shop.write("prefect.yaml", &FILE.replacen(from, to, 1));
        let (code, _, done) = shop.deploy(&[]);
        assert_eq!(code, 2, "{want}\n{}", done.err);
        assert!(done.err.contains(want), "{want}\n{}", done.err);
        assert!(done.err.contains("nothing was changed"), "{}", done.err);
    }
    shop.write("broken.py", "from prefect import flow\n\n@flow\ndef x(:\n    pass\n");
    shop.write("prefect.yaml", &FILE.replacen("flows.py:hello", "broken.py:x", 1));
    let (code, _, done) = shop.deploy(&[]);
    assert!(code == 2 && done.err.contains("broken.py:4:7: Python syntax"), "{}", done.err);
    assert_eq!(shop.server.ask("POST", "/api/deployments/count", "{}").1, "0");
    let (code, last, _) = shop.deploy(&["--keep-going"]);
    assert_eq!((code, last.as_str()), (2, "Deployed: 1 added, 0 changed, 0 unchanged, 0 removed."));
}

#[test]
fn what_is_exported_deploys_without_a_difference() {
    let shop = Shop::open();
    let more = "  triggers:\n  - expect: [a.b]\n    match: {'prefect.resource.id': x}\n    parameters: {name: '{{ event.name }}'}\n  concurrency_limit: {limit: 2, collision_strategy: ENQUEUE}\n  description: |\n    Two\n    lines.\n";
    shop.write("prefect.yaml", &format!("{FILE}{more}"));
    assert_eq!(shop.deploy(&[]).0, 0);
    let exported = shop.reeve(&["deployment", "export", "--project", "shop"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    shop.write("prefect.yaml", &exported.out);
    let (code, last, done) = shop.deploy(&["--plan"]);
    assert_eq!(
        (code, last.as_str()),
        (0, "Plan: 0 to add, 0 to change, 2 unchanged, 0 to remove."),
        "{}\n{}{}",
        exported.out,
        done.out,
        done.err
    );
}

#[test]
fn a_directory_is_started_and_deploys() {
    let shop = Shop::open();
    std::fs::remove_file(shop.folder.path().join("prefect.yaml")).expect("it is there");
    let done = shop.reeve(&["init", "--name", "shop", "--pool", "pool"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(shop.deploy(&[]).1, "Deployed: 1 added, 0 changed, 0 unchanged, 0 removed.");
    assert_eq!(shop.reeve(&["init"]).code, 2);
    let alone = shop.reeve(&[
        "deploy",
        "flows.py:hello",
        "--name",
        "alone",
        "--pool",
        "pool",
        "--cron",
        "0 1 * * *",
        "--param",
        "name=you",
    ]);
    assert_eq!(alone.code, 0, "{}", alone.err);
    assert!(alone.out.contains("+ hello/alone"), "{}", alone.out);
}
