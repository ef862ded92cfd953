//! Parts of pages: they take values and callbacks, and fetch nothing.

pub mod confirm;
pub mod facts;
pub mod filter_form;
pub mod frame;
pub mod json;
pub mod list;
pub mod manifest;
pub mod pager;
pub mod panel;
pub mod run_now;
pub mod run_table;
pub mod schedules;
pub mod schema_form;
pub mod state;
pub mod steps;
pub mod strip;
pub mod switch;
pub mod table;
pub mod tabs;
pub mod tags;
pub mod time;
pub mod work_pool_table;
