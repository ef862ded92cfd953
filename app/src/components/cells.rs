//! Rows of a list whose cells the server has filled.

use domain::listing::{Cell, ListingRow};

use super::list::Item;
use super::table::{Column, table};
use super::{tags, time};
use crate::element::{El, IntoNode, el, link};

/// A table of the rows of `each`, which is followed. Tags lead to `base`.
pub fn cells_table(
    caption: &'static str,
    columns: &'static [Column],
    base: &'static str,
    each: impl Fn() -> Vec<ListingRow> + Send + Sync + 'static,
) -> El {
    let items = move || {
        let item =
            |row: ListingRow| Item::new(format!("{}{:?}", row.id, row.cells), move || table_row(columns, base, row));
        each().into_iter().map(item).collect()
    };
    table(caption, columns, items).class("cells")
}

fn table_row(columns: &[Column], base: &str, row: ListingRow) -> El {
    let cell = |(at, cell): (usize, Cell)| match at {
        0 => content(base, cell, el("th").attr("scope", "row")),
        _ => {
            let column = columns.get(at).filter(|_| wants_label(&cell));
            content(base, cell, column.map_or_else(|| el("td"), |column| column.labelled()))
        }
    };
    el("tr").add_all(row.cells.into_iter().enumerate().map(cell))
}

/// Short values say little without the name of their column.
fn wants_label(cell: &Cell) -> bool {
    match cell {
        Cell::Nothing | Cell::Code(_) | Cell::Tags(_) => false,
        Cell::Text(text) => text.len() < 12,
        Cell::Number(_) | Cell::Link(..) | Cell::At(_) => true,
    }
}

fn content(base: &str, cell: Cell, place: El) -> El {
    match cell {
        Cell::Nothing => place,
        Cell::Text(text) => place.attr("title", text.clone()).add(text),
        Cell::Code(text) => place.add(el("code").attr("title", text.clone()).add(text)),
        Cell::Number(number) => place.class("number").add(number),
        Cell::Link(href, text) => place.add(link(href, text)),
        Cell::At(at) => place.class("number").add(time::ago(at)),
        Cell::Tags(all) => place.class("tags").add(tags::tags(base, &all).into_node()),
    }
}
