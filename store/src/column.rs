//! How our types lie in columns, on both databases, and the macro that reads rows.

use std::str::FromStr;

use domain::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};

/// A point in time: microseconds since 1970 in SQLite, `timestamptz` in PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct Ts(pub Timestamp);

impl From<Ts> for Timestamp {
    fn from(ts: Ts) -> Self {
        ts.0
    }
}

impl Type<Sqlite> for Ts {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }
    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

impl Decode<'_, Sqlite> for Ts {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Sqlite>>::decode(value).map(|micros| Ts(Timestamp::from_micros(micros)))
    }
}

impl Encode<'_, Sqlite> for Ts {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode_by_ref(&self.0.micros(), buffer)
    }
}

impl Type<Postgres> for Ts {
    fn type_info() -> PgTypeInfo {
        <chrono::DateTime<chrono::Utc> as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for Ts {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        <chrono::DateTime<chrono::Utc> as Decode<Postgres>>::decode(value).map(|at| Ts(Timestamp::new(at)))
    }
}

impl Encode<'_, Postgres> for Ts {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <chrono::DateTime<chrono::Utc> as Encode<Postgres>>::encode_by_ref(&self.0.utc(), buffer)
    }
}

/// A value kept as JSON text.
#[derive(Debug, Clone, Default)]
pub struct Json<T>(pub T);

macro_rules! json_text {
    ($db:ident, $value:ident, $info:ident) => {
        impl<T> Type<$db> for Json<T> {
            fn type_info() -> $info {
                <str as Type<$db>>::type_info()
            }
            fn compatible(ty: &$info) -> bool {
                <str as Type<$db>>::compatible(ty)
            }
        }

        impl<'r, T: DeserializeOwned> Decode<'r, $db> for Json<T> {
            fn decode(value: $value<'r>) -> Result<Self, BoxDynError> {
                let text = <&str as Decode<$db>>::decode(value)?;
                Ok(Json(serde_json::from_str(text)?))
            }
        }
    };
}

json_text!(Sqlite, SqliteValueRef, SqliteTypeInfo);
json_text!(Postgres, PgValueRef, PgTypeInfo);

/// A word of a closed list, kept as text.
#[derive(Debug, Clone, Copy)]
pub struct Word<T>(pub T);

macro_rules! word_text {
    ($db:ident, $value:ident, $info:ident) => {
        impl<T> Type<$db> for Word<T> {
            fn type_info() -> $info {
                <str as Type<$db>>::type_info()
            }
            fn compatible(ty: &$info) -> bool {
                <str as Type<$db>>::compatible(ty)
            }
        }

        impl<'r, T: FromStr> Decode<'r, $db> for Word<T>
        where
            T::Err: std::error::Error + Send + Sync + 'static,
        {
            fn decode(value: $value<'r>) -> Result<Self, BoxDynError> {
                Ok(Word(<&str as Decode<$db>>::decode(value)?.parse()?))
            }
        }
    };
}

word_text!(Sqlite, SqliteValueRef, SqliteTypeInfo);
word_text!(Postgres, PgValueRef, PgTypeInfo);

/// A row type that both databases can fill.
pub trait Row:
    for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin
{
}

impl<T> Row for T where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
        + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
        + Send
        + Unpin
{
}

/// Declares a private row struct that is read by column name from either database.
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($field:ident : $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        $vis struct $name { $($field: $ty),* }
        $crate::row!(@from $name, sqlx::sqlite::SqliteRow, $($field),*);
        $crate::row!(@from $name, sqlx::postgres::PgRow, $($field),*);
    };
    (@from $name:ident, $row:ty, $($field:ident),*) => {
        impl<'r> sqlx::FromRow<'r, $row> for $name {
            fn from_row(row: &'r $row) -> std::result::Result<Self, sqlx::Error> {
                use sqlx::Row as _;
                Ok($name { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    };
}
