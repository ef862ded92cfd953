//! The table of settings as a whole: precedence, sentences, the page of documentation.

use super::*;

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn with_env(pairs: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    load_from(&Inputs { env: env(pairs), ..Inputs::default() })
}

fn with_file(text: &str) -> Result<Loaded, ConfigError> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("it can be written");
    load_from(&Inputs {
        search: vec![PathBuf::from("/nowhere/reeve.toml"), file.path().to_owned()],
        ..Inputs::default()
    })
}

#[test]
fn defaults_are_all_allowed() {
    let loaded = with_env(&[("HOME", "/home/me")]).expect("the defaults are right");
    assert_eq!(loaded.config.database().to_string(), "sqlite:///home/me/.reeve/reeve.db");
    assert_eq!((loaded.config.server_port, loaded.config.api_url.0.as_str()), (4200, "http://127.0.0.1:4200/api"));
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert!(loaded.found.iter().all(|found| found.source == Source::Default));
}

#[test]
fn keys_and_variables_are_unique_and_every_setting_has_words() {
    let mut seen = std::collections::BTreeSet::new();
    for setting in SETTINGS {
        let names = [setting.key.to_owned(), setting.env()];
        for name in names.into_iter().chain(setting.prefect.iter().map(|name| (*name).to_owned())) {
            assert!(seen.insert(name.clone()), "{name} is there twice");
        }
        assert!(setting.help.trim().ends_with('.'), "{}", setting.key);
        assert!(setting.default.is_empty() || (setting.show)(setting.default).is_ok(), "{}", setting.key);
    }
}

#[test]
fn the_nearer_source_wins() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "[server]\nport = 1\n").expect("it can be written");
    let mut inputs = Inputs::default();
    let port = |inputs: &Inputs| load_from(inputs).expect("valid").config.server_port;
    assert_eq!(port(&inputs), 4200);
    inputs.env = env(&[("REEVE_CONFIG", &file.path().display().to_string())]);
    assert_eq!(port(&inputs), 1);
    inputs.env.insert("PREFECT_SERVER_API_PORT".into(), "2".into());
    assert_eq!(port(&inputs), 2);
    inputs.env.insert("REEVE_SERVER_PORT".into(), "3".into());
    assert_eq!(port(&inputs), 3);
    inputs.flags = Flags::default().set("server.port", "--port", Some(4));
    assert_eq!(port(&inputs), 4);
    let loaded = load_from(&inputs).expect("valid");
    let found = loaded.found.iter().find(|found| found.setting.key == "server.port").expect("in the table");
    assert_eq!(found.source, Source::Flag("--port"));
}

#[test]
fn an_environment_made_for_prefect_is_understood() {
    let config = with_env(&[
        (
            "PREFECT_API_DATABASE_CONNECTION_URL",
            "postgresql+asyncpg://prefect:pw@pg-0.svc-pg.dev.svc.cluster.local:5432/prefect",
        ),
        ("PREFECT_SERVER_API_HOST", "0.0.0.0"),
        ("PREFECT_SERVER_API_AUTH_STRING", "admin:pw"),
        ("PREFECT_LOGGING_SERVER_LEVEL", "WARNING"),
        ("PREFECT_API_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME", "100 00:00:00"),
        ("PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS", "PT30S"),
        ("PREFECT_UI_ENABLED", "0"),
        ("PREFECT_API_KEY", ""),
    ])
    .expect("all of it is valid")
    .config;
    assert_eq!(
        config.database().to_string(),
        "postgresql://prefect:***@pg-0.svc-pg.dev.svc.cluster.local:5432/prefect"
    );
    assert_eq!((config.server_host.0.as_str(), config.server_log_level.0.as_str()), ("0.0.0.0", "warn"));
    assert_eq!(config.scheduler_max_scheduled_time.0.as_secs(), 8_640_000);
    assert_eq!(config.late_runs_after.0.as_secs(), 30);
    assert!(!config.ui_enabled && config.api_key.is_none());
}

#[test]
fn the_database_can_be_given_in_parts() {
    let parts = [
        ("PREFECT_SERVER_DATABASE_HOST", "db"),
        ("PREFECT_SERVER_DATABASE_USER", "me"),
        ("PREFECT_SERVER_DATABASE_NAME", "prefect"),
        ("PREFECT_SERVER_DATABASE_PASSWORD", "p@ss/word"),
    ];
    let config = with_env(&parts).expect("valid").config;
    assert_eq!(config.database().with_password(), "postgresql://me:p%40ss%2Fword@db:5432/prefect");
    let templated = [
        ("PREFECT_API_DATABASE_PASSWORD", "a b"),
        ("PREFECT_API_DATABASE_CONNECTION_URL", "postgresql+asyncpg://u:${PREFECT_API_DATABASE_PASSWORD}@db/prefect"),
    ];
    let config = with_env(&templated).expect("valid").config;
    assert_eq!(config.database().with_password(), "postgresql://u:a%20b@db/prefect");
    let home = [("PREFECT_HOME", "/srv/p"), ("REEVE_DATABASE_URL", "sqlite+aiosqlite:///$PREFECT_HOME/x.db")];
    assert_eq!(with_env(&home).expect("valid").config.database().with_password(), "sqlite:///srv/p/x.db");
}

