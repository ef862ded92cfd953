//! One file a noun.

mod live;
mod logs;
