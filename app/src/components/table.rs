//! Tables: a head of columns, keyed rows, and a box that scrolls when there is no room.

use super::list::{Item, list};
use crate::element::{El, IntoNode, IntoValue, el};

/// A column's heading, and whether numbers stand in it.
#[derive(Clone, Copy)]
pub struct Column {
    name: &'static str,
    class: Option<&'static str>,
}

impl Column {
    /// A column of text.
    pub const fn text(name: &'static str) -> Self {
        Column { name, class: None }
    }

    /// A column whose content ends at the same line.
    pub const fn number(name: &'static str) -> Self {
        Column { name, class: Some("number") }
    }

    /// A column without a visible heading.
    pub const fn silent(name: &'static str) -> Self {
        Column { name, class: Some("silent") }
    }

    /// A cell of this column that brings the heading along: on small screens rows stand without it.
    pub fn cell(self, content: impl IntoNode) -> El {
        self.labelled().attr("class", self.class).add(content)
    }

    /// The same without content, for whoever knows better how it looks.
    pub fn labelled(self) -> El {
        el("td").attr("data-label", self.name)
    }
}

/// A table of the rows of `each`, which is followed.
pub fn table(
    caption: &'static str,
    columns: &'static [Column],
    each: impl Fn() -> Vec<Item> + Send + Sync + 'static,
) -> El {
    let heads = columns.iter().map(|column| el("th").attr("scope", "col").attr("class", column.class).add(column.name));
    framed(caption, heads.collect(), each)
}

/// The same with heads that are there already.
pub fn framed(caption: impl IntoValue, heads: Vec<El>, each: impl Fn() -> Vec<Item> + Send + Sync + 'static) -> El {
    let head = el("thead").add(el("tr").add_all(heads));
    let table = el("table").add(head).add(el("tbody").add(list(each)));
    el("div")
        .attr("data-scroll", "")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", caption)
        .add(table)
}
