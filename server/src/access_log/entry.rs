//! One request's record, from its head to the last byte of its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use http::StatusCode;

use super::AccessLog;
use super::format::{Begun, Ended};

pub use super::format::Seen;

/// What is logged where the client left before there was an answer, as nginx does: no answer has it.
const LEFT: u16 = 499;

/// A record that is being made; dropping it writes it. Shared by an answer's body and those of its pieces that are not sent yet.
#[derive(Debug)]
pub struct Entry {
    log: Arc<AccessLog>,
    begun: Begun,
    since: Instant,
    /// `None` until there is an answer.
    status: Option<StatusCode>,
    bytes: AtomicU64,
    is_broken_off: AtomicBool,
}

impl Entry {
    /// Begins the record of a request.
    pub fn begin(log: &Arc<AccessLog>, seen: &Seen<'_>) -> Self {
        Self {
            log: Arc::clone(log),
            begun: log.format.begin(seen),
            since: Instant::now(),
            status: None,
            bytes: AtomicU64::new(0),
            is_broken_off: AtomicBool::new(false),
        }
    }

    /// The request is answered, with this status.
    pub fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// So many bytes of the answer's body were sent.
    pub fn sent(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The answer's body does not come to its end.
    pub fn break_off(&self) {
        self.is_broken_off.store(true, Ordering::Relaxed);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let ended = Ended {
            status: self.status.map_or(LEFT, |status| status.as_u16()),
            bytes: *self.bytes.get_mut(),
            is_complete: self.status.is_some() && !*self.is_broken_off.get_mut(),
            duration: self.since.elapsed(),
        };
        let begun = std::mem::take(&mut self.begun);
        self.log.write(&self.log.format.end(begun, &ended));
    }
}
