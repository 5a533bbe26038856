//! The workers' end: takes requests, owes answers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use native_types::message::{RequestMessage, ResponseMessage};

use super::exchange::Exchange;
use super::idle::Bell;
use super::pace::{Doing, RunTimes};
use super::ticket::Ticket;
use super::{Answer, Refusal};

/// One worker's end of the exchange. It belongs to the worker's thread.
#[derive(Debug)]
pub struct Taker {
    /// Shared with the requests that this worker has taken: counted without atomics, because they stay on its thread.
    shared: Rc<Shared>,
    worker: usize,
    run_times: RefCell<RunTimes>,
}

impl Taker {
    /// The end of worker `worker`.
    pub fn new(exchange: Arc<Exchange>, worker: usize) -> Self {
        Self {
            shared: Rc::new(Shared {
                exchange,
                unrung: Cell::new(0),
                is_in_batch: Cell::new(false),
            }),
            worker,
            run_times: RefCell::new(RunTimes::new()),
        }
    }

    /// The next request that is still wanted, if one waits. Never blocks.
    pub fn take(&self) -> Option<Taken> {
        let Some(job) = self.shared.exchange.take() else {
            self.shared.ring();
            return None;
        };
        let debt = Debt {
            shared: Rc::clone(&self.shared),
            ticket: job.ticket,
        };
        Some(Taken {
            message: job.message,
            debt: Some(debt),
        })
    }

    /// Runs the handler of `taken` as `run` does, and lets the others know if that is expected to take long.
    pub fn run<R>(&self, taken: Taken, run: impl FnOnce(Taken) -> R) -> R {
        let route = taken.message.route.index();
        let is_long = self.run_times.borrow().is_long(route);
        if is_long {
            self.shared.ring();
            self.shared.exchange.set_pace(self.worker, Doing::Engaged);
        }
        let began = Instant::now();
        self.shared.is_in_batch.set(!is_long);
        let result = run(taken);
        self.shared.is_in_batch.set(false);
        self.run_times.borrow_mut().note(route, began.elapsed());
        if is_long {
            self.shared.exchange.set_pace(self.worker, Doing::Prompt);
        }
        result
    }

    /// Says that this worker takes nothing for a while: what waits is for others.
    pub fn be_engaged(&self) {
        self.shared.ring();
        self.shared.exchange.set_pace(self.worker, Doing::Engaged);
    }

    /// Where the worker waits, to be used while it is detached from its interpreter.
    pub fn rest(&self) -> Rest<'_> {
        Rest {
            exchange: &self.shared.exchange,
            worker: self.worker,
        }
    }

    /// Says that this worker waits for its bell from now on; `false` if there is work, or the end, already.
    pub fn fall_asleep(&self) -> bool {
        self.shared.exchange.fall_asleep(self.worker)
    }

    /// Says that this worker looks for work by itself again.
    pub fn stay_awake(&self) {
        self.shared.exchange.wake_up(self.worker);
    }

    /// What rings when there is work for this worker.
    pub fn bell(&self) -> &Bell {
        self.shared.exchange.bell(self.worker)
    }

    /// Whether no work waits and none will come.
    pub fn is_finished(&self) -> bool {
        self.shared.exchange.is_closed() && self.shared.exchange.is_empty()
    }
}

/// What a worker shares with the requests that it has taken.
#[derive(Debug)]
struct Shared {
    exchange: Arc<Exchange>,
    /// How many answers were handed over but not rung for.
    unrung: Cell<u32>,
    /// Whether a handler runs in [`Taker::run`], so that its answer may be rung for together with the next ones.
    is_in_batch: Cell<bool>,
}

/// So many answers are rung for together, while the handlers are short: a thread that is woken for each answer takes the
/// core from the worker that makes the next one.
const BATCH: u32 = 16;

impl Shared {
    fn settle(&self, ticket: Ticket, answer: Answer) {
        let is_urgent = self.exchange.answer(ticket, answer);
        self.unrung.set(self.unrung.get() + 1);
        if is_urgent || !self.is_in_batch.get() || self.unrung.get() >= BATCH {
            self.ring();
        }
    }

    fn ring(&self) {
        if self.unrung.replace(0) > 0 {
            self.exchange.ring_for_answers();
        }
    }
}

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
        }
        self.exchange.wake_up(self.worker);
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
    shared: Rc<Shared>,
    ticket: Ticket,
}

impl Taken {
    /// Answers the request.
    pub fn answer(mut self, response: ResponseMessage) {
        self.settle(Answer::Response(Box::new(response)));
    }

    fn settle(&mut self, answer: Answer) {
        if let Some(Debt { shared, ticket }) = self.debt.take() {
            shared.settle(ticket, answer);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.settle(Answer::Refused(Refusal::Lost));
    }
}
