//! The schema's history, twins for the two databases, built into the program.

use std::borrow::Cow;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::database::Backend;

macro_rules! migrations {
    ($($version:literal $name:literal),* $(,)?) => {
        const SQLITE: &[(i64, &str, &str)] =
            &[$(($version, $name, include_str!(concat!("../../migrations/sqlite/", $name, ".sql")))),*];
        const POSTGRES: &[(i64, &str, &str)] =
            &[$(($version, $name, include_str!(concat!("../../migrations/postgres/", $name, ".sql")))),*];
    };
}

migrations! {
    1 "0001_base",
    2 "0002_automations",
    3 "0003_lists_by_time",
    4 "0004_queues",
    5 "0005_runs_with_a_deployment",
    6 "0006_why",
    7 "0007_output",
    8 "0008_origins",
    9 "0009_template_versions",
    10 "0010_accepted_drift",
    13 "0013_pod_lines",
    14 "0014_size_samples",
    15 "0015_template_source",
    16 "0016_dry_runs",
}

/// What a database of this kind goes through.
pub fn of(backend: Backend) -> Migrator {
    let steps = match backend {
        Backend::Sqlite => SQLITE,
        Backend::Postgres => POSTGRES,
    };
    let migrations: Vec<Migration> = steps
        .iter()
        .map(|&(version, name, text)| {
            Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, SqlStr::from_static(text), false)
        })
        .collect();
    Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    #[test]
    fn every_file_is_gone_through() {
        for (folder, steps) in [("sqlite", SQLITE), ("postgres", POSTGRES)] {
            let folder = format!("{}/../migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
            let files = std::fs::read_dir(&folder).expect("the folder is there");
            let mut files: Vec<String> =
                files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
            files.sort();
            let listed: Vec<String> = steps.iter().map(|(_, name, _)| format!("{name}.sql")).collect();
            assert_eq!(files, listed, "{folder}");
        }
    }

    #[tokio::test]
    async fn what_waits_in_the_queues_of_an_older_version_stays() {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.expect("a database");
        let before = of(Backend::Sqlite).migrations.iter().take(2).cloned().collect();
        Migrator { migrations: Cow::Owned(before), ..Migrator::DEFAULT }.run(&pool).await.expect("the older tables");
        let queued = [
            "INSERT INTO event (id, occurred, received, event, resource_id, resource, related, payload)
             VALUES (x'02', 1, 1, 'e', 'r', '{}', '[]', '{}')",
            "INSERT INTO automation_action (id, created, calls_out, due, attempts, invocation) VALUES (x'01', 1, 0, 1, 0, '{}')",
            "INSERT INTO automation_event (event_id, occurred, look_again) VALUES (x'02', 1, 1)",
        ];
        for insert in queued {
            sqlx::query(insert).execute(&pool).await.expect("queued");
        }
        of(Backend::Sqlite).run(&pool).await.expect("the newer tables");
        let count = "SELECT (SELECT count(*) FROM automation_action) + (SELECT count(*) FROM automation_event)";
        assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&pool).await.expect("a number"), 2);
    }

    #[tokio::test]
    async fn what_pods_of_an_older_version_printed_stands_in_the_log() {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.expect("a database");
        let before = of(Backend::Sqlite).migrations.iter().filter(|step| step.version < 13).cloned().collect();
        Migrator { migrations: Cow::Owned(before), ..Migrator::DEFAULT }.run(&pool).await.expect("the older tables");
        let kept = [
            "PRAGMA foreign_keys = OFF",
            "INSERT INTO flow_run_output (flow_run_id, at, pod, nth, text) VALUES (x'02', 7, 'p', 1, 'b'), (x'02', 7, 'p', 0, 'a')",
        ];
        for insert in kept {
            sqlx::query(insert).execute(&pool).await.expect("kept");
        }
        of(Backend::Sqlite).run(&pool).await.expect("the newer tables");
        let lines =
            "SELECT group_concat(pod || message || nth) FROM (SELECT * FROM log WHERE timestamp = 7 ORDER BY seq)";
        assert_eq!(sqlx::query_scalar::<_, String>(lines).fetch_one(&pool).await.expect("lines"), "pa0,pb1");
    }
}
