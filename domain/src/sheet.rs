//! Pages that are described by data: what they say, their tables, their forms. The dashboard draws all of them with
//! one view, so that such a page costs its visitors no program. Routes under `/api/reeve/sheets/`. Fixed texts are said in
//! the visitor's language as they are put in.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::language::{spoken, tr};
use crate::listing::{Act, Cell, ListingRow};
use crate::live::Changed;
use crate::time::Timestamp;

/// One page, or what stands below one tab of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    pub title: String,
    /// What one sees here, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Where it belongs: links above the title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub way: Vec<Link>,
    /// What can be done with the whole, beside the title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<Act>,
    /// Its parts that have a path of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tabs: Vec<Link>,
    /// What can be asked of it: fields that become the query of its address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Question>,
    pub parts: Vec<Part>,
    /// Changes that make it old.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watch: Vec<Changed>,
    /// The server's clock, for "3 minutes ago".
    pub now: Timestamp,
}

/// A path of the dashboard, and what the link says.
pub type Link = (String, String);

/// A field of the filter above a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The name in the query.
    pub name: String,
    pub label: String,
    pub value: String,
    /// Values to choose from, where there are few, with their words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<(String, String)>,
}

/// A piece of a sheet; they stand one below the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Heading(String),
    /// A sentence whose parts may be links; the first value is the mark of a state (`failed`), or empty.
    Say(String, Vec<Cell>),
    Facts(Vec<(String, Cell)>),
    Table(Grid),
    /// Text for machines, with its caption: JSON, a manifest, a command.
    Source(String, String),
    /// HTML that the server made of somebody's Markdown; nothing in it runs.
    Rich(String),
    /// Address and description.
    Picture(String, String),
    Form(Box<Form>),
    /// A bar for each value, in their order.
    Bars(Bars),
    /// Links to choose one of: what they are, where they lead, and the one that is chosen now.
    Chips(String, Vec<Link>, String),
    /// Page from 1, rows of a page, rows in all, what one row is.
    Pager(i64, i64, i64, String),
    /// Nothing there: what it would be, and a command that makes one.
    Empty(String, String, Option<String>),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    pub caption: String,
    pub columns: Vec<String>,
    pub rows: Vec<ListingRow>,
}

/// Counts as bars. Each has its caption, its height and, where it leads somewhere, a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    pub caption: String,
    pub bars: Vec<Bar>,
    /// The height of the tallest, where several pictures have one scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<i64>,
    /// A height that is not to be passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// Whether the same stands below in words, folded at first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub caption: String,
    pub height: i64,
    /// The mark of a state, or empty.
    pub mark: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// What it is made of: columns side by side, each of marks and heights from the bottom up. Without any it is one
    /// column of its mark and height.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Vec<(String, i64)>>,
    /// What it says after its caption, where that is more than its height.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// A form whose fields are those of a JSON schema. Names with a slash, such as `data/host`, are members of members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Tells it apart from the other forms of the page; what is typed is kept under it.
    pub name: String,
    pub title: String,
    /// Folded at first: the title is what opens it.
    #[serde(default)]
    pub folded: bool,
    pub schema: Value,
    pub values: Map<String, Value>,
    /// The call of the API that it makes.
    pub method: String,
    pub path: String,
    /// Goes along with what is typed.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fixed: Map<String, Value>,
    /// Words of its button, and of the notice afterwards.
    pub submit: String,
    pub done: String,
    /// The page that one is led to afterwards; without one this page is read anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

impl Sheet {
    /// A sheet with nothing on it yet.
    pub fn new(title: impl Into<Cow<'static, str>>, now: Timestamp) -> Self {
        Sheet {
            title: spoken(title),
            about: String::new(),
            way: Vec::new(),
            acts: Vec::new(),
            tabs: Vec::new(),
            asks: Vec::new(),
            parts: Vec::new(),
            watch: Vec::new(),
            now,
        }
    }

    /// The same with what one sees here.
    pub fn about(mut self, about: impl Into<Cow<'static, str>>) -> Self {
        self.about = spoken(about);
        self
    }

    /// The same below another page.
    pub fn below(mut self, path: impl Into<String>, name: impl Into<Cow<'static, str>>) -> Self {
        self.way.push((path.into(), spoken(name)));
        self
    }

    /// The same with another part at its end.
    pub fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The same, growing old with such changes.
    pub fn watching(mut self, watch: impl IntoIterator<Item = Changed>) -> Self {
        self.watch.extend(watch);
        self
    }

    /// The same with a field for a part of a name.
    pub fn searched(mut self, label: &'static str, value: Option<&str>) -> Self {
        self.asks.push(Question {
            name: "q".to_owned(),
            label: tr(label).to_owned(),
            value: value.unwrap_or_default().to_owned(),
            choices: Vec::new(),
        });
        self
    }
}

impl Bar {
    /// A bar of one colour that leads nowhere.
    pub fn new(caption: impl Into<String>, height: i64, mark: &str) -> Self {
        Bar {
            caption: caption.into(),
            height,
            mark: mark.to_owned(),
            path: String::new(),
            columns: Vec::new(),
            words: String::new(),
        }
    }
}

impl Bars {
    /// Bars to a scale of their own.
    pub fn new(caption: impl Into<Cow<'static, str>>, bars: Vec<Bar>) -> Self {
        Bars { caption: spoken(caption), bars, top: None, limit: None, told: false }
    }
}

impl Grid {
    /// A table of rows.
    pub fn part(caption: impl Into<Cow<'static, str>>, columns: &[&'static str], rows: Vec<ListingRow>) -> Part {
        Part::Table(Grid {
            caption: spoken(caption),
            columns: columns.iter().map(|column| tr(column).to_owned()).collect(),
            rows,
        })
    }
}

/// A sentence with nothing to mark.
pub fn say(text: impl Into<Cow<'static, str>>) -> Part {
    Part::Say(String::new(), vec![Cell::words(text)])
}

/// A heading.
pub fn heading(text: impl Into<Cow<'static, str>>) -> Part {
    Part::Heading(spoken(text))
}

/// A fact by its name.
pub fn fact(name: impl Into<Cow<'static, str>>, cell: Cell) -> (String, Cell) {
    (spoken(name), cell)
}
