//! Prefect's filter operators as SQL conditions.
//!
//! Each operator type turns into a list of pieces about one column; a filter object joins the pieces of
//! its members with its `operator`. An empty member says nothing.

use domain::filter::*;

use crate::sql::{Arg, Sql, sql};
use crate::tx::Tx;

/// Collects the conditions of one filter object.
pub struct Conditions {
    pieces: Vec<Sql>,
    operator: Operator,
}

impl Conditions {
    /// Begins a filter object.
    pub fn new(operator: Option<Operator>) -> Self {
        Conditions { pieces: Vec::new(), operator: operator.unwrap_or_default() }
    }

    /// Adds one condition.
    pub fn add(&mut self, piece: Sql) -> &mut Self {
        self.pieces.push(piece);
        self
    }

    /// Adds the conditions of a member; several of them must hold together.
    pub fn all(&mut self, pieces: Vec<Sql>) -> &mut Self {
        if !pieces.is_empty() {
            self.pieces.push(Sql::join(pieces, " AND "));
        }
        self
    }

    /// The whole object as one condition.
    pub fn finish(self) -> Sql {
        Sql::join(
            self.pieces,
            match self.operator {
                Operator::And => " AND ",
                Operator::Or => " OR ",
            },
        )
    }
}

fn is_in<A: Into<Arg> + Clone>(column: &str, values: &[A]) -> Sql {
    Sql::default().text(column).text(" IN ").then(Sql::list(values.iter().cloned()))
}

fn not_in<A: Into<Arg> + Clone>(column: &str, values: &[A]) -> Sql {
    if values.is_empty() {
        return sql("TRUE");
    }
    Sql::default().text(column).text(" NOT IN ").then(Sql::list(values.iter().cloned()))
}

fn is_null(column: &str, null: bool) -> Sql {
    Sql::default().text(column).text(if null { " IS NULL" } else { " IS NOT NULL" })
}

/// The text as a pattern of `LIKE … ESCAPE '\'` that nothing else fits.
pub fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Case-insensitive "contains"; `%` and `_` of the pattern mean what they mean in SQL, as in Prefect.
pub fn like(column: &str, part: &str) -> Sql {
    Sql::default().text(&format!("lower({column}) LIKE ?")).bind(format!("%{}%", part.to_lowercase()))
}

/// Ids to take and to leave out.
pub fn ids<T: Copy + Into<Arg>>(column: &str, ops: &IdOps<T>) -> Vec<Sql> {
    let any = ops.any_.as_ref().map(|values| is_in(column, values));
    let not_any = ops.not_any_.as_ref().map(|values| not_in(column, values));
    any.into_iter().chain(not_any).collect()
}

/// The conditions of a member that has an operator of its own.
pub fn either_or_both(operator: Option<Operator>, pieces: Vec<Sql>) -> Vec<Sql> {
    if pieces.is_empty() {
        return pieces;
    }
    let mut all = Conditions::new(operator);
    pieces.into_iter().for_each(|piece| {
        all.add(piece);
    });
    vec![all.finish()]
}

/// Ids to take, or none.
pub fn optional_ids<T: Copy + Into<Arg>>(column: &str, ops: &OptionalIdOps<T>) -> Vec<Sql> {
    let any = ops.any_.as_ref().map(|values| is_in(column, values));
    let null = ops.is_null_.map(|null| is_null(column, null));
    either_or_both(ops.operator, any.into_iter().chain(null).collect())
}

/// Exact names or a part.
pub fn names(column: &str, ops: &NameOps) -> Vec<Sql> {
    let any = ops.any_.as_ref().map(|values| is_in(column, values));
    let part = ops.like_.as_ref().map(|part| like(column, part));
    any.into_iter().chain(part).collect()
}

/// Exact texts.
pub fn any_text(column: &str, ops: &AnyOps) -> Vec<Sql> {
    ops.any_.iter().map(|values| is_in(column, values)).collect()
}

