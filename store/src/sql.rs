//! SQL text with its values. `?` marks a value; marks are numbered when the statement is complete, so
//! that pieces can be put together in any order.

use std::borrow::Cow;

use domain::Timestamp;
use domain::id::*;

use crate::database::Backend;

/// A value of a statement; `None` is NULL of that type.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Real(Option<f64>),
    Bool(Option<bool>),
    Time(Option<Timestamp>),
}

/// A statement, or a piece of one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sql {
    pub(crate) text: Cow<'static, str>,
    args: Vec<Arg>,
    often: bool,
}

/// The values of a finished statement, and whether the database should keep what it made of the text.
pub(crate) struct Values {
    pub(crate) args: Vec<Arg>,
    pub(crate) is_kept: bool,
}

/// Statements with more values are kept only if they say that they come often: lists of any length would
/// fill the store with texts that never come again.
const FEW: usize = 40;

/// Begins a statement. The text must hold no `?` but value marks.
pub fn sql(text: &'static str) -> Sql {
    Sql { text: Cow::Borrowed(text), args: Vec::new(), often: false }
}

impl Sql {
    /// The value of the next unbound mark.
    pub fn bind(mut self, value: impl Into<Arg>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds text.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds a mark and its value.
    pub fn value(&mut self, value: impl Into<Arg>) -> &mut Self {
        self.text.to_mut().push('?');
        self.args.push(value.into());
        self
    }

    /// Adds another piece.
    pub fn append(&mut self, piece: Sql) -> &mut Self {
        self.text.to_mut().push_str(&piece.text);
        self.args.extend(piece.args);
        self
    }

    /// The same, in one expression.
    pub fn then(mut self, piece: Sql) -> Self {
        self.append(piece);
        self
    }

    /// The same with text, in one expression.
    pub fn text(mut self, text: &str) -> Self {
        self.push(text);
        self
    }

    /// The same, for a statement with many values whose text comes again and again.
    pub fn often(mut self) -> Self {
        self.often = true;
        self
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.often || self.args.len() <= FEW
    }

    /// `(?, ?, …)`; an empty list becomes `(NULL)`, which nothing is in.
    pub fn list<A: Into<Arg>>(values: impl IntoIterator<Item = A>) -> Sql {
        let mut piece = sql("(");
        for value in values {
            if !piece.args.is_empty() {
                piece.push(", ");
            }
            piece.value(value);
        }
        if piece.args.is_empty() {
            piece.push("NULL");
        }
        piece.text(")")
    }

    /// The pieces with commas between them.
    pub fn listed(pieces: impl IntoIterator<Item = Sql>) -> Sql {
        let mut list = Sql::default();
        for (n, piece) in pieces.into_iter().enumerate() {
            if n > 0 {
                list.push(", ");
            }
            list.append(piece);
        }
        list
    }

    /// Pieces between parentheses, joined by `word` (` AND `); no pieces say TRUE.
    pub fn join(pieces: Vec<Sql>, word: &str) -> Sql {
        if pieces.is_empty() {
            return sql("TRUE");
        }
        let mut joined = sql("(");
        for (n, piece) in pieces.into_iter().enumerate() {
            if n > 0 {
                joined.push(word);
            }
            joined.append(piece);
        }
        joined.text(")")
    }

    /// The finished text in the words of `backend`, and the values in that order. PostgreSQL's marks are
    /// `$1`, `$2`, …; SQLite's stay as they are: it looks a mark with a name up among all others, which takes
    /// the square of their number, and there may be thousands.
    pub(crate) fn finish(self, backend: Backend) -> (String, Values) {
        debug_assert_eq!(self.text.matches('?').count(), self.args.len(), "marks and values differ in {}", self.text);
        let values = Values { is_kept: self.is_kept(), args: self.args };
        if backend == Backend::Sqlite {
            return (self.text.into_owned(), values);
        }
        let mut text = String::with_capacity(self.text.len() + values.args.len() * 4);
        for (n, part) in self.text.split('?').enumerate() {
            if n > 0 {
                text.push('$');
                text.push_str(&n.to_string());
            }
            text.push_str(part);
        }
        (text, values)
    }
}

/// A value written as JSON text.
pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> Arg {
    // Serialising our own types into text fails only for maps with keys that are no strings: there are none.
    Arg::Text(Some(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())))
}

/// The same, NULL when there is nothing.
pub fn json_or_null<T: serde::Serialize>(value: &Option<T>) -> Arg {
    match value {
        Some(value) => json(value),
        None => Arg::Text(None),
    }
}

macro_rules! args {
    ($($ty:ty => $variant:ident($into:expr)),* $(,)?) => {$(
        impl From<$ty> for Arg {
            fn from(value: $ty) -> Self {
                let into: fn($ty) -> _ = $into;
                Arg::$variant(Some(into(value)))
            }
        }
        impl From<Option<$ty>> for Arg {
            fn from(value: Option<$ty>) -> Self {
                Arg::$variant(value.map($into))
            }
        }
    )*};
}

args! {
    Uuid => Uuid(|id| id),
    FlowId => Uuid(|id| id.0),
    FlowRunId => Uuid(|id| id.0),
    TaskRunId => Uuid(|id| id.0),
    StateId => Uuid(|id| id.0),
    DeploymentId => Uuid(|id| id.0),
    ScheduleId => Uuid(|id| id.0),
    WorkPoolId => Uuid(|id| id.0),
    WorkQueueId => Uuid(|id| id.0),
    WorkerId => Uuid(|id| id.0),
    LogId => Uuid(|id| id.0),
    EventId => Uuid(|id| id.0),
    ArtifactId => Uuid(|id| id.0),
    VariableId => Uuid(|id| id.0),
    BlockTypeId => Uuid(|id| id.0),
    BlockSchemaId => Uuid(|id| id.0),
    BlockDocumentId => Uuid(|id| id.0),
    ConcurrencyLimitId => Uuid(|id| id.0),
    ConcurrencyLeaseId => Uuid(|id| id.0),
    SavedSearchId => Uuid(|id| id.0),
    AutomationId => Uuid(|id| id.0),
    TriggerId => Uuid(|id| id.0),
    NotificationPolicyId => Uuid(|id| id.0),
    String => Text(|text| text),
    &str => Text(str::to_owned),
    i64 => Int(|number| number),
    f64 => Real(|number| number),
    bool => Bool(|yes| yes),
    Timestamp => Time(|at| at),
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Arg::Text(Some(text.clone()))
    }
}

impl From<&Option<String>> for Arg {
    fn from(text: &Option<String>) -> Self {
        Arg::Text(text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_numbered_when_pieces_are_together() {
        let either = Sql::join(vec![sql("a = ?").bind(1_i64), sql("b IN ").then(Sql::list(["x", "y"]))], " OR ");
        let query = sql("SELECT 1 FROM t WHERE ").then(either).text(" LIMIT ?").bind(5_i64);
        assert_eq!(query.clone().finish(Backend::Sqlite).0, "SELECT 1 FROM t WHERE (a = ? OR b IN (?, ?)) LIMIT ?");
        let (text, values) = query.finish(Backend::Postgres);
        assert_eq!(text, "SELECT 1 FROM t WHERE (a = $1 OR b IN ($2, $3)) LIMIT $4");
        assert_eq!(values.args.len(), 4);
    }

    #[test]
    fn an_empty_list_holds_nothing() {
        assert_eq!(Sql::list(Vec::<String>::new()).finish(Backend::Sqlite).0, "(NULL)");
    }
}
