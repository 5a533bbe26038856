//! The I/O threads of an engine: each takes what was submitted to its inlet to the workers, and their answers back.
//!
//! An inlet is a bounded channel. Its reader, a task of the thread's reactor, takes all that has come at once, so a
//! burst of submissions wakes it once, and an awake one is not woken. What it has taken is under way as a connection's
//! request is: it waits in the exchange's queue, within its limits. So an inlet holds requests only for as long as its
//! reader takes to come to them.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use native_types::message::RequestMessage;
use tokio::sync::{mpsc, oneshot};

use super::pending::Outcome;
use crate::dispatch::desk::{self, Reply};
use crate::dispatch::{Answer, Exchange};

/// How many submissions are taken from an inlet before the reactor's other tasks have their turn.
const TAKEN_MAX: usize = 256;

/// One request on its way to the queue.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) message: Arc<RequestMessage>,
    pub(super) caller: oneshot::Sender<Outcome>,
}

/// Where requests are submitted: one for each I/O thread.
pub(super) type Inlets = Box<[mpsc::Sender<Submission>]>;

/// The running I/O threads.
#[derive(Debug, Default)]
pub(super) struct IoThreads {
    threads: Vec<JoinHandle<()>>,
    /// Dropped, they tell the threads to end.
    are_open: Vec<oneshot::Sender<()>>,
}

impl IoThreads {
    /// Starts a thread for each reactor, with an inlet that holds `depth` requests.
    ///
    /// # Errors
    ///
    /// When a thread can't be had. Those before it have ended then.
    pub(super) fn start(
        exchange: &Arc<Exchange>,
        depth: usize,
        queue_timeout: Duration,
    ) -> io::Result<(Self, Inlets)> {
        let mut started = Self::default();
        let mut inlets = Vec::new();
        for number in 0..exchange.io_threads() {
            let (inlet, submitted) = mpsc::channel(depth);
            let (is_open, closing) = oneshot::channel();
            let exchange = Arc::clone(exchange);
            let run = move || {
                exchange.run_reactor(number, queue_timeout, take_in(submitted, closing));
            };
            match Builder::new().name(format!("io-{number}")).spawn(run) {
                Ok(thread) => started.threads.push(thread),
                Err(error) => {
                    started.end();
                    return Err(error);
                }
            }
            started.are_open.push(is_open);
            inlets.push(inlet);
        }
        Ok((started, inlets.into()))
    }

    /// Closes the inlets, and waits until what was submitted is answered.
    pub(super) fn end(self) {
        drop(self.are_open);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("an I/O thread panicked: its requests were lost");
            }
        }
    }
}

/// Takes in what is submitted, until `closing` is told and all is answered.
async fn take_in(mut submitted: mpsc::Receiver<Submission>, mut closing: oneshot::Receiver<()>) {
    // Each request under way holds a sender; when the last one is dropped, all are answered.
    let (under_way, mut all_answered) = mpsc::channel::<()>(1);
    let mut taken = Vec::with_capacity(TAKEN_MAX);
    loop {
        tokio::select! {
            // In this order: submissions may never stop coming.
            biased;
            _ = &mut closing, if !submitted.is_closed() => submitted.close(),
            count = submitted.recv_many(&mut taken, TAKEN_MAX) => if count == 0 {
                break;
            },
        }
        for submission in taken.drain(..) {
            submit(submission, &under_way);
        }
    }
    drop(under_way);
    while all_answered.recv().await.is_some() {}
}

/// Puts a request in the queue, unless its caller has left already.
fn submit(submission: Submission, under_way: &mpsc::Sender<()>) {
    let Submission { message, caller } = submission;
    if caller.is_closed() {
        return;
    }
    match desk::submit(message) {
        Ok(reply) => drop(tokio::spawn(answer(reply, caller, under_way.clone()))),
        // Nobody listens when the caller has left meanwhile; so below.
        Err(refusal) => drop(caller.send(Err(refusal))),
    }
}

/// Waits for an answer; withdraws the request when its caller leaves.
async fn answer(reply: Reply, mut caller: oneshot::Sender<Outcome>, _under_way: mpsc::Sender<()>) {
    let outcome = tokio::select! {
        biased;
        answer = reply => match answer {
            Answer::Response(response) => Ok(response),
            Answer::Refused(refusal) => Err(refusal),
        },
        () = caller.closed() => return,
    };
    let _ = caller.send(outcome);
}
