//! What differs between the two dialects of SQL, by name.

use crate::database::Backend;
use crate::sql::{Arg, Sql};
use crate::{Result, Tx, filters};

impl Tx {
    /// What a SELECT ends with to lock its rows until the end of the transaction. SQLite's only writer
    /// needs no words.
    pub fn for_update(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE",
        }
    }

    /// Locks the row `id` of `table` until the end of the transaction, before it is read. See
    /// [`Tx::for_update_of`] for why the statement that reads does not do it.
    pub async fn lock_row(&mut self, table: &str, id: impl Into<Arg>) -> Result<()> {
        if self.backend() == Backend::Postgres {
            let lock = Sql::default().text("SELECT 1 FROM ").text(table).text(" WHERE id = ? FOR UPDATE").bind(id);
            self.run(lock).await?;
        }
        Ok(())
    }

    /// What a SELECT that joins other tables ends with to lock its rows of `table`. After waiting PostgreSQL reads
    /// the locked row anew, but joins it with what the others held before: the reader must notice, and read again.
    pub fn for_update_of(&self, table: &str) -> String {
        match self.backend() {
            Backend::Sqlite => String::new(),
            Backend::Postgres => format!(" FOR UPDATE OF {table}"),
        }
    }

    /// The same, passing over rows that somebody else has locked.
    pub fn for_update_skip_locked(&self) -> &'static str {
        match self.backend() {
            Backend::Sqlite => "",
            Backend::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// A condition: the JSON list in `column` holds the text of the next mark.
    pub fn list_holds(&self, column: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("EXISTS (SELECT 1 FROM json_each({column}) AS item WHERE item.value = ?)"),
            Backend::Postgres => format!("jsonb_exists({column}::jsonb, ?)"),
        }
    }

    /// An expression: the text under `key` in the JSON object in `column`; NULL when there is none.
    pub fn json_text(&self, column: &str, key: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("({column} ->> '{key}')"),
            Backend::Postgres => format!("(({column})::jsonb ->> '{key}')"),
        }
    }

    /// A table expression: the items of the JSON list in `column`, each as `item.value`.
    pub fn items(&self, column: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("json_each({column}) AS item"),
            Backend::Postgres => format!("jsonb_array_elements({column}::jsonb) AS item"),
        }
    }

    /// An expression: the text under the key that the next mark gives, in the JSON object of `expression`.
    pub fn json_text_of(&self, expression: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("({expression} ->> ?)"),
            Backend::Postgres => format!("(({expression})::jsonb ->> ?)"),
        }
    }

    /// A condition: the text of `expression` fits `pattern`, where `*` stands for any text and `?` for any
    /// character. Case matters.
    pub fn glob(&self, expression: Sql, pattern: &str) -> Sql {
        match self.backend() {
            Backend::Sqlite => expression.text(" GLOB ?").bind(pattern.replace('[', "[[]")),
            Backend::Postgres => {
                let pattern = filters::literal(pattern).replace('*', "%").replace('?', "_");
                expression.text(" LIKE ? ESCAPE '\\'").bind(pattern)
            }
        }
    }

    /// An expression: the instant in `column` as microseconds since 1970, an integer of 64 bits.
    pub fn micros(&self, column: &str) -> String {
        match self.backend() {
            Backend::Sqlite => column.to_owned(),
            Backend::Postgres => format!("CAST(extract(epoch FROM {column}) * 1000000 AS bigint)"),
        }
    }

    /// What follows FROM to join each row of `table` with the rows of `other` whose ids the query `ids` gives
    /// for it. PostgreSQL asks the query once for each row only when it is told so.
    pub fn each_with(&self, table: &str, ids: &str, other: &str) -> String {
        match self.backend() {
            Backend::Sqlite => format!("{table} JOIN {other} ON {other}.id IN ({ids})"),
            Backend::Postgres => {
                format!("{table} CROSS JOIN LATERAL ({ids}) AS each_row JOIN {other} ON {other}.id = each_row.id")
            }
        }
    }

    /// Makes transactions that take the same key wait for each other until they end. PostgreSQL only
    /// needs it where the order of commits must be the order of numbers.
    pub async fn one_at_a_time(&mut self, key: i64) -> Result<()> {
        if self.backend() == Backend::Postgres {
            self.all::<(bool,)>(Sql::default().text("SELECT pg_advisory_xact_lock(?) IS NULL").bind(key)).await?;
        }
        Ok(())
    }
}
