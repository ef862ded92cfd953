//! The program as people meet it: real processes, their output, their exit codes.

mod program;

use program::{Server, reeve};

#[test]
fn without_a_command_it_shows_what_it_can_do() {
    let done = reeve(&[]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("reeve server start --demo") && done.err.contains("work-pool"), "{}", done.err);
    for command in [
        &["server", "start"][..],
        &["worker", "start"],
        &["deployment", "run"],
        &["flow-run", "logs"],
        &["work-pool", "create"],
        &["config", "view"],
    ] {
        let done = reeve(&[command, &["--help"]].concat());
        assert_eq!(done.code, 0, "{command:?}");
        assert!(done.out.contains("Examples:") && done.out.contains("reeve "), "{command:?}: {}", done.out);
    }
}

#[test]
fn a_wrong_setting_stops_the_start_with_a_sentence() {
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case; 5] = [
        (&["server", "start"], &[("PREFECT_SERVER_API_PORT", "eighty")], "PREFECT_SERVER_API_PORT is \"eighty\""),
        (&["server", "start", "--port", "70000"], &[], "--port is \"70000\""),
        (
            &["server", "start"],
            &[("REEVE_DATABASE_URL", "mysql://root:hunter2@db/x")],
            "REEVE_DATABASE_URL has a value",
        ),
        (&["server", "start", "--config", "/nowhere.toml"], &[], "--config names /nowhere.toml"),
        (&["work-pool", "ls", "--api-url", "localhost"], &[], "--api-url is \"localhost\""),
    ];
    for (arguments, env, want) in cases {
        let done = program::with_env(arguments, env);
        assert_eq!(done.code, 2, "{}", done.err);
        assert!(done.err.contains(want) && done.err.contains("next:"), "{}", done.err);
        assert!(!done.err.contains("hunter2") && done.out.is_empty(), "{}", done.err);
    }
}

#[test]
fn config_view_tells_values_and_sources_and_keeps_secrets() {
    let env = [("PREFECT_SERVER_API_AUTH_STRING", "admin:hunter2"), ("PREFECT_UI_URL", "http:///svc.dev.svc:4200")];
    let done = program::with_env(&["config", "view", "--hide-defaults"], &env);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("server.auth_string  ********"), "{}", done.out);
    assert!(done.out.contains("env PREFECT_SERVER_API_AUTH_STRING") && !done.out.contains("hunter2"), "{}", done.out);
    assert!(done.err.contains("warning: PREFECT_UI_URL is http:///svc"), "{}", done.err);
    let done = reeve(&["config", "view", "-o", "json"]);
    let settings: serde_json::Value = serde_json::from_str(&done.out).expect("JSON");
    let port = settings.as_array().and_then(|all| all.iter().find(|one| one["setting"] == "server.port"));
    assert_eq!(
        port.expect("it is listed"),
        &serde_json::json!({"setting": "server.port", "value": "4200", "source": "default"})
    );
}

#[test]
fn a_server_that_is_not_there_is_explained() {
    let done = reeve(&["work-pool", "ls", "--api-url", "http://127.0.0.1:9/api"]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("annot reach the server") && done.err.contains("next: start a server"), "{}", done.err);
}

#[test]
fn a_server_starts_answers_and_ends_well_on_a_signal() {
    let server = Server::start(&[], &[]);
    assert_eq!(server.get("/api/health"), "true");
    let second = program::with_env(&["server", "start", "--port", &server.port()], &server.env());
    assert_eq!(second.code, 1);
    assert!(second.err.contains("Cannot listen at 127.0.0.1") && second.err.contains("--port"), "{}", second.err);
    let (code, log) = server.stop("TERM");
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("SIGTERM: finishing what runs"), "{log}");
}

#[test]
fn an_idle_connection_does_not_hold_the_end_up() {
    let server = Server::start(&["--log-format", "json"], &[]);
    let idle = server.connect();
    let started = std::time::Instant::now();
    let (code, log) = server.stop("INT");
    assert_eq!(code, Some(0), "{log}");
    assert!(started.elapsed().as_secs() < 5, "it took {:?}", started.elapsed());
    assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log}");
    drop(idle);
}

