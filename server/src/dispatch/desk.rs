//! The I/O threads' end: submits requests, waits for answers.
//!
//! Each I/O thread has one desk, with a slot for each request that is under way. Everything here happens on that thread,
//! so it needs no locks; what workers see of a slot is its stamp (`ticket`).

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use native_types::message::RequestMessage;
use slab::Slab;
use tokio::sync::Notify;

use super::exchange::Exchange;
use super::lasting;
use super::mailbox::Sleep;
use super::ticket::Ticket;
use super::{Answer, Job, Refusal};

thread_local! {
    static DESK: RefCell<Option<Box<Desk>>> = const { RefCell::new(None) };
}

/// In how many steps the queue's timeout is counted: a request waits at most one step longer than it may.
const TIMEOUT_STEPS: u32 = 10;

/// What whoever drives a reactor works with.
#[derive(Debug)]
pub(super) struct Desk {
    exchange: Arc<Exchange>,
    io_thread: u16,
    /// Whether the thread is a worker's, so that short handlers are run near.
    is_near: bool,
    slots: Slab<Slot>,
    /// Counts steps of the queue's timeout while requests are under way.
    step: u32,
    /// How many requests were submitted since a worker was last seen to.
    unseen: u32,
    timers: Timers,
    /// Empty: the room that the mailbox is given for the next answers.
    answers: Vec<(u32, Answer)>,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    /// When it was submitted, in steps.
    step: u32,
    answer: Option<Answer>,
    waker: Option<Waker>,
    /// The client left after a worker had taken the request: the answer is dropped when it comes.
    is_abandoned: bool,
}

fn with_desk<R>(work: impl FnOnce(&mut Desk) -> R) -> R {
    DESK.with_borrow_mut(|desk| work(desk.as_mut().expect("a reactor is driven with its desk")))
}

/// Gives the calling thread a desk, for as long as it drives the desk's reactor.
pub(super) fn sit_down(mut desk: Box<Desk>, is_near: bool) {
    desk.is_near = is_near;
    DESK.set(Some(desk));
}

/// Takes the desk from the calling thread.
pub(super) fn stand_up() -> Option<Box<Desk>> {
    DESK.take()
}

/// Submits a request. Never blocks and never attaches to an interpreter.
///
/// # Errors
///
/// [`Refusal::Full`] when as many requests wait as may wait.
///
/// # Cancel
///
/// Dropping the reply withdraws a request that no worker has taken; one that runs goes on, its answer is dropped.
pub fn submit(message: Arc<RequestMessage>) -> Result<Reply, Refusal> {
    with_desk(|desk| {
        desk.collect();
        desk.submit(message)
    })
}

/// Hands out answers and sees to what waits, at the beginning of a drive and whenever the driver was called.
pub(super) fn look() {
    with_desk(Desk::look);
}

/// As [`look`]; whether requests wait for the worker that drives.
pub(super) fn look_near() -> bool {
    with_desk(|desk| {
        desk.look();
        desk.exchange.near(desk.io_thread) > 0
    })
}

/// Before the thread sleeps: hands out answers, wakes a worker for what waits, says that the thread sleeps.
pub(super) fn before_sleep() {
    with_desk(|desk| {
        let is_left = desk.look();
        // A worker that runs short handlers rings once for several answers.
        let is_light = is_left || (!desk.slots.is_empty() && desk.exchange.is_any_prompt());
        if is_light {
            desk.timers.second_look.notify_one();
        }
        let sleep = if is_light { Sleep::Light } else { Sleep::Deep };
        while !desk.exchange.mailbox(desk.io_thread).fall_asleep(sleep) {
            desk.collect();
        }
    });
}

/// After the thread slept.
pub(super) fn after_sleep() {
    with_desk(|desk| desk.exchange.mailbox(desk.io_thread).wake_up());
}

