//! All that is wrong with a body, as pydantic lists it. Only a body that cannot be read comes here.
//!
//! Serde stops at the first mistake. It is noted, the place is mended with something that can be read, and the
//! body is read again, until nothing is wrong any more.

mod fields;
mod guess;
pub mod meant;
mod mend;

use domain::{Major, patch};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::invalid;
use fields::fields;
use mend::Mender;

/// More mistakes than this are not looked for.
const MOST: usize = 50;

/// Members of the bodies that ask for pages.
const PAGE: [&str; 3] = ["limit", "sort", "offset"];

/// Where a mistake is: the keys and indices of the body on the way to it.
type Place = Vec<Value>;

/// One mistake: an item of `exception_detail`, and where it is.
struct Mistake {
    item: Value,
    place: Place,
    is_extra: bool,
    /// `null` for what must have a value once it is stored: the real servers learn of it from the database.
    is_of_table: bool,
}

/// What is wrong with a body.
#[derive(Debug, PartialEq)]
pub enum Wrong {
    /// The items of `exception_detail`.
    Invalid(Vec<Value>),
    /// It can be read, but a table does not take it.
    Integrity,
}

/// The items of `exception_detail` for a body that cannot be read as `T`, in the order of `T`'s members, with
/// members that `T` does not have at the end. None when the body can be read.
pub fn all<T: DeserializeOwned>(body: &Value, major: Major) -> Wrong {
    let mut mender = Mender::<T>::new(body);
    let mut found: Vec<Mistake> = Vec::new();
    while let Some(error) = mender.read_plainly() {
        let item = invalid::item(&error, body, major);
        let place = mend::place(&error, mender.body());
        if found.len() == MOST || found.iter().any(|mistake| mistake.place == place) {
            break;
        }
        let is_extra = mend::is_unknown(&error);
        let is_of_table = patch::breaks_the_table(&error.inner().to_string());
        found.push(Mistake { item, place: place.clone(), is_extra, is_of_table });
        let is_mended = if is_extra { mender.leave_out(&place) } else { mender.mend(&place, &error) };
        if !is_mended {
            break;
        }
    }
    let fields = fields::<T>();
    found.sort_by_cached_key(|mistake| rank(mistake, &fields, major));
    let (of_table, of_body): (Vec<Mistake>, Vec<Mistake>) = found.into_iter().partition(|mistake| mistake.is_of_table);
    if of_body.is_empty() && !of_table.is_empty() {
        return Wrong::Integrity;
    }
    Wrong::Invalid(of_body.into_iter().map(|mistake| mistake.item).collect())
}

/// What a mistake is sorted by: the item of a list, the place of the member in its type, and whether there is
/// such a member at all. Prefect 2 sorts those that there are not by name.
fn rank(mistake: &Mistake, fields: &[&str], major: Major) -> (u64, usize, bool, String) {
    let mut place = mistake.place.iter().peekable();
    let index = place.next_if(|step| step.is_number()).and_then(Value::as_u64).unwrap_or_default();
    let name = place.next().and_then(Value::as_str).unwrap_or_default();
    let place_in = |fields: &[&str]| fields.iter().position(|field| *field == name);
    let is_page = fields.contains(&PAGE[2]) || place_in(fields).is_none() && !mistake.is_extra;
    let field = match place_in(&PAGE).filter(|_| is_page) {
        // Where a page begins and ends is looked at before what it is about.
        Some(place) => place,
        None => PAGE.len() + place_in(fields).unwrap_or(fields.len()),
    };
    let by_name = mistake.is_extra && major == Major::V2;
    (index, field, mistake.is_extra, if by_name { name.to_owned() } else { String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read")]
    struct Thing {
        name: String,
        id: domain::Uuid,
        kind: Kind,
        #[serde(default)]
        tags: Vec<String>,
        parts: Option<Vec<Part>>,
        at: domain::Timestamp,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "it is only read")]
    struct Part {
        size: i64,
        inner: Option<Box<Part>>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Kind {
        Plain,
        Other,
    }

    fn places<T: DeserializeOwned>(body: Value) -> Vec<Value> {
        let Wrong::Invalid(items) = all::<T>(&body, Major::V3) else { return Vec::new() };
        items.iter().map(|item| json!([item["loc"], item["type"]])).collect()
    }

    #[test]
    fn every_mistake_is_told_in_the_order_of_the_type() {
        let body =
            json!({ "more": 1, "tags": ["a", 1, {}], "id": "x", "parts": [{ "size": "q" }, 5, { "inner": {} }] });
        let want = json!([
            [["body", "name"], "missing"],
            [["body", "id"], "uuid_parsing"],
            [["body", "kind"], "missing"],
            [["body", "tags", 1], "string_type"],
            [["body", "tags", 2], "string_type"],
            [["body", "parts", 0, "size"], "int_parsing"],
            [["body", "parts", 1], "model_attributes_type"],
            [["body", "parts", 2, "inner", "size"], "missing"],
            [["body", "parts", 2, "size"], "missing"],
            [["body", "at"], "missing"],
            [["body", "more"], "extra_forbidden"],
        ]);
        assert_eq!(json!(places::<Thing>(body)), want);
    }

    #[test]
    fn items_of_lists_are_told_one_after_the_other() {
        let want = json!([
            [["body", 0, "size"], "missing"],
            [["body", 1], "model_attributes_type"],
            [["body", 3, "size"], "int_type"],
        ]);
        let body = json!([{}, 1, { "size": 1 }, { "size": [] }]);
        assert_eq!(json!(places::<Vec<Part>>(body)), want);
    }

    #[test]
    fn there_is_an_end() {
        let many: Vec<Value> = (0..500).map(|_| json!({})).collect();
        assert_eq!(places::<Vec<Part>>(json!(many)).len(), MOST);
        assert!(places::<Vec<Part>>(json!([{ "size": 1 }])).is_empty());
    }
}
