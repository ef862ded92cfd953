//! Emptying a database: its tables for `reeve server database reset`, never while a server runs on it; its
//! rows for who asks the API for that.

use crate::database::{Backend, Store};
use crate::{Result, Tx, migrate, sql};

/// What a running server needs: who leads its loops, and what it remembers about itself.
const KEPT: [&str; 2] = ["lease", "configuration"];

/// Deletes every row, but for what a running server needs. The tables stay.
pub async fn clear(tx: &mut Tx) -> Result<()> {
    let migrations = migrate::of(tx.backend());
    let texts: Vec<&str> = migrations.iter().map(|migration| migration.sql.as_str()).collect();
    for table in tables(&texts).into_iter().rev().filter(|table| !KEPT.contains(table)) {
        tx.run(sql("DELETE FROM ").text(table)).await?;
    }
    Ok(())
}

impl Store {
    /// Drops the tables that the migrations make, and their history. Other tables in the same database
    /// stay. The next [`Store::open`] makes them anew.
    pub async fn reset(&self) -> Result<()> {
        let backend = self.backend();
        let (migrations, cascade) = (migrate::of(backend), if backend == Backend::Sqlite { "" } else { " CASCADE" });
        let texts: Vec<&str> = migrations.iter().map(|migration| migration.sql.as_str()).collect();
        let mut tx = self.write().await?;
        if backend == Backend::Sqlite {
            // Tables refer to each other in a circle; at the end none is left that could be broken.
            tx.run(sql("PRAGMA defer_foreign_keys = ON")).await?;
        }
        for table in tables(&texts).into_iter().rev().chain(["_sqlx_migrations"]) {
            tx.run(sql("DROP TABLE IF EXISTS ").text(table).text(cascade)).await?;
        }
        tx.commit().await
    }
}

/// The names after `CREATE TABLE`, in the order of their making, without those after a later `DROP TABLE`.
pub(crate) fn tables<'a>(texts: &[&'a str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for statement in texts.iter().flat_map(|text| text.split(';')) {
        let name = |words: &str| {
            let (_, rest) = statement.split_once(words)?;
            rest.trim_start_matches("IF NOT EXISTS ").split(['(', ' ', '\n']).next()
        };
        found.extend(name("CREATE TABLE "));
        if let Some(dropped) = name("DROP TABLE ") {
            found.retain(|table| *table != dropped);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_migrations_is_known() {
        let text = "-- words\nCREATE TABLE flow (\n id BLOB\n);\nCREATE TABLE IF NOT EXISTS log(id BLOB);";
        assert_eq!(tables(&[text, "CREATE INDEX x ON flow (id);"]), ["flow", "log"]);
        assert_eq!(tables(&[text, "DROP TABLE flow;"]), ["log"]);
    }

    #[tokio::test]
    async fn an_emptied_database_can_be_opened_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("reeve.db").display());
        for _ in 0..2 {
            let store = Store::open(&url).await.expect("it opens");
            let count = sql("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
            let tables = store.read().await.expect("a connection").count(count.clone()).await.expect("a number");
            assert!(tables > 10, "{tables}");
            store.reset().await.expect("it is emptied");
            let left = store.read().await.expect("a connection").count(count).await.expect("a number");
            assert_eq!(left, 0);
            store.close().await;
        }
    }
}
