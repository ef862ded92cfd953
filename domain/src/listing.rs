//! Lists that are read, not worked with: rows of cells in one shape for all nouns, so that the dashboard has
//! one page for them. Routes under `/api/reeve/lists/`.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    pub rows: Vec<ListingRow>,
    /// How many rows fit the question in all.
    pub count: i64,
    pub now: Timestamp,
}

/// One thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListingRow {
    /// Its id; for what has several rows of one id, something that tells them apart.
    pub id: String,
    /// As many as the list has columns; the first is what the thing is called.
    pub cells: Vec<Cell>,
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    Nothing,
    Text(String),
    /// For machines: JSON, names of labels.
    Code(String),
    Number(i64),
    /// A page of the dashboard, and what the link says.
    Link(String, String),
    At(Timestamp),
    Tags(Vec<String>),
}

impl Cell {
    /// A text; none is nothing.
    pub fn text(text: Option<String>) -> Cell {
        text.filter(|text| !text.is_empty()).map_or(Cell::Nothing, Cell::Text)
    }

    /// An instant; none is nothing.
    pub fn at(at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::Nothing, Cell::At)
    }
}