#[test]
fn a_wrong_value_is_one_sentence_that_names_the_setting() {
    let cases = [
        (
            ("PREFECT_SERVER_API_PORT", "abc"),
            "PREFECT_SERVER_API_PORT is \"abc\", but it must be a port number from 0 to 65535",
        ),
        (("REEVE_UI_ENABLED", "perhaps"), "REEVE_UI_ENABLED is \"perhaps\", but it must be true or false"),
        (("PREFECT_API_URL", "http:///svc:4200/api"), "one slash too many"),
        (("REEVE_DATABASE_URL", "mysql://h/d"), "REEVE_DATABASE_URL is \"mysql://h/d\", but it must be postgresql://"),
        (("REEVE_LATE_RUNS_AFTER_SECONDS", "soon"), "a number of seconds"),
        (("REEVE_CONFIG", "/nowhere.toml"), "REEVE_CONFIG names /nowhere.toml, which cannot be read"),
    ];
    for ((name, value), want) in cases {
        let sentence = with_env(&[(name, value)]).err().expect(name).to_string();
        assert!(sentence.contains(want) && sentence.ends_with('.') && !sentence.contains('\n'), "{sentence}");
    }
}

#[test]
fn secrets_are_in_no_message() {
    for name in ["REEVE_SERVER_AUTH_STRING", "PREFECT_API_AUTH_STRING"] {
        let sentence = with_env(&[(name, "hunter2")]).err().expect("no colon").to_string();
        assert!(sentence.contains(name) && !sentence.contains("hunter2"), "{sentence}");
    }
    let sentence = with_env(&[("REEVE_DATABASE_URL", "mysql://me:hunter2@db/x")]).err().expect("no driver").to_string();
    assert!(!sentence.contains("hunter2"), "{sentence}");
    let all = [
        ("REEVE_DATABASE_URL", "postgresql://me:hunter2@db/x"),
        ("REEVE_SERVER_AUTH_STRING", "me:hunter2"),
        ("REEVE_API_KEY", "hunter2"),
        ("REEVE_DATABASE_PASSWORD", "hunter2"),
        ("REEVE_API_URL", "http://me:hunter2@host/api"),
    ];
    let loaded = with_env(&all).expect("valid");
    let shown: Vec<String> = loaded.found.iter().map(Found::shown).collect();
    assert!(!format!("{shown:?} {:?} {:?}", loaded.config.database(), loaded.warnings).contains("hunter2"));
    assert!(!format!("{:?}", (&loaded.config.server_auth_string, &loaded.config.api_key)).contains("hunter2"));
}

#[test]
fn the_file_is_read_and_its_mistakes_are_named() {
    let file =
        "home = \"/srv/reeve\"\n[server]\nport = 4300\n[ui]\nenabled = false\n[late_runs]\nafter_seconds = 1.5\n";
    let config = with_file(file).expect("valid").config;
    assert_eq!((config.server_port, config.ui_enabled), (4300, false));
    assert_eq!(config.late_runs_after.0.as_millis(), 1500);
    let cases = [
        ("[server]\nprot = 1\n", "server.prot, which is no setting; the nearest one is server.port"),
        ("[server]\nport = \n", "line 2"),
        ("[server]\nport = [1]\n", "server.port in "),
        ("[server]\nport = 99999\n", "server.port in "),
    ];
    for (text, want) in cases {
        let sentence = with_file(text).err().expect(text).to_string();
        assert!(sentence.contains(want) && sentence.ends_with('.'), "{sentence}");
    }
}

#[test]
fn odd_settings_are_pointed_at() {
    let cases = [
        (("PREFECT_UI_URL", "http:///svc-prefect.dev.svc.cluster.local:4200"), "three slashes"),
        (("PREFECT_UI_URL", "http://svc-prefect.dev.svc.cluster.local:4200"), "only inside the Kubernetes cluster"),
        (("PREFECT_UI_API_URL", "http://svc-prefect.dev.svc:4200/api"), "PREFECT_UI_API_URL is "),
        (("REEVE_UI_URL", "localhost:4200"), "begin with http://"),
        (("REEVE_UI_URL", "http://0.0.0.0:4200"), "no browser can open it"),
        (("REEVE_DATABASE_URL", "sqlite:///usr/lib/reeve.db"), "for a file in /usr/lib write four slashes"),
        (("PREFECT_UI_SERVE_BASE", "/prefect"), "always served at /"),
        (("REEVE_SERVER_HOST", "0.0.0.0"), "server.auth_string"),
        (("REEVE_SERVER_PROT", "1"), "did you mean REEVE_SERVER_PORT?"),
    ];
    for ((name, value), want) in cases {
        let warnings = with_env(&[(name, value)]).expect(name).warnings;
        assert!(
            warnings.len() == 1 && warnings[0].contains(want) && warnings[0].contains(name),
            "{name}: {warnings:?}"
        );
    }
    assert_eq!(with_env(&[("REEVE_UI_URL", "https://reeve.example.org/")]).expect("valid").warnings, [""; 0]);
}

#[test]
fn kubernetes_service_variables_are_no_settings() {
    let links = [
        ("REEVE_SERVER_PORT", "tcp://10.96.0.7:4200"),
        ("REEVE_SERVER_SERVICE_HOST", "10.96.0.7"),
        ("REEVE_SERVER_PORT_4200_TCP", "tcp://10.96.0.7:4200"),
        ("REEVE_PORT", "tcp://10.96.0.7:4200"),
    ];
    let loaded = with_env(&links).expect("they are passed over");
    assert_eq!((loaded.config.server_port, loaded.warnings.len()), (4200, 0));
}

#[test]
fn the_documentation_is_what_the_table_says() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    if load(Flags::default()).is_ok_and(|loaded| loaded.environment.contains_key("REEVE_WRITE_DOCS")) {
        std::fs::write(&path, markdown()).expect("the page can be written");
    }
    let page = std::fs::read_to_string(&path).expect("docs/configuration.md is there");
    assert!(
        page == markdown(),
        "docs/configuration.md is out of date: REEVE_WRITE_DOCS=1 cargo test -p server configuration"
    );
}
