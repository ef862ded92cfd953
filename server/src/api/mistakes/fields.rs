//! The members of a type in their order, as its reader tells them when it is asked to read nothing.

use std::cell::Cell;
use std::marker::PhantomData;

use serde::de::value::Error;
use serde::de::{self, DeserializeOwned, DeserializeSeed, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// The members of `T`, or of its items if it is a list; none for other types.
pub fn fields<T: DeserializeOwned>() -> Vec<&'static str> {
    let told = Cell::new([].as_slice());
    // It always fails: there is nothing to read.
    let _: Result<T, Error> = T::deserialize(Nothing(&told));
    told.get().to_vec()
}

/// Reads nothing, and notes which members are asked for.
#[derive(Clone, Copy)]
struct Nothing<'c>(&'c Cell<&'static [&'static str]>);

fn nothing<T>() -> Result<T, Error> {
    Err(de::Error::custom("there is nothing to read"))
}

impl<'de> de::Deserializer<'de> for Nothing<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Items(self, PhantomData))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.0.set(fields);
        nothing()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// A list with one item.
struct Items<'c, 'de>(Nothing<'c>, PhantomData<&'de ()>);

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        seed.deserialize(self.0).map(Some)
    }
}
