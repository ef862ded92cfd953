//! A run's log as the page holds it: lines, the rows they are shown in, search. Plain data without a
//! browser, so that a million lines can be tested.

mod book;
mod hits;
mod needle;
mod width;

pub use book::{Book, Piece, Row, Shown};
pub use domain::logs::Group;
pub use hits::Hits;
pub use needle::{Needle, bytes};
