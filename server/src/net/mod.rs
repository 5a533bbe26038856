//! Sockets: listening, accepting, one task for each connection, and the threads that do all that.

mod accept;
mod connection;
mod io_thread;
mod listener;

pub use io_thread::{Door, IoThreads, Phase};
pub use listener::{ListenError, Listener, bind};
