//! A run's log as the page holds it: lines, the rows they are shown in, search. Plain data without a
//! browser, so that a hundred thousand lines can be tested.

mod ansi;
mod book;
mod width;

pub use book::{Book, Group, Piece, Row};