/// Begins what the desk needs beside the tasks that submit. On the reactor, before the first request.
pub(super) fn tend(queue_timeout: Duration) {
    tokio::spawn(hand_out_answers());
    tokio::spawn(refuse_late(queue_timeout));
    tokio::spawn(look_again());
    tokio::spawn(look_after_each_round());
    tokio::spawn(look_after_lanes());
}

/// Hands out answers whenever a worker has woken the thread for them. Runs for as long as the reactor.
async fn hand_out_answers() {
    let bell = with_desk(|desk| desk.exchange.mailbox(desk.io_thread).bell());
    loop {
        bell.notified().await;
        with_desk(Desk::collect);
    }
}

/// Sees to what was submitted when everything that was ready before has run, although the thread may not sleep for long.
/// Runs for as long as the reactor; sleeps while nothing is submitted.
async fn look_after_each_round() {
    let submitted = with_desk(|desk| Arc::clone(&desk.timers.submitted));
    loop {
        submitted.notified().await;
        with_desk(Desk::look);
    }
}

/// Refuses requests that wait for longer than `timeout`. Runs for as long as the reactor; sleeps while nothing waits.
async fn refuse_late(timeout: Duration) {
    let is_busy = with_desk(|desk| Arc::clone(&desk.timers.is_busy));
    let step = (timeout / TIMEOUT_STEPS).max(Duration::from_millis(1));
    loop {
        if with_desk(|desk| desk.slots.is_empty()) {
            is_busy.notified().await;
        }
        tokio::time::sleep(step).await;
        with_desk(Desk::refuse_late);
    }
}

/// Looks again at what was left to an awake worker: requests to take, answers to ring for. Runs for as long as the reactor;
/// sleeps while there is nothing.
async fn look_again() {
    let second_look = with_desk(|desk| Arc::clone(&desk.timers.second_look));
    loop {
        second_look.notified().await;
        tokio::time::sleep(Exchange::SECOND_LOOK).await;
        with_desk(|desk| {
            desk.collect();
            desk.exchange.wake_for_backlog();
        });
    }
}

/// Looks after what was placed in workers' lanes. Runs for as long as the reactor; sleeps while nothing is placed.
async fn look_after_lanes() {
    let placed = with_desk(|desk| Arc::clone(&desk.timers.placed));
    loop {
        placed.notified().await;
        while with_desk(|desk| desk.exchange.unstick()) {
            tokio::time::sleep(lasting::STUCK / 16).await;
        }
    }
}

/// What wakes the timers of one I/O thread, which sleep while there is nothing to time.
#[derive(Debug, Default)]
struct Timers {
    /// The first request is under way.
    is_busy: Arc<Notify>,
    /// A request was submitted, the first since the last look.
    submitted: Arc<Notify>,
    /// Something was left to an awake worker.
    second_look: Arc<Notify>,
    /// A request was placed in a worker's lane.
    placed: Arc<Notify>,
}

impl Desk {
    pub(super) fn new(exchange: Arc<Exchange>, io_thread: u16) -> Self {
        Self {
            exchange,
            io_thread,
            is_near: false,
            slots: Slab::new(),
            step: 0,
            unseen: 0,
            timers: Timers::default(),
            answers: Vec::new(),
        }
    }

    fn submit(&mut self, message: Arc<RequestMessage>) -> Result<Reply, Refusal> {
        let stamps = self.exchange.stamps(self.io_thread);
        let slot = self.slots.vacant_key();
        if slot >= stamps.len() {
            return Err(Refusal::Full);
        }
        let generation = stamps.open(slot);
        let slot_number = u32::try_from(slot).expect("fewer slots than 2^32");
        let ticket = Ticket {
            io_thread: self.io_thread,
            slot: slot_number,
            generation,
        };
        if let Some(meters) = self.exchange.meters() {
            self.exchange.time(ticket).set(meters.now());
        }
        if !self.put(Job { message, ticket }) {
            self.exchange.stamps(self.io_thread).close(slot, generation);
            return Err(Refusal::Full);
        }
        if self.slots.is_empty() {
            self.timers.is_busy.notify_one();
        }
        let opened = Slot {
            generation,
            step: self.step,
            answer: None,
            waker: None,
            is_abandoned: false,
        };
        self.slots.insert(opened);
        Ok(Reply { slot: Some(slot) })
    }

