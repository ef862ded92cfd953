//! Several writes as one statement: each statement that is sent costs both sides more than a row does.

use crate::Sql;
use crate::database::Backend;

/// Whether `write` may go along with `others`. SQLite carries writes out one after the other. PostgreSQL carries
/// them out at once, and none sees what another has written: they must be of different tables, and read none.
pub(crate) fn fits(write: &Sql, others: &[Sql], backend: Backend) -> bool {
    backend == Backend::Sqlite || others.iter().all(|other| table(other) != table(write))
}

/// The writes as one statement. The database keeps what it made of the text if it would for each of them.
pub(crate) fn in_one(writes: Vec<Sql>, backend: Backend) -> Sql {
    let are_kept = writes.iter().all(Sql::is_kept);
    let all = match backend {
        Backend::Sqlite => one_after_the_other(writes),
        Backend::Postgres => at_once(writes),
    };
    if are_kept { all.often() } else { all }
}

fn one_after_the_other(writes: Vec<Sql>) -> Sql {
    let mut all = Sql::default();
    for (n, write) in writes.into_iter().enumerate() {
        all.push(if n == 0 { "" } else { ";\n" });
        all.append(write);
    }
    all
}

/// `WITH w1 AS (…), w2 AS (…) …`: constraints are looked at when all of it is done
/// (PostgreSQL, "Data-Modifying Statements in WITH").
fn at_once(mut writes: Vec<Sql>) -> Sql {
    let last = writes.pop().unwrap_or_default();
    let mut all = Sql::default();
    for (n, write) in writes.into_iter().enumerate() {
        all.push(if n == 0 { "WITH w" } else { ", w" }).push(&n.to_string()).push(" AS (");
        all.append(write).push(")\n");
    }
    all.then(last)
}

/// The table that a statement writes: the word after INSERT INTO, DELETE FROM or UPDATE.
fn table(write: &Sql) -> Option<&str> {
    let mut words = write.text.split_whitespace();
    match words.next() {
        Some("UPDATE") => words.next(),
        _ => words.nth(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql;

    #[test]
    fn one_statement_of_several_writes() {
        let writes = || {
            let insert = sql("INSERT INTO a (x) VALUES (?)").bind(1_i64);
            vec![insert, sql("DELETE FROM b"), sql("UPDATE c SET y = ?").bind(2_i64)]
        };
        let text = |backend| in_one(writes(), backend).finish(backend).0;
        assert_eq!(text(Backend::Sqlite), "INSERT INTO a (x) VALUES (?);\nDELETE FROM b;\nUPDATE c SET y = ?");
        let postgres = "WITH w0 AS (INSERT INTO a (x) VALUES ($1))\n, w1 AS (DELETE FROM b)\nUPDATE c SET y = $2";
        assert_eq!(text(Backend::Postgres), postgres);
        assert_eq!(in_one(vec![sql("DELETE FROM b")], Backend::Postgres).text, "DELETE FROM b");
    }

    #[test]
    fn postgres_is_given_each_table_once() {
        let waiting = [sql("INSERT INTO a (x) VALUES (1)"), sql("UPDATE c SET y = 2")];
        for (write, expected) in [("UPDATE a SET x = 2", false), ("DELETE FROM c", false), ("DELETE FROM b", true)] {
            assert_eq!(fits(&sql(write), &waiting, Backend::Postgres), expected, "{write}");
            assert!(fits(&sql(write), &waiting, Backend::Sqlite), "{write}");
        }
    }
}
