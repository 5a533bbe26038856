//! What a client does with one direction of its connection.

use std::net::Shutdown;
use std::time::Duration;

use super::{Connection, PATIENCE};

impl Connection {
    /// Sends no more, and goes on reading.
    pub(crate) fn end(&self) {
        self.stream
            .socket()
            .shutdown(Shutdown::Write)
            .expect("it is open");
    }

    /// Whether anything comes within that time, be it the end.
    pub(crate) fn has_come(&self, within: Duration) -> bool {
        let set = |limit| self.stream.socket().set_read_timeout(Some(limit));
        set(within).expect("more than nothing");
        let has_come = self.stream.socket().peek(&mut [0]).is_ok();
        set(PATIENCE).expect("more than nothing");
        has_come
    }
}