#[test]
fn the_database_can_be_upgraded_and_emptied() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let path = home.path().join("deep/er/reeve.db");
    let url = format!("sqlite+aiosqlite:///{}", path.display());
    let env = [("PREFECT_API_DATABASE_CONNECTION_URL", url.as_str())];
    let done = program::with_env(&["server", "database", "upgrade", "--yes"], &env);
    assert_eq!((done.code, path.is_file()), (0, true), "{}", done.err);
    let done = program::with_env(&["server", "database", "reset"], &env);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("add --yes"), "{}", done.err);
    let done = program::with_env(&["server", "database", "reset", "--yes"], &env);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn pools_are_made_listed_changed_and_deleted() {
    let server = Server::start(&[], &[]);
    let run = |arguments: &[&str]| program::with_env(arguments, &server.env());
    let done = run(&["work-pool", "create", "local", "--type", "process", "--concurrency-limit", "3"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let again = run(&["work-pool", "create", "local", "--type", "process"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("named \"local\" already") && again.err.contains("--overwrite"), "{}", again.err);
    let list = run(&["work-pool", "ls"]).out;
    assert!(list.starts_with("NAME ") && list.contains("local") && list.contains("process"), "{list}");
    assert_eq!(run(&["work-pool", "pause", "local"]).code, 0);
    let pool: serde_json::Value =
        serde_json::from_str(&run(&["work-pool", "inspect", "local", "-o", "json"]).out).expect("JSON");
    assert_eq!((&pool["is_paused"], &pool["concurrency_limit"]), (&true.into(), &3.into()));
    assert!(pool["base_job_template"]["job_configuration"].is_object(), "{pool}");
    assert_eq!(run(&["work-pool", "delete", "local"]).code, 0);
    let gone = run(&["work-pool", "inspect", "local"]);
    assert!(gone.code == 1 && gone.err.contains("There is no work pool \"local\"."), "{}", gone.err);
}

#[test]
fn a_password_is_asked_for_and_sent() {
    let server = Server::start(&[], &[("REEVE_SERVER_AUTH_STRING", "admin:pw")]);
    let refused = program::with_env(&["work-pool", "ls"], &server.env());
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("REEVE_API_AUTH_STRING"), "{}", refused.err);
    let mut env = server.env();
    env.push(("PREFECT_API_AUTH_STRING", "admin:pw"));
    let done = program::with_env(&["work-pool", "ls"], &env);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn the_demo_is_listed_run_followed_and_cleared_away() {
    let server = Server::start(&["--demo"], &[]);
    let run = |arguments: &[&str]| program::with_env(arguments, &server.env());
    let json = |arguments: &[&str]| -> serde_json::Value {
        let done = run(&[arguments, &["-o", "json"]].concat());
        serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", done.err))
    };
    let list = run(&["deployment", "ls"]).out;
    assert!(list.contains("demo/hello") && list.contains("demo-pool"), "{list}");
    let done =
        run(&["deployment", "run", "demo/hello", "--flow-run-name", "by hand", "--watch", "--watch-interval", "1"]);
    assert!(done.code == 0 && done.out.contains("Completed"), "{}{}", done.out, done.err);
    let id = done.out.lines().find_map(|line| line.trim().strip_prefix("id   ")).expect("it prints the id").to_owned();
    assert_eq!(json(&["flow-run", "inspect", &id])["name"], "by hand");
    let log = run(&["flow-run", "logs", &id, "--follow"]).out;
    assert!(log.contains("step 18 of 18 done") && log.contains("WARNING ") && log.contains("ERROR "), "{log}");
    assert_eq!(run(&["flow-run", "logs", &id, "--tail", "--num-logs", "2"]).out.lines().count(), 2);
    let completed = json(&["flow-run", "ls", "--flow-name", "demo", "--state-type", "completed"]);
    assert!(completed.as_array().expect("a list").iter().any(|run| run["id"] == id.as_str()), "{completed}");
    let newest = run(&["flow-run", "ls"]).out;
    assert!(newest.contains("by hand") && !newest.contains("in 59 min"), "{newest}");
    assert!(run(&["flow-run", "ls", "--upcoming"]).out.contains(" min"), "planned runs are listed when asked for");
    assert_eq!(run(&["deployment", "pause", "demo/hello"]).code, 0);
    assert_eq!(json(&["deployment", "inspect", "demo/hello"])["paused"], true);
    assert_eq!(run(&["deployment", "resume", "demo/hello"]).code, 0);
    let later = run(&["deployment", "run", "demo/hello", "--start-in", "1h"]).out;
    let later = later.lines().find_map(|line| line.trim().strip_prefix("id   ")).expect("it prints the id").to_owned();
    let cancelled = run(&["flow-run", "cancel", &later]);
    assert!(cancelled.out.contains("is now Cancelled"), "{}{}", cancelled.out, cancelled.err);
    assert_eq!(run(&["flow-run", "watch", &later, "--timeout", "5"]).code, 1);
    assert_eq!(run(&["flow-run", "delete", &id]).code, 0);
    assert_eq!(run(&["deployment", "delete", "demo/hello"]).code, 0);
    let gone = run(&["deployment", "inspect", "demo/hello"]);
    assert!(gone.code == 1 && gone.err.contains("reeve deployment ls"), "{}", gone.err);
    let (code, log) = server.stop("TERM");
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn a_worker_alone_runs_once_and_ends() {
    let server = Server::start(&[], &[]);
    let done =
        program::with_env(&["worker", "start", "--pool", "new", "--type", "process", "--run-once"], &server.env());
    assert_eq!(done.code, 0, "{}", done.err);
    let pool = program::with_env(&["work-pool", "inspect", "new"], &server.env());
    assert!(pool.code == 0 && pool.out.contains("process"), "{}{}", pool.out, pool.err);
    let flags = ["worker", "start", "--pool", "none", "--no-create-pool-if-not-found", "--install-policy", "never"];
    let done = program::with_env(&flags, &server.env());
    assert!(done.code == 1 && done.err.contains("there is no work pool \"none\""), "{}", done.err);
}
