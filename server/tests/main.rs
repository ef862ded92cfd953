//! The API as clients meet it: typed calls on the router in this process, and real sockets.

mod api;
mod harness;
