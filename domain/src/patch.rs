//! A field of an update: left alone, emptied, or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
