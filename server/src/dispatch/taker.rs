//! The workers' end: takes requests, owes answers.

use std::rc::Rc;
use std::sync::Arc;

use native_types::message::{RequestMessage, ResponseMessage};

use super::exchange::Exchange;
use super::idle::Bell;
use super::ticket::Ticket;
use super::{Answer, Refusal};

/// One worker's end of the exchange. It belongs to the worker's thread.
#[derive(Debug)]
pub struct Taker {
    /// Shared with the requests that this worker has taken: counted without atomics, because they stay on its thread.
    exchange: Rc<Shared>,
    worker: usize,
}

impl Taker {
    /// The end of worker `worker`.
    pub fn new(exchange: Arc<Exchange>, worker: usize) -> Self {
        Self {
            exchange: Rc::new(Shared(exchange)),
            worker,
        }
    }

    /// The next request that is still wanted, if one waits. Never blocks.
    pub fn take(&self) -> Option<Taken> {
        let job = self.exchange.0.take()?;
        let debt = Debt {
            exchange: Rc::clone(&self.exchange),
            ticket: job.ticket,
        };
        Some(Taken {
            message: job.message,
            debt: Some(debt),
        })
    }

    /// Where the worker waits, to be used while it is detached from its interpreter.
    pub fn rest(&self) -> Rest<'_> {
        Rest {
            exchange: &self.exchange.0,
            worker: self.worker,
        }
    }

    /// Says that this worker waits for its bell from now on; `false` if there is work, or the end, already.
    pub fn fall_asleep(&self) -> bool {
        self.exchange.0.fall_asleep(self.worker)
    }

    /// Says that this worker looks for work by itself again.
    pub fn stay_awake(&self) {
        self.exchange.0.stay_awake(self.worker);
    }

    /// What rings when there is work for this worker.
    pub fn bell(&self) -> &Bell {
        self.exchange.0.bell(self.worker)
    }

    /// Whether no work waits and none will come.
    pub fn is_finished(&self) -> bool {
        self.exchange.0.is_closed() && self.exchange.0.waiting() == 0
    }
}

/// The exchange, as one thread shares it with itself.
#[derive(Debug)]
struct Shared(Arc<Exchange>);

/// Where a worker waits for work.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'a> {
    exchange: &'a Exchange,
    worker: usize,
}

impl Rest<'_> {
    /// Waits until there may be work, or the end of it.
    ///
    /// # Threads
    ///
    /// Blocks: only on a thread that is not attached to an interpreter.
    pub fn wait(self) {
        if self.exchange.fall_asleep(self.worker) {
            self.exchange.bell(self.worker).wait();
            // One ring may stand for many jobs: the next sleeper is woken for what this worker does not take at once.
            if self.exchange.waiting() > 1 {
                self.exchange.wake_for_backlog();
            }
        }
    }
}

/// One request that a worker has taken, and the answer that it owes.
///
/// Dropped without an answer (the worker panicked, or ended), it answers [`Refusal::Lost`], so that no client waits in
/// vain.
#[derive(Debug)]
pub struct Taken {
    /// The request.
    pub message: Arc<RequestMessage>,
    debt: Option<Debt>,
}

#[derive(Debug)]
struct Debt {
    exchange: Rc<Shared>,
    ticket: Ticket,
}

impl Taken {
    /// Answers the request.
    pub fn answer(mut self, response: ResponseMessage) {
        self.settle(Answer::Response(Box::new(response)));
    }

    fn settle(&mut self, answer: Answer) {
        if let Some(Debt { exchange, ticket }) = self.debt.take() {
            exchange.0.answer(ticket, answer);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.settle(Answer::Refused(Refusal::Lost));
    }
}
