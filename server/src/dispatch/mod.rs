//! Takes a request from the thread that read it to a worker that runs its handler, and the answer back.
//!
//! ```text
//! connection task ─▶ desk::submit ─▶ jobs (bounded, lock-free, MPMC) ─▶ Taker::take ─▶ handler
//!       ▲                                                                   │
//!       └── Reply ◀── the I/O thread's slots ◀── mailbox ◀── Taken::answer ─┘
//! ```
//!
//! What lasts takes a way of its own, past the queue to the worker that has the fewest of that kind (`lasting`).
//!
//! What crosses is plain data ([`Job`], [`Answer`]); Python objects never do. Both ways a sleeping thread is woken once for
//! everything that waits for it, and an awake one never (`idle`, `mailbox`). Memory is bounded: by the queue's depth, and
//! by as many reply slots as requests can be under way.

mod backlog;
pub mod desk;
mod ending;
pub mod exchange;
mod helm;
mod idle;
mod lasting;
mod mailbox;
mod pace;
mod reactor;
mod routes;
mod run_times;
pub mod taker;
mod ticket;

use std::sync::Arc;

use native_types::message::{RequestMessage, ResponseMessage};

pub use ending::{Cut, Ending, Tally};
pub use exchange::{Exchange, Limits};
pub use idle::Bell;
pub use lasting::Hold;
pub use routes::{Dispatch, Lasts, Manner};
pub use taker::{Taken, Taker};
use ticket::Ticket;

/// One request on its way to a worker.
#[derive(Debug)]
pub struct Job {
    message: Arc<RequestMessage>,
    ticket: Ticket,
}

/// What comes back for a request.
#[derive(Debug)]
pub enum Answer {
    /// What the handler answered.
    Response(ResponseMessage),
    /// It was not run, or did not come to an end.
    Refused(Refusal),
}

/// Why a request was not answered by its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As many requests wait as may wait. The load's fault, or ours: 503.
    #[error("the queue is full")]
    Full,
    /// No worker took it within the queue's timeout. The load's fault, or ours: 503.
    #[error("no worker was free in time")]
    WaitedTooLong,
    /// The worker that ran it ended before it answered. Our fault: 500.
    #[error("the worker ended before it answered")]
    Lost,
    /// It came after the end had begun. The caller's fault, where there is one that could know: 503.
    #[error("no more requests are taken")]
    Closed,
}
