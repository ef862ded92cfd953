//! What all lists have: a field for a part of the name, a table, a pager, and words for when there is nothing.

use domain::language::tr;
use domain::listing::{Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Sheet};

use super::{Ask, SIZE};

/// A list by the words for it.
pub struct Noun {
    pub path: &'static str,
    pub title: &'static str,
    /// One of them, and what it is for.
    pub one: &'static str,
    pub what: &'static str,
    pub command: Option<&'static str>,
    /// Label of the field for a part of the name.
    pub search: &'static str,
    pub columns: &'static [&'static str],
}

/// The list's sheet with a page of rows, and how many there are in all.
pub fn listed(noun: &Noun, ask: &Ask<'_>, rows: Vec<ListingRow>, count: i64) -> Sheet {
    let sheet = Sheet::new(noun.title, ask.now).searched(noun.search, ask.q());
    table(sheet, noun, ask, rows, count)
}

/// The table with what belongs to it, at the end of a sheet.
pub fn table(sheet: Sheet, noun: &Noun, ask: &Ask<'_>, rows: Vec<ListingRow>, count: i64) -> Sheet {
    if !rows.is_empty() {
        let sheet = sheet.with(Grid::part(noun.title, noun.columns, rows));
        return sheet.with(Part::Pager(ask.page(), SIZE, count, noun.one.to_owned()));
    }
    if sheet.asks.iter().all(|ask| ask.value.is_empty()) {
        let command = noun.command.map(str::to_owned);
        return sheet.with(Part::Empty(say!("Nothing here yet"), tr(noun.what).to_owned(), command));
    }
    let title = say!("No {} match this filter", tr(noun.title).to_lowercase());
    let clear = vec![Cell::link(noun.path, "Clear the filter")];
    sheet.with(Part::Empty(title, String::new(), None)).with(Part::Say(String::new(), clear))
}
