//! A field of an update: left alone, emptied, or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Absent, `null` or a value. Fields of this type carry
/// `#[serde(default, skip_serializing_if = "Patch::is_absent")]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Patch<T> {
    /// The key was not sent: keep what is stored.
    #[default]
    Absent,
    /// The key was sent as `null`: empty the field.
    Null,
    /// The new value.
    Value(T),
}

impl<T> Patch<T> {
    /// True when the key was not sent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Patch::Absent)
    }

    /// The value, if one was sent.
    pub fn value(self) -> Option<T> {
        match self {
            Patch::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Puts what was sent into `field` and says whether anything was sent.
    pub fn apply(self, field: &mut Option<T>) -> bool {
        match self {
            Patch::Absent => return false,
            Patch::Null => *field = None,
            Patch::Value(value) => *field = Some(value),
        }
        true
    }

    /// Puts a sent value into `field`; absent and `null` leave it.
    pub fn replace(self, field: &mut T) -> bool {
        match self {
            Patch::Value(value) => {
                *field = value;
                true
            }
            _ => false,
        }
    }
}

/// For `deserialize_with`: a member that may be left out, but not emptied.
pub fn sent<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Patch<T>, D::Error> {
    some(from).map(|value| value.map_or(Patch::Absent, Patch::Value))
}

/// The same for a member that is not told apart from one that is left out.
pub fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

const KEPT: &str = "what is stored must have a value";

/// For `deserialize_with`: `null` may be sent, and breaks what the table asks for ([`breaks_the_table`]).
pub fn kept<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Patch<T>, D::Error> {
    match Option::deserialize(from)? {
        Some(value) => Ok(Patch::Value(value)),
        None => Err(de::Error::custom(KEPT)),
    }
}

/// Whether an error's text says that `null` was sent for what must have a value once it is stored.
pub fn breaks_the_table(text: &str) -> bool {
    text.starts_with(KEPT)
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Patch::Value(value) => value.serialize(to),
            _ => to.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match Option::<T>::deserialize(from)? {
            Some(value) => Patch::Value(value),
            None => Patch::Null,
        })
    }
}
