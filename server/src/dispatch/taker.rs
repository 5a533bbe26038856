//! The workers' end: takes requests, owes answers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::utils::CachePadded;
use http::StatusCode;
use native_types::message::{RequestMessage, ResponseMessage};

use super::ending::Ending;
use super::exchange::Exchange;
use super::idle::Bell;
use super::lasting::Hold;
use super::pace::Doing;
use super::reactor::Stop;
use super::run_times::{LONG, RunTimes};
use super::ticket::Ticket;
use super::{Answer, Job, Refusal};
use crate::metrics::{Count, WorkerMeter};

/// One worker's end of the exchange. It belongs to the worker's thread.
#[derive(Debug)]
pub struct Taker {
    /// Shared with the requests that this worker has taken: counted without atomics, because they stay on its thread.
    shared: Rc<Shared>,
    run_times: RefCell<RunTimes>,
    /// How many handlers were short, of those that this worker has run since a long one.
    short_in_a_row: Cell<u32>,
    /// Whether the last request came out of this worker's lane, so that it is the queue's turn.
    was_placed: Cell<bool>,
    turn: Cell<Turn>,
}

/// What a worker does until it next waits.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// The reactor whose helm the worker holds.
    helm: Option<u16>,
    began: Instant,
    /// When the last handler came to its end.
    now: Instant,
    /// How long the handlers of this turn took, on average.
    average: Duration,
}

/// After so many short handlers in a row a worker may take the helm of a reactor.
const CALM: u32 = 32;

/// How long a worker at the helm runs handlers before I/O has its turn.
const TURN: Duration = Duration::from_micros(500);

/// Another worker is woken to help when the handlers that one at the helm has before it are expected to take longer.
const HELP: Duration = Duration::from_micros(200);

impl Taker {
    /// The end of worker `worker`.
    pub fn new(exchange: Arc<Exchange>, worker: usize) -> Self {
        let now = Instant::now();
        let meters = exchange.meters().map(|meters| meters.workers());
        let meter = meters.map(|meters| Meter::new(Arc::clone(&meters[worker])));
        Self {
            shared: Rc::new(Shared {
                exchange,
                worker,
                meter,
                unrung: Cell::new(0),
                is_in_batch: Cell::new(false),
            }),
            run_times: RefCell::default(),
            short_in_a_row: Cell::new(0),
            was_placed: Cell::new(false),
            turn: Cell::new(Turn {
                helm: None,
                began: now,
                now,
                average: Duration::ZERO,
            }),
        }
    }

    fn exchange(&self) -> &Exchange {
        &self.shared.exchange
    }

    /// The next request that is still wanted, if one waits for this worker. Never blocks.
    pub fn take(&self) -> Option<Taken> {
        let job = match self.helm() {
            Some(io_thread) => self.take_near(io_thread),
            None if self.exchange().lasting().awaits(self.shared.worker) => {
                return self.take_in_turn();
            }
            None => self.exchange().take(),
        };
        let Some(job) = job else {
            self.shared.ring();
            return None;
        };
        Some(self.taken(job, None))
    }

    fn taken(&self, job: Job, hold: Option<Box<Hold>>) -> Taken {
        let debt = Debt {
            shared: Rc::clone(&self.shared),
            ticket: job.ticket,
        };
        Taken {
            message: job.message,
            debt: Some(debt),
            hold,
        }
    }

    /// The next request of this worker's lane, or of the queue: one after the other where both have some.
    #[cold]
    fn take_in_turn(&self) -> Option<Taken> {
        let exchange = self.exchange();
        if self.was_placed.replace(false)
            && let Some(job) = exchange.take()
        {
            return Some(self.taken(job, None));
        }
        if let Some(job) = exchange.take_placed(self.shared.worker) {
            self.was_placed.set(true);
            let (exchange, route) = (&self.shared.exchange, job.message.route.index());
            let hold = Hold::placed(Arc::clone(exchange), self.shared.worker, route);
            return Some(self.taken(job, Some(Box::new(hold))));
        }
        let job = exchange.take();
        if job.is_none() {
            self.shared.ring();
        }
        job.map(|job| self.taken(job, None))
    }

    /// The reactor whose helm this worker holds. It is lost to the I/O thread by a handler that takes long.
    fn helm(&self) -> Option<u16> {
        let io_thread = self.turn.get().helm?;
        let helm = &self.exchange().reactor(io_thread).helm;
        if helm.is_held_by(self.shared.worker) {
            return Some(io_thread);
        }
        self.lose_helm();
        None
    }

    fn lose_helm(&self) {
        self.turn.update(|turn| Turn { helm: None, ..turn });
        self.exchange().set_pace(self.shared.worker, Doing::Prompt);
    }

    /// The next request that this worker has read; `None` also when it is I/O's turn.
    fn take_near(&self, io_thread: u16) -> Option<Job> {
        let Turn {
            began,
            now,
            average,
            ..
        } = self.turn.get();
        if now.duration_since(began) > TURN {
            return None;
        }
        let job = self.exchange().take_near(io_thread)?;
        self.exchange().reactor(io_thread).helm.beat();
        let left = u32::try_from(self.exchange().near(io_thread)).unwrap_or(u32::MAX);
        if average * left > HELP {
            self.exchange().wake_a_sleeper();
        }
        Some(job)
    }

