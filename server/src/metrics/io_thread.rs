//! What one reactor counts.

use http::StatusCode;

use super::{CLASSES, Count, Reason, class_of};

/// The counts of one reactor.
///
/// # Threads
///
/// Written by whoever drives the reactor: that is handed on in order.
#[derive(Debug, Default)]
pub struct IoMeter {
    /// Connections that were accepted.
    pub accepted: Count,
    /// Connections that have ended.
    pub closed: Count,
    /// How often no connection could be accepted, for want of descriptors or memory.
    pub accept_errors: Count,
    /// Bytes that came on the sockets.
    pub bytes_in: Count,
    /// Bytes that went out on them.
    pub bytes_out: Count,
    responses: [Count; CLASSES],
    refused: [Count; Reason::ALL.len()],
}

impl IoMeter {
    /// Counts an answer, and why it is a refusal, if it is.
    pub fn answered(&self, status: StatusCode, refused: Option<Reason>) {
        self.responses[class_of(status)].add(1);
        if let Some(reason) = refused {
            self.refuse(reason);
        }
    }

    /// Counts a refusal alone.
    pub fn refuse(&self, reason: Reason) {
        self.refused[reason as usize].add(1);
    }

    /// How many answers there were, by the class of their status.
    pub fn responses(&self) -> [u64; CLASSES] {
        std::array::from_fn(|class| self.responses[class].get())
    }

    /// How many requests or clients were refused for `reason`.
    pub fn refused(&self, reason: Reason) -> u64 {
        self.refused[reason as usize].get()
    }

    /// How many connections are open.
    pub fn open(&self) -> u64 {
        // In this order: one that is accepted and closed in between makes no difference below zero.
        let closed = self.closed.get();
        self.accepted.get().saturating_sub(closed)
    }
}