/// Exact texts, taken or left out.
pub fn texts(column: &str, ops: &TextOps) -> Vec<Sql> {
    let any = ops.any_.as_ref().map(|values| is_in(column, values));
    let not_any = ops.not_any_.as_ref().map(|values| not_in(column, values));
    any.into_iter().chain(not_any).collect()
}

/// Exact texts, or none.
pub fn optional_texts(column: &str, ops: &OptionalTextOps) -> Vec<Sql> {
    let any = ops.any_.as_ref().map(|values| is_in(column, values));
    let null = ops.is_null_.map(|null| is_null(column, null));
    either_or_both(ops.operator, any.into_iter().chain(null).collect())
}

/// Exact names or beginnings. An empty list of beginnings leaves nothing out, as in Prefect.
pub fn prefixes(column: &str, ops: &PrefixOps) -> Vec<Sql> {
    let any = ops.any_.as_ref().map(|values| is_in(column, values));
    let starts = ops.startswith_.as_ref().filter(|starts| !starts.is_empty()).map(|starts| {
        let each = |start: &String| {
            Sql::default().text(&format!("lower({column}) LIKE ?")).bind(format!("{}%", start.to_lowercase()))
        };
        Sql::join(starts.iter().map(each).collect(), " OR ")
    });
    any.into_iter().chain(starts).collect()
}

/// State types.
pub fn state_types(column: &str, ops: &StateTypeOps) -> Vec<Sql> {
    let words = |types: &Vec<domain::state::StateType>| types.iter().map(|t| t.as_str()).collect::<Vec<_>>();
    let any = ops.any_.as_ref().map(|types| is_in(column, &words(types)));
    let not_any = ops.not_any_.as_ref().map(|types| not_in(column, &words(types)));
    any.into_iter().chain(not_any).collect()
}

/// A state's type and name, in the columns `state_type` and `state_name` of `table`.
pub fn state(table: &str, ops: &StateOps) -> Vec<Sql> {
    let mut both = Conditions::new(ops.operator);
    if let Some(kind) = &ops.kind {
        both.all(state_types(&format!("{table}.state_type"), kind));
    }
    if let Some(name) = &ops.name {
        both.all(texts(&format!("{table}.state_name"), name));
    }
    vec![both.finish()]
}

/// A closed range of instants.
pub fn times(column: &str, ops: &TimeOps) -> Vec<Sql> {
    let before = ops.before_.map(|at| Sql::default().text(column).text(" <= ?").bind(at));
    let after = ops.after_.map(|at| Sql::default().text(column).text(" >= ?").bind(at));
    let null = ops.is_null_.map(|null| is_null(column, null));
    before.into_iter().chain(after).chain(null).collect()
}

/// A closed range of numbers.
pub fn numbers(column: &str, ops: &NumberOps) -> Vec<Sql> {
    let least = ops.ge_.map(|n| Sql::default().text(column).text(" >= ?").bind(n));
    let most = ops.le_.map(|n| Sql::default().text(column).text(" <= ?").bind(n));
    let null = ops.is_null_.map(|null| is_null(column, null));
    least.into_iter().chain(most).chain(null).collect()
}

/// Yes or no.
pub fn bools(column: &str, ops: &BoolOps) -> Vec<Sql> {
    ops.eq_.iter().map(|&yes| Sql::default().text(column).text(" = ?").bind(yes)).collect()
}

/// Tags in a JSON list column.
pub fn tags(tx: &Tx, column: &str, ops: &TagOps) -> Vec<Sql> {
    let holds = |tag: &String| Sql::default().text(&tx.list_holds(column)).bind(tag);
    let mut both = Conditions::new(ops.operator);
    if let Some(all) = &ops.all_ {
        both.add(Sql::join(all.iter().map(holds).collect(), " AND "));
    }
    if let Some(any) = &ops.any_ {
        both.add(if any.is_empty() { sql("FALSE") } else { Sql::join(any.iter().map(holds).collect(), " OR ") });
    }
    if let Some(none) = ops.is_null_ {
        both.add(Sql::default().text(column).text(if none { " = '[]'" } else { " <> '[]'" }));
    }
    vec![both.finish()]
}
