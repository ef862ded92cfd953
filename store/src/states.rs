//! What the tables of flow run states and task run states share: columns, rows, writing.

use domain::state::{State, StateType};
use domain::{StateId, Timestamp};
use serde_json::Value;

use crate::column::{Json, Ts, Word};
use crate::sql::{Arg, Sql, json, sql};
use crate::{Result, Tx, row};

row! {
    /// A state under the names that [`columns`] gives.
    struct StateRow {
        st_id: sqlx::types::Uuid,
        st_type: Word<StateType>,
        st_name: String,
        st_timestamp: Ts,
        st_message: Option<String>,
        st_details: Json<domain::state::StateDetails>,
        st_data: Option<Json<Value>>,
    }
}

row! {
    /// The same beside a run that may have no state.
    struct JoinedState {
        st_id: Option<sqlx::types::Uuid>,
        st_type: Option<Word<StateType>>,
        st_name: Option<String>,
        st_timestamp: Option<Ts>,
        st_message: Option<String>,
        st_details: Option<Json<domain::state::StateDetails>>,
        st_data: Option<Json<Value>>,
    }
}

impl From<StateRow> for State {
    fn from(row: StateRow) -> Self {
        State {
            id: StateId(row.st_id),
            kind: row.st_type.0,
            name: row.st_name,
            timestamp: row.st_timestamp.into(),
            message: row.st_message,
            data: row.st_data.map(|data| data.0),
            state_details: row.st_details.0,
        }
    }
}

impl JoinedState {
    /// The state, unless the outer join found none.
    fn into_state(self) -> Option<State> {
        Some(State {
            id: StateId(self.st_id?),
            kind: self.st_type?.0,
            name: self.st_name?,
            timestamp: self.st_timestamp?.into(),
            message: self.st_message,
            data: self.st_data.map(|data| data.0),
            state_details: self.st_details?.0,
        })
    }
}

/// A row and the state that was joined to it.
pub(crate) struct WithState<R> {
    pub row: R,
    pub state: Option<State>,
}

impl<'r, R, Source> sqlx::FromRow<'r, Source> for WithState<R>
where
    Source: sqlx::Row,
    R: sqlx::FromRow<'r, Source>,
    JoinedState: sqlx::FromRow<'r, Source>,
{
    fn from_row(source: &'r Source) -> std::result::Result<Self, sqlx::Error> {
        Ok(WithState { row: R::from_row(source)?, state: JoinedState::from_row(source)?.into_state() })
    }
}

/// The columns of a state in `table`, named for the rows above.
pub(crate) fn columns(table: &str) -> String {
    let aliased = |column: &str| format!("{table}.{column} AS st_{}", column.trim_start_matches("state_"));
    ["id", "type", "name", "timestamp", "message", "state_details", "data"].map(aliased).join(", ")
}

/// Inserts states into `table`, each with the run in its column `owner`. States whose id is stored already
/// are passed over.
pub(crate) async fn insert<Owner: Copy + Into<Arg>>(
    tx: &mut Tx,
    table: &str,
    owner: &str,
    states: &[(Owner, &State)],
    now: Timestamp,
) -> Result<()> {
    for chunk in states.chunks(500) {
        let rows = chunk.iter().map(|(owner, state)| {
            let row = sql("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").bind(state.id).bind(now).bind(now).bind(*owner);
            let row = row.bind(state.kind.as_str()).bind(&state.name).bind(state.timestamp).bind(&state.message);
            row.bind(json(&state.state_details)).bind(data(state))
        });
        let insert = Sql::default().text(&format!(
            "INSERT INTO {table} (id, created, updated, {owner}, type, name, timestamp, message, state_details, data) VALUES "
        ));
        tx.later(insert.then(Sql::listed(rows)).text(" ON CONFLICT (id) DO NOTHING")).await?;
    }
    Ok(())
}

/// `null` and `{"type": "unpersisted"}` are answered to whoever proposed them and not kept.
fn data(state: &State) -> Arg {
    match &state.data {
        None | Some(Value::Null) => Arg::Text(None),
        Some(Value::Object(data)) if data.get("type").and_then(Value::as_str) == Some("unpersisted") => Arg::Text(None),
        Some(data) => json(data),
    }
}

/// States in `table` that fit `condition`, in order.
pub(crate) async fn select(tx: &mut Tx, table: &str, condition: Sql) -> Result<Vec<State>> {
    let query = Sql::default()
        .text(&format!("SELECT {} FROM {table} WHERE ", columns(table)))
        .then(condition)
        .text(&format!(" ORDER BY {table}.timestamp, {table}.id"));
    Ok(tx.all::<StateRow>(query).await?.into_iter().map(State::from).collect())
}