    /// Runs the handler of `taken` as `run` does, and lets the others know if that is expected to take long.
    pub fn run<R>(&self, taken: Taken, run: impl FnOnce(Taken) -> R) -> R {
        let route = taken.message.route.index();
        let is_at_helm = self.turn.get().helm.is_some();
        let is_long = !is_at_helm && self.run_times.borrow().is_long(route);
        if is_long {
            self.be_engaged();
        }
        // At the helm nothing happens between two handlers.
        let began = if is_at_helm {
            self.turn.get().now
        } else {
            Instant::now()
        };
        if let (Some(meter), Some(debt)) = (&self.shared.meter, &taken.debt) {
            meter.begin(route, self.exchange().time(debt.ticket), began);
        }
        self.shared.is_in_batch.set(!is_long);
        let result = run(taken);
        self.shared.is_in_batch.set(false);
        self.note(route, began);
        if let Some(meter) = &self.shared.meter {
            meter.end(began, self.turn.get().now);
        }
        if is_long {
            self.exchange().set_pace(self.shared.worker, Doing::Prompt);
        }
        result
    }

    /// Notes how long the handler of a route took that has just come to its end.
    fn note(&self, route: usize, began: Instant) {
        let now = Instant::now();
        let took = now - began;
        let average = (self.turn.get().average * 7 + took) / 8;
        self.turn.update(|turn| Turn {
            now,
            average,
            ..turn
        });
        if let Some(is_short) = self.run_times.borrow_mut().note(route, took) {
            self.exchange().routes().set_short(route, is_short);
        }
        let in_a_row = if took > LONG {
            0
        } else {
            self.short_in_a_row.get().saturating_add(1)
        };
        self.short_in_a_row.set(in_a_row);
    }

    /// Gives the helm back, if this worker holds one: it is about to wait elsewhere.
    pub fn step_down(&self) {
        if let Some(io_thread) = self.turn.get().helm {
            self.exchange()
                .reactor(io_thread)
                .helm
                .step_down(self.shared.worker);
            self.lose_helm();
        }
    }

    /// Says that this worker takes nothing for a while: what waits is for others.
    pub fn be_engaged(&self) {
        self.shared.ring();
        self.exchange().set_pace(self.shared.worker, Doing::Engaged);
    }

    /// Where the worker waits, to be used while it is detached from its interpreter.
    pub fn rest(&self) -> Rest<'_> {
        Rest {
            exchange: self.exchange(),
            worker: self.shared.worker,
            helm: self.helm(),
            runs_short: self.short_in_a_row.get() >= CALM,
        }
    }

    /// Goes on after a [`Rest`].
    pub fn rested(&self, rested: Rested) {
        let now = Instant::now();
        let Rested { helm, detached } = rested;
        if let (Some(meter), Some(detached)) = (&self.shared.meter, detached) {
            let waited = now.saturating_duration_since(detached);
            meter.worker.gil_wait.record(waited);
        }
        self.turn.update(|turn| Turn {
            helm,
            began: now,
            now,
            ..turn
        });
    }

    /// Says that this worker waits for its bell from now on; `false` if there is work, or the end, already.
    pub fn fall_asleep(&self) -> bool {
        self.exchange().fall_asleep(self.shared.worker)
    }

    /// Says that this worker looks for work by itself again.
    pub fn stay_awake(&self) {
        self.exchange().wake_up(self.shared.worker);
    }

    /// What rings when there is work for this worker.
    pub fn bell(&self) -> &Bell {
        self.exchange().bell(self.shared.worker)
    }

    /// What rings this worker's bell, from any thread.
    pub fn ringer(&self) -> impl Fn() + Send + Sync + use<> {
        let (exchange, worker) = (Arc::clone(&self.shared.exchange), self.shared.worker);
        move || exchange.bell(worker).ring()
    }

    /// What is known of the server's end.
    pub fn ending(&self) -> &Ending {
        self.exchange().ending()
    }

    /// What this worker counts by, if anything counts.
    pub fn meter(&self) -> Option<&WorkerMeter> {
        let meter = self.shared.meter.as_ref()?;
        Some(&meter.worker)
    }

    /// Whether no work waits and none will come.
    pub fn is_finished(&self) -> bool {
        self.exchange().is_finished(self.shared.worker)
    }
}

/// What a worker shares with the requests that it has taken.
#[derive(Debug)]
struct Shared {
    exchange: Arc<Exchange>,
    worker: usize,
    meter: Option<Meter>,
    /// How many answers were handed over but not rung for.
    unrung: Cell<u32>,
    /// Whether a handler runs in [`Taker::run`], so that its answer may be rung for together with the next ones.
    is_in_batch: Cell<bool>,
}

impl Shared {
    fn settle(&self, ticket: Ticket, answer: Answer) {
        if let Some(meter) = &self.meter {
            meter.settle(self.exchange.time(ticket), &answer);
        }
        let is_urgent = self.exchange.answer(ticket, answer);
        self.unrung.set(self.unrung.get() + 1);
        if is_urgent || !self.is_in_batch.get() || self.unrung.get() >= self.exchange.batch() {
            self.ring();
        }
    }

