//! Cells that the server has filled, in rows and in sentences.

use domain::listing::{Cell, ListingRow};
use leptos::prelude::*;

use super::acts::{self, Desk};
use crate::components::{tags, time};
use crate::element::{El, IntoNode, el, icon, link};
use crate::routes;

/// A row: its first cell is what it is called.
pub fn row(desk: Desk, columns: StoredValue<Vec<String>>, row: ListingRow) -> El {
    let cell = |(at, cell): (usize, Cell)| match at {
        0 => fill(desk, cell, el("th").attr("scope", "row")),
        _ => {
            let label = columns.with_value(|columns| columns.get(at).cloned()).filter(|_| wants_label(&cell));
            fill(desk, cell, el("td").attr("data-label", label))
        }
    };
    let id = row.id;
    el("tr").attr("id", id).add_all(row.cells.into_iter().enumerate().map(cell))
}

/// Short values say little without the name of their column.
fn wants_label(cell: &Cell) -> bool {
    match cell {
        Cell::Text(text) => text.len() < 12,
        Cell::Number(_) | Cell::Link(..) | Cell::At(_) | Cell::Stamp(_) | Cell::Took(..) => true,
        _ => false,
    }
}

/// Several cells, one after the other.
pub fn all(desk: Desk, cells: Vec<Cell>) -> Vec<AnyView> {
    cells.into_iter().flat_map(|cell| [content(desk, cell), " ".into_any()]).collect()
}

/// `place` with the cell's content, and the look that goes with it.
pub fn fill(desk: Desk, cell: Cell, place: El) -> El {
    let place = match &cell {
        Cell::Number(_) => place.class("number"),
        Cell::Tags(_) => place.class("tags"),
        Cell::Bar(..) | Cell::Spark(_) => place.class("when"),
        Cell::Lines(_) => place.class("text"),
        Cell::Act(_) | Cell::Several(_) => place.class("several"),
        Cell::Text(text) | Cell::Code(text) => place.attr("title", text.clone()),
        _ => place,
    };
    // What is empty is left out on small screens.
    if cell == Cell::Nothing { place } else { place.add(content(desk, cell)) }
}

fn content(desk: Desk, cell: Cell) -> AnyView {
    match cell {
        Cell::Nothing => ().into_any(),
        Cell::Text(text) | Cell::Lines(text) => text.into_node(),
        Cell::Code(text) => el("code").add(text).into_any(),
        Cell::Number(number) => crate::words::grouped(number).into_node(),
        // What the API answers is not a page that the router could show.
        Cell::Link(href, text) if href.starts_with("/api/") => link(href, text).attr("rel", "external").into_any(),
        Cell::Link(href, text) => link(href, text).attr("data-row-link", "").into_any(),
        Cell::At(at) => time::ago(at).into_any(),
        Cell::Stamp(at) => time::stamp(at).into_any(),
        Cell::Took(from, to) => time::span(Some(from), to),
        Cell::Tags(all) => tags::tags(routes::FLOW_RUNS, &all),
        Cell::State(mark, word) => el("span")
            .class("state")
            .attr("data-state", mark.clone())
            .add(icon(format!("#s-{mark}")))
            .add(word)
            .into_any(),
        Cell::Spark(values) => super::bars::spark(&values).into_any(),
        Cell::Bar(from, to, mark) => bar(from, to, mark).into_any(),
        Cell::Act(act) => acts::act(desk, *act).into_any(),
        Cell::Several(cells) => crate::element::many(all(desk, cells)),
    }
}

/// From one hundredth of the width to another; for the eye alone, the row says the same in numbers.
fn bar(from: i64, to: i64, mark: String) -> El {
    let rect = el("rect")
        .attr("x", from.to_string())
        .attr("y", "0")
        .attr("width", (to - from).max(1).to_string())
        .attr("height", "10");
    el("svg")
        .class("gantt")
        .attr("viewBox", "0 0 100 10")
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", "true")
        .attr("data-state", mark)
        .add(rect)
}
