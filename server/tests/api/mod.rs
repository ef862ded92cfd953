//! One file a noun.

mod event_sockets;
mod events;
mod live;
mod logs;
mod recordings;
