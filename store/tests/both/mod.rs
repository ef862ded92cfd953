//! Runs a test on a fresh SQLite file, and on a fresh schema of the PostgreSQL server that
//! `REEVE_TEST_DATABASE_URL` names, when it names one.

use std::fmt::Write;

use domain::{Timestamp, Uuid};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::Store;

/// Runs `test` on each database.
pub async fn on_both(test: impl AsyncFn(Store)) {
    on_sqlite(&test).await;
    if let Some(server) = server() {
        on_postgres(&server, &test).await;
    }
}

/// The instant that a text says.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a datetime")
}

/// A fresh id.
pub fn id<T: From<Uuid>>() -> T {
    #[expect(clippy::disallowed_methods, reason = "tests that store rows need ids that are free")]
    Uuid::now_v7().into()
}

#[expect(clippy::disallowed_methods, reason = "how a test run is told of its database")]
fn server() -> Option<String> {
    std::env::var("REEVE_TEST_DATABASE_URL").ok().filter(|url| url.starts_with("postgres"))
}

async fn on_sqlite(test: &impl AsyncFn(Store)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("reeve.db").display());
    let store = Store::open(&url).await.expect("a new file");
    test(store.clone()).await;
    store.close().await;
}

async fn on_postgres(server: &str, test: &impl AsyncFn(Store)) {
    let schema = format!("test_{}", id::<Uuid>().simple());
    run(server, format!("CREATE SCHEMA {schema}")).await;
    let mut url = server.to_owned();
    write!(url, "{}options=-csearch_path%3D{schema}", if server.contains('?') { '&' } else { '?' }).expect("text");
    let store = Store::open(&url).await.expect("a new schema");
    test(store.clone()).await;
    store.close().await;
    run(server, format!("DROP SCHEMA {schema} CASCADE")).await;
}

async fn run(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.expect("the PostgreSQL server answers");
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.expect("the statement runs");
    connection.close().await.expect("a goodbye");
}
