//! Lists that are read, not worked with: rows of cells in one shape for all nouns, so that the dashboard has
//! one page for them. Routes under `/api/reeve/lists/`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::language::spoken;
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
    /// An instant, written out.
    Stamp(Timestamp),
    /// From when to when; without an end it goes on.
    Took(Timestamp, Option<Timestamp>),
    /// The mark of a state (`failed`), and its word.
    State(String, String),
    /// A bar from one to another hundredth of the column's width, with the mark of a state.
    Bar(i64, i64, String),
    /// Values of a stretch of time, the oldest first, as a small picture; the row says in numbers what matters.
    Spark(Vec<i64>),
    /// Text of several lines.
    Lines(String),
    Act(Box<Act>),
    /// Several, one after the other.
    Several(Vec<Cell>),
}

/// Something that can be done: a call of the API behind a button.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Act {
    /// The button's words.
    pub label: String,
    /// HTTP method and path below `/api`.
    pub method: String,
    pub path: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// What is asked before; empty where nothing is lost.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ask: String,
    /// What is said afterwards.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub done: String,
    /// The page that one is led to afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// It is a switch, which is on or off now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<bool>,
}

impl Cell {
    /// A text; none is nothing.
    pub fn text(text: Option<String>) -> Cell {
        text.filter(|text| !text.is_empty()).map_or(Cell::Nothing, Cell::Text)
    }

    /// Words of the interface, in the visitor's language; texts that are not fixed stay as they are.
    pub fn words(text: impl Into<Cow<'static, str>>) -> Cell {
        Cell::Text(spoken(text))
    }

    /// A state's mark and its word.
    pub fn state(mark: impl Into<String>, word: impl Into<Cow<'static, str>>) -> Cell {
        Cell::State(mark.into(), spoken(word))
    }

    /// An instant; none is nothing.
    pub fn at(at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::Nothing, Cell::At)
    }

    /// A link to a page.
    pub fn link(path: impl Into<String>, text: impl Into<Cow<'static, str>>) -> Cell {
        Cell::Link(path.into(), spoken(text))
    }

    /// A text for machines; none is nothing.
    pub fn code(text: Option<String>) -> Cell {
        text.filter(|text| !text.is_empty()).map_or(Cell::Nothing, Cell::Code)
    }
}

impl Act {
    /// Something that is done without asking.
    pub fn new(label: impl Into<Cow<'static, str>>, method: &str, path: impl Into<String>) -> Act {
        Act { label: spoken(label), method: method.to_owned(), path: path.into(), ..Act::default() }
    }

    /// The same with a body.
    pub fn sending(mut self, body: Value) -> Act {
        self.body = body;
        self
    }

    /// The same, after a question.
    pub fn asking(mut self, ask: impl Into<Cow<'static, str>>) -> Act {
        self.ask = spoken(ask);
        self
    }

    /// The same with words for when it is done.
    pub fn saying(mut self, done: impl Into<Cow<'static, str>>) -> Act {
        self.done = spoken(done);
        self
    }

    /// The same, leading to another page.
    pub fn leading(mut self, to: impl Into<String>) -> Act {
        self.then = Some(to.into());
        self
    }

    /// As a switch that is on or off now.
    pub fn switch(mut self, on: bool) -> Act {
        self.on = Some(on);
        self
    }

    /// In a cell.
    pub fn cell(self) -> Cell {
        Cell::Act(Box::new(self))
    }
}

impl ListingRow {
    /// A row.
    pub fn new(id: impl ToString, cells: Vec<Cell>) -> Self {
        ListingRow { id: id.to_string(), cells }
    }
}
