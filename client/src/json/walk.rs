//! A deserializer over JSON values that is small in the browser: structs are objects whose members are handed over in
//! the order of the fields, errors are short.

use std::fmt::{self, Display, Formatter};
use std::slice::Iter;
use std::vec::IntoIter;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde_json::{Map, Value, map};

/// A value being read.
pub struct Walk(pub Value);

/// What did not fit. Short on purpose: it tells a developer where to look, nothing more. The size of a pointer, and with
/// nothing to free: all code on the way out is spared that.
#[derive(Clone, Copy, Debug)]
pub struct Wrong(&'static &'static str);

impl Display for Wrong {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Wrong {}

impl Wrong {
    /// An error of its own words, which stay in memory: an answer that does not fit is rare.
    fn own(text: String) -> Self {
        let text: &'static str = text.leak();
        Wrong(Box::leak(Box::new(text)))
    }
}

impl de::Error for Wrong {
    fn custom<T: Display>(message: T) -> Self {
        Wrong::own(message.to_string())
    }
    fn invalid_type(_: Unexpected, _: &dyn Expected) -> Self {
        Wrong(&"a value of another type")
    }
    fn invalid_value(_: Unexpected, _: &dyn Expected) -> Self {
        Wrong(&"an unexpected value")
    }
    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Wrong(&"something is missing")
    }
    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Wrong::own(["unknown word ", variant].concat())
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Wrong::own(["unknown field ", field].concat())
    }
    fn missing_field(field: &'static str) -> Self {
        Wrong::own(["missing field ", field].concat())
    }
    fn duplicate_field(field: &'static str) -> Self {
        Wrong::own(["duplicate field ", field].concat())
    }
}

macro_rules! numbers {
    ($($name:ident => $visit:ident($read:ident)),* $(,)?) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match self.0.$read() {
                Some(number) => visitor.$visit(number),
                None => Err(Wrong(&"not a number")),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Walk {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(yes) => visitor.visit_bool(yes),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_i64(number),
                (_, Some(number), _) => visitor.visit_u64(number),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            Value::Object(members) => visitor.visit_map(Members::new(members)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Object(members) => visitor.visit_seq(Fields { names: fields.iter(), members }),
            _ => Err(Wrong(&"not an object")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Object(members) => visitor.visit_map(Members::new(members)),
            _ => Err(Wrong(&"not an object")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            _ => Err(Wrong(&"not a list")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            _ => Err(Wrong(&"not a text")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.0 {
            Value::String(text) => visitor.visit_str(text),
            _ => Err(Wrong(&"not a word")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(Variant { word, content: Value::Null }),
            Value::Object(members) => match members.into_iter().next() {
                Some((word, content)) => visitor.visit_enum(Variant { word, content }),
                None => Err(Wrong(&"an empty object")),
            },
            _ => Err(Wrong(&"not a word or an object")),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Bool(yes) => visitor.visit_bool(yes),
            _ => Err(Wrong(&"not true or false")),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    numbers! {
        deserialize_i8 => visit_i64(as_i64), deserialize_i16 => visit_i64(as_i64),
        deserialize_i32 => visit_i64(as_i64), deserialize_i64 => visit_i64(as_i64),
        deserialize_u8 => visit_u64(as_u64), deserialize_u16 => visit_u64(as_u64),
        deserialize_u32 => visit_u64(as_u64), deserialize_u64 => visit_u64(as_u64),
        deserialize_f32 => visit_f64(as_f64), deserialize_f64 => visit_f64(as_f64),
    }

    serde::forward_to_deserialize_any! { char bytes byte_buf unit_struct tuple tuple_struct i128 u128 }
}

struct Items(IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.0.next().map(|item| seed.deserialize(Walk(item))).transpose()
    }
}

/// An object's members by the names of a struct's fields. To serde this is a list, and code that takes a list apart is
/// much shorter than that for an object: no names are compared, nothing may come twice or in another order.
struct Fields {
    names: Iter<'static, &'static str>,
    members: Map<String, Value>,
}

impl<'de> SeqAccess<'de> for Fields {
    type Error = Wrong;

    /// What is not there is read as `null`. Where that is refused the list ends for once, which stands for the field's
    /// default, or is an error where it has none.
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let (value, is_there) = self.take();
        match seed.deserialize(Walk(value)) {
            Ok(value) => Ok(Some(value)),
            Err(_) if !is_there => Ok(None),
            Err(wrong) => Err(wrong),
        }
    }
}

impl Fields {
    /// The next field's value, and whether there is one.
    fn take(&mut self) -> (Value, bool) {
        let member = self.names.next().and_then(|name| self.members.get_mut(*name));
        let is_there = member.is_some();
        (member.map(Value::take).unwrap_or_default(), is_there)
    }
}

struct Members {
    rest: map::IntoIter,
    value: Value,
}

impl Members {
    fn new(members: Map<String, Value>) -> Self {
        Members { rest: members.into_iter(), value: Value::Null }
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = value;
        seed.deserialize(Walk(Value::String(key))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        seed.deserialize(Walk(self.value.take()))
    }
}

struct Variant {
    word: String,
    content: Value,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Wrong;
    type Variant = Content;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content), Wrong> {
        Ok((seed.deserialize(Walk(Value::String(self.word)))?, Content(self.content)))
    }
}

struct Content(Value);

impl<'de> VariantAccess<'de> for Content {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Wrong> {
        seed.deserialize(Walk(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        Walk(self.0).deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Wrong> {
        Walk(self.0).deserialize_struct("", fields, visitor)
    }
}
