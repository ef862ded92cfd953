//! Parts of pages: they take values and callbacks, and fetch nothing.

pub mod confirm;
pub mod frame;
pub mod json;
pub mod list;
pub mod panel;
pub mod run_table;
pub mod state;
pub mod strip;
pub mod switch;
pub mod tabs;
pub mod tags;
pub mod time;