    /// Puts a job where it is to be run; `false` if there is no room.
    fn put(&mut self, job: Job) -> bool {
        let route = job.message.route.index();
        if self.exchange.routes().is_lasting(route) {
            self.timers.placed.notify_one();
            return self.exchange.place(job);
        }
        let is_near = self.is_near && self.exchange.routes().is_near(route);
        let rest = if is_near {
            match self.exchange.push_near(self.io_thread, job) {
                Ok(()) => return true,
                Err(job) => job,
            }
        } else {
            job
        };
        if self.exchange.push(rest).is_err() {
            return false;
        }
        self.unseen += 1;
        if self.unseen == 1 {
            self.timers.submitted.notify_one();
        }
        if self.unseen >= self.exchange.batch() {
            self.unseen = 0;
            self.exchange.see_to_backlog();
        }
        true
    }

    /// Hands out answers and sees to what waits for a worker. `true` if that was left to an awake one.
    fn look(&mut self) -> bool {
        self.collect();
        if !self.is_near {
            self.exchange.move_near_to_queue(self.io_thread);
        }
        self.unseen = 0;
        self.exchange.see_to_backlog()
    }

    /// Puts each answer that has come into its slot.
    fn collect(&mut self) {
        let mut answers = std::mem::take(&mut self.answers);
        self.exchange.mailbox(self.io_thread).take(&mut answers);
        for (slot, answer) in answers.drain(..) {
            let index = slot as usize;
            let slot = &mut self.slots[index];
            self.exchange
                .stamps(self.io_thread)
                .close(index, slot.generation);
            if slot.is_abandoned {
                self.slots.remove(index);
            } else {
                slot.answer = Some(answer);
                slot.waker.take().into_iter().for_each(Waker::wake);
            }
        }
        self.answers = answers;
    }

    fn refuse_late(&mut self) {
        self.step = self.step.wrapping_add(1);
        let (exchange, io_thread) = (&self.exchange, self.io_thread);
        for (index, slot) in &mut self.slots {
            let is_late = self.step.wrapping_sub(slot.step) > TIMEOUT_STEPS;
            if is_late
                && slot.answer.is_none()
                && exchange.withdraw(io_thread, index, slot.generation)
            {
                slot.answer = Some(Answer::Refused(Refusal::WaitedTooLong));
                slot.waker.take().into_iter().for_each(Waker::wake);
            }
        }
    }

    fn poll(&mut self, index: usize, waker: &Waker) -> Poll<Answer> {
        let slot = &mut self.slots[index];
        if let Some(answer) = slot.answer.take() {
            self.slots.remove(index);
            return Poll::Ready(answer);
        }
        match &mut slot.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Poll::Pending
    }

    fn withdraw(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let is_done = slot.answer.is_some();
        if is_done
            || self
                .exchange
                .withdraw(self.io_thread, index, slot.generation)
        {
            self.slots.remove(index);
        } else {
            slot.is_abandoned = true;
            slot.waker = None;
        }
    }
}

/// The answer to come for one request.
///
/// # Threads
///
/// Only on the I/O thread that submitted the request: its runtime keeps tasks on their thread.
#[derive(Debug)]
#[must_use]
pub struct Reply {
    /// The slot, until the answer was given.
    slot: Option<usize>,
}

impl Future for Reply {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let slot = self.slot.expect("not polled after it was ready");
        let poll = with_desk(|desk| desk.poll(slot, context.waker()));
        if poll.is_ready() {
            self.slot = None;
        }
        poll
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        let Some(slot) = self.slot else { return };
        // When the thread ends, its desk may be gone before the last connection is dropped.
        let _ = DESK.try_with(|desk| {
            if let Ok(mut desk) = desk.try_borrow_mut()
                && let Some(desk) = desk.as_mut()
            {
                desk.withdraw(slot);
            }
        });
    }
}
