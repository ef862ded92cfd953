//! The same test on a server over SQLite and, when `REEVE_TEST_DATABASE_URL` names one, over PostgreSQL; and
//! tests with two servers over one PostgreSQL.

use std::fmt::Write;

use domain::Uuid;
use server::app_state::Policy;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::Store;

use super::{Server, id};

/// Runs `test` on each database.
pub async fn on_each(test: impl AsyncFn(Server)) {
    test(Server::start().await).await;
    if let Some(database) = database() {
        on_postgres(&database, &test).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "how a test run is told of its database")]
fn database() -> Option<String> {
    std::env::var("REEVE_TEST_DATABASE_URL").ok().filter(|url| url.starts_with("postgres"))
}

/// In a schema of its own, which is gone afterwards.
async fn on_postgres(database: &str, test: &impl AsyncFn(Server)) {
    in_schema(database, async |url| {
        let store = Store::open(url).await.expect("a new schema");
        test(Server::over(store.clone(), Policy::default(), None)).await;
        store.close().await;
    })
    .await;
}

/// Runs `test` with two servers that share a PostgreSQL, when there is one.
pub async fn on_two(test: impl AsyncFn(Server, Server)) {
    let Some(database) = database() else { return };
    in_schema(&database, async |url| {
        let (one, other) = (Store::open(url).await.expect("a new schema"), Store::open(url).await.expect("the same"));
        let server = |store: &Store| Server::over(store.clone(), Policy::default(), None);
        test(server(&one), server(&other)).await;
        one.close().await;
        other.close().await;
    })
    .await;
}

async fn in_schema(database: &str, test: impl AsyncFnOnce(&str)) {
    let schema = format!("test_{}", id::<Uuid>().simple());
    run(database, format!("CREATE SCHEMA {schema}")).await;
    let mut url = database.to_owned();
    write!(url, "{}options=-csearch_path%3D{schema}", if url.contains('?') { '&' } else { '?' }).expect("text");
    test(&url).await;
    run(database, format!("DROP SCHEMA {schema} CASCADE")).await;
}

async fn run(database: &str, statement: String) {
    let mut connection = PgConnection::connect(database).await.expect("the PostgreSQL server answers");
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.expect("the statement runs");
    connection.close().await.expect("a goodbye");
}