    fn ring(&self) {
        if self.unrung.replace(0) > 0 {
            self.exchange.ring_for_answers();
        }
    }
}

/// What a worker counts by, while it runs handlers.
#[derive(Debug)]
struct Meter {
    worker: Arc<CachePadded<WorkerMeter>>,
    /// Whether a handler is being called.
    is_in_call: Cell<bool>,
    /// Whether that has answered its request: how long it took is known at the end of the call.
    has_answered: Cell<bool>,
}

impl Meter {
    fn new(worker: Arc<CachePadded<WorkerMeter>>) -> Self {
        Self {
            worker,
            is_in_call: Cell::new(false),
            has_answered: Cell::new(false),
        }
    }

    /// A handler is about to be called, for a request that was submitted at `time`, which becomes now.
    fn begin(&self, route: usize, time: &Count, now: Instant) {
        time.set(self.worker.begin(route, time.get(), now));
        self.is_in_call.set(true);
    }

    fn end(&self, began: Instant, now: Instant) {
        self.is_in_call.set(false);
        self.worker.end(now);
        if self.has_answered.replace(false) {
            self.worker.run_time.record(now - began);
        }
    }

    /// A request is answered whose handler was called at `time`.
    fn settle(&self, time: &Count, answer: &Answer) {
        let status = match answer {
            Answer::Response(message) => message.status,
            Answer::Refused(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let is_in_call = self.is_in_call.get();
        self.has_answered.set(is_in_call);
        let called = (!is_in_call).then(|| time.get());
        self.worker.answered(status, called);
    }
}

/// Where a worker waits for work: at its bell, or in a reactor that it drives meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'a> {
    exchange: &'a Exchange,
    worker: usize,
    helm: Option<u16>,
    runs_short: bool,
}

/// How a worker has rested.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Rested {
    /// The reactor whose helm the worker holds now.
    helm: Option<u16>,
    /// When the rest came to its end, where that is measured: from then on the worker waits for its interpreter.
    detached: Option<Instant>,
}

impl Rest<'_> {
    /// Waits until there may be work, or the end of it.
    ///
    /// # Threads
    ///
    /// Blocks: only on a thread that is not attached to an interpreter.
    pub fn wait(self) -> Rested {
        let helm = self.wait_for_work();
        let detached = self.exchange.meters().map(|_| Instant::now());
        Rested { helm, detached }
    }

    /// As [`Self::wait`]; the reactor whose helm the worker holds then.
    fn wait_for_work(self) -> Option<u16> {
        let claim = || self.exchange.claim_helm(self.worker, self.runs_short);
        if let Some(io_thread) = self.helm.or_else(claim) {
            return self.drive(io_thread);
        }
        if self.exchange.fall_asleep(self.worker) {
            self.exchange.bell(self.worker).wait();
        }
        self.exchange.wake_up(self.worker);
        None
    }

    fn drive(self, io_thread: u16) -> Option<u16> {
        let reactor = self.exchange.reactor(io_thread);
        if reactor.helm.enter(self.worker) {
            let awaited = || self.exchange.lasting().awaits(self.worker);
            let stop = reactor.drive_until_requests(awaited);
            reactor.helm.leave(self.worker);
            if stop == Stop::Requests {
                return Some(io_thread);
            }
            reactor.helm.step_down(self.worker);
        }
        self.exchange.set_pace(self.worker, Doing::Prompt);
        None
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
    /// What counts it as one that lasts. Boxed, so that those that do not carry an empty word.
    hold: Option<Box<Hold>>,
}

#[derive(Debug)]
struct Debt {
    shared: Rc<Shared>,
    ticket: Ticket,
}

impl Taken {
    /// Answers the request. A WebSocket that was opened is refused by that, if its handshake is not answered yet.
    pub fn answer(mut self, response: ResponseMessage) {
        match &self.message.socket {
            Some(socket) if self.debt.is_none() => socket.refuse(response),
            _ => self.settle(Answer::Response(response)),
        }
    }

    /// Answers the request for a WebSocket with 101: a handler has it, and what it says comes through the socket.
    pub fn open(&mut self) {
        let switching = ResponseMessage::plain(StatusCode::SWITCHING_PROTOCOLS);
        self.settle(Answer::Response(switching));
    }

    /// Says that the request lasts: it is a WebSocket, or its answer is streamed.
    pub fn last(&mut self) {
        if let (None, Some(Debt { shared, .. })) = (&self.hold, &self.debt) {
            let (exchange, route) = (Arc::clone(&shared.exchange), self.message.route.index());
            self.hold = Some(Box::new(Hold::new(exchange, shared.worker, route)));
        }
        self.hold.iter_mut().for_each(|hold| hold.last());
    }

    /// What counts it as one that lasts, for an answer that does so after it is begun.
    pub fn hold(&mut self) -> Option<Box<Hold>> {
        self.hold.take()
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
        if let Some(socket) = &self.message.socket {
            socket.abandon();
        }
    }
}
