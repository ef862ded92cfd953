//! A body whose mistakes are replaced, one after the other, by something that can be read.

use std::marker::PhantomData;

use domain::Major;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::guess::{guess, is_word, others};
use super::{Place, invalid};

pub type Error = serde_path_to_error::Error<serde_json::Error>;

/// So many pieces of bodies are read again, all in all: a large body may not keep the server busy.
const MOST_READ: usize = 1_000_000;

/// A body is read again so often at most.
const MOST_READS: usize = 1000;

/// What is replaced may have so many levels itself.
const DEPTH: usize = 4;

/// So many things are tried in one place.
const TRIES: usize = 8;

/// A body on its way to be readable as `T`.
pub struct Mender<T> {
    body: Value,
    reads_left: usize,
    of: PhantomData<T>,
}

impl<T: DeserializeOwned> Mender<T> {
    /// The body as it was sent.
    pub fn new(body: &Value) -> Self {
        let reads_left = (MOST_READ / pieces(body)).clamp(1, MOST_READS);
        Mender { body: body.clone(), reads_left, of: PhantomData }
    }

    /// The body as it is now.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The first mistake that is left; none when there is none, or when it has been read often enough.
    pub fn read(&mut self) -> Option<Error> {
        self.reads_left = self.reads_left.checked_sub(1)?;
        serde_path_to_error::deserialize::<_, T>(&self.body).err()
    }

    /// The same. Where something stands that is no word at all, words are asked for: then the mistake says which
    /// are known.
    pub fn read_plainly(&mut self) -> Option<Error> {
        let error = self.read()?;
        let place = self.place(&error);
        if is_word(&error.inner().to_string()) && self.put(&place, json!("")) {
            return self.read().filter(|next| self.place(next) == place).or(Some(error));
        }
        Some(error)
    }

    /// Takes out the member at `place`; whether there is such a member.
    pub fn leave_out(&mut self, place: &[Value]) -> bool {
        let Some((Value::String(key), parent)) = place.split_last() else { return false };
        let object = at(&mut self.body, parent).and_then(Value::as_object_mut);
        object.is_some_and(|object| object.shift_remove(key).is_some())
    }

    /// Puts something at `place` that can be read; whether there is such a thing. `error` is what is wrong there.
    pub fn mend(&mut self, place: &[Value], error: &Error) -> bool {
        if self.replace(place, &error.inner().to_string(), 0) {
            return true;
        }
        self.leave_out(place) && self.read().is_none_or(|next| !is_within(&self.place(&next), place))
    }

    fn replace(&mut self, place: &[Value], text: &str, depth: usize) -> bool {
        let mut text = text.to_owned();
        let mut others = others().into_iter();
        for _ in 0..if depth > DEPTH { 0 } else { TRIES } {
            let Some(value) = guess(&text).or_else(|| others.next()) else { return false };
            if !self.put(place, value) {
                return false;
            }
            match self.settle(place, depth) {
                None => return true,
                Some(wrong) => text = wrong,
            }
        }
        false
    }

    /// Mends what is wrong within the thing at `place`; what is wrong with the thing itself, if anything.
    fn settle(&mut self, place: &[Value], depth: usize) -> Option<String> {
        while let Some(error) = self.read() {
            let next = self.place(&error);
            let text = error.inner().to_string();
            if !is_within(&next, place) {
                return None;
            }
            if next == place || !self.replace(&next, &text, depth + 1) {
                return Some(text);
            }
        }
        None
    }

    /// What stands at `place`.
    pub fn at(&mut self, place: &[Value]) -> Option<&Value> {
        at(&mut self.body, place).map(|here| &*here)
    }

    /// The body as it is now, for good.
    pub fn into_body(self) -> Value {
        self.body
    }

    /// Where the mistake is.
    pub fn place(&self, error: &Error) -> Place {
        place(error, &self.body)
    }

    /// Puts `value` at `place`; whether there is such a place.
    pub fn put(&mut self, place: &[Value], value: Value) -> bool {
        let Some((last, parent)) = place.split_last() else {
            self.body = value;
            return true;
        };
        match (last, at(&mut self.body, parent)) {
            (Value::String(key), Some(Value::Object(members))) => {
                members.insert(key.clone(), value);
                true
            }
            (Value::Number(index), Some(Value::Array(items))) => {
                let item = index.as_u64().and_then(|index| items.get_mut(usize::try_from(index).ok()?));
                item.map(|item| *item = value).is_some()
            }
            _ => false,
        }
    }
}

/// Where the mistake is.
pub fn place(error: &Error, body: &Value) -> Place {
    let item = invalid::item(error, body, Major::V2);
    item["loc"].as_array().into_iter().flatten().skip(1).cloned().collect()
}

/// Whether it is about a member that the type does not have.
pub fn is_unknown(error: &Error) -> bool {
    error.inner().to_string().starts_with("unknown field `")
}

fn is_within(place: &[Value], around: &[Value]) -> bool {
    place.starts_with(around)
}

fn at<'b>(body: &'b mut Value, place: &[Value]) -> Option<&'b mut Value> {
    place.iter().try_fold(body, |here, step| match step {
        Value::String(key) => here.get_mut(key.as_str()),
        index => here.get_mut(usize::try_from(index.as_u64()?).ok()?),
    })
}

/// How many values a body has, itself included.
fn pieces(body: &Value) -> usize {
    1 + match body {
        Value::Array(items) => items.iter().map(pieces).sum(),
        Value::Object(members) => members.values().map(pieces).sum(),
        _ => 0,
    }
}
