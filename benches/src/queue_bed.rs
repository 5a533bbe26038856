//! The server's own queue with nothing around it: I/O threads that submit, workers that answer at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::StatusCode;
use native_types::message::{Params, RequestMessage, ResponseMessage};
use server::dispatch::desk::{self, Reply};
use server::dispatch::{Answer, Dispatch, Exchange, Limits, Manner, Taker};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::crew::{Crew, Load};
use crate::element::{Seen, request, stamped};
use crate::queues::CAPACITY;

/// The most requests that a burst may have.
pub const BURST_MAX: usize = 10_000;

/// How long the queue's own time limit is here: nothing comes near it.
const QUEUE_TIMEOUT: Duration = Duration::from_mins(1);

/// What an I/O thread is to do.
type Order = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An exchange with its threads.
#[derive(Debug)]
pub struct QueueBed {
    /// When the clock of the workers began.
    began: Instant,
    exchange: Arc<Exchange>,
    orders: Vec<UnboundedSender<Order>>,
    io_threads: Vec<JoinHandle<()>>,
    workers: Vec<JoinHandle<Seen>>,
}

impl QueueBed {
    /// Starts an I/O thread for each producer and a worker for each consumer; `batch` requests or answers share a wake-up
    /// at most, and `depth` requests may wait.
    ///
    /// # Panics
    ///
    /// When threads or descriptors can't be had.
    pub fn start(batch: u32, crew: Crew, depth: usize) -> Self {
        let workers = crew.consumers as usize;
        let limits = Limits {
            dispatch: Dispatch::Queue,
            workers,
            io_threads: crew.producers as usize,
            queue_depth: depth,
            concurrency: 1,
            connections: depth,
            batch,
        };
        let began = Instant::now();
        let exchange = Exchange::new(limits).expect("descriptors for the threads");
        exchange.open(std::iter::once(Manner::default()));
        let (mut orders, mut io_threads) = (Vec::new(), Vec::new());
        for number in 0..exchange.io_threads() {
            let (order, received) = unbounded_channel();
            let exchange = Arc::clone(&exchange);
            orders.push(order);
            io_threads.push(std::thread::spawn(move || {
                exchange.run_reactor(number, QUEUE_TIMEOUT, carry_out(received));
            }));
        }
        let start = |worker| {
            let exchange = Arc::clone(&exchange);
            std::thread::spawn(move || work(exchange, worker, began))
        };
        let workers = (0..workers).map(start).collect();
        let bed = Self {
            began,
            exchange,
            orders,
            io_threads,
            workers,
        };
        // Each I/O thread is there before anything is timed.
        bed.carry_out_all((0..crew.producers).map(|_| async {}));
        bed
    }

    /// The time that `repeats` bursts of `size` requests from one I/O thread take, until every answer is there and has
    /// been compared.
    ///
    /// # Panics
    ///
    /// When an answer is wrong.
    pub fn bursts(&self, size: usize, repeats: u64) -> Duration {
        let (took, answer) = mpsc::channel();
        self.order(0, async move {
            let began = Instant::now();
            for _ in 0..repeats {
                burst((0..size).map(|_| Arc::new(request(Params::default())))).await;
            }
            // Nobody listens any more when the bench was given up.
            let _ = took.send(began.elapsed());
        });
        answer.recv().expect("every answer was right")
    }

    fn order(&self, io_thread: usize, order: impl Future<Output = ()> + Send + 'static) {
        let given = self.orders[io_thread].send(Box::pin(order));
        given.expect("the I/O thread ends when this is dropped");
    }

    /// Gives each I/O thread one of `orders`; the time until all are done.
    fn carry_out_all<O>(&self, orders: impl IntoIterator<Item = O>) -> Duration
    where
        O: Future<Output = ()> + Send + 'static,
    {
        let (done, ended) = mpsc::channel();
        let began = Instant::now();
        let mut count = 0;
        for order in orders {
            let done = done.clone();
            self.order(count, async move {
                order.await;
                let _ = done.send(());
            });
            count += 1;
        }
        drop(done);
        assert_eq!(ended.iter().count(), count, "every answer was right");
        began.elapsed()
    }

    /// Ends the threads; what the workers have seen.
    ///
    /// # Panics
    ///
    /// When a thread has panicked.
    pub fn end(mut self) -> Seen {
        Seen::by_all(self.join().into_iter().map(|seen| seen.expect("no panic")))
    }

    fn join(&mut self) -> Vec<std::thread::Result<Seen>> {
        self.orders.clear();
        let io_threads = self.io_threads.drain(..).map(JoinHandle::join);
        let is_orderly = io_threads.fold(true, |is_orderly, joined| is_orderly & joined.is_ok());
        self.exchange.close();
        let seen = self.workers.drain(..).map(JoinHandle::join).collect();
        assert!(is_orderly || std::thread::panicking());
        seen
    }
}

impl Drop for QueueBed {
    fn drop(&mut self) {
        let is_orderly = self.join().iter().all(Result::is_ok);
        assert!(is_orderly || std::thread::panicking());
    }
}

/// The time that `operations` requests take through the exchange and their answers back, each I/O thread having as many
/// under way as make [`CAPACITY`] for all.
///
/// # Panics
///
/// When not each request arrives exactly once.
pub fn throughput(crew: Crew, operations: u32) -> Duration {
    let bed = QueueBed::start(Limits::BATCH, crew, CAPACITY);
    let (stocks, expected) = crew.stocks(operations);
    let orders = stocks
        .into_iter()
        .map(|stock| saturate(stock.into_iter(), crew));
    let took = bed.carry_out_all(orders);
    assert_eq!(bed.end().tally, expected, "each request once");
    took
}

/// How long each of `operations` requests takes from the I/O thread to a worker, in nanoseconds.
///
/// At a rate, each I/O thread is woken for its requests by another thread that keeps to the timetable, as it would be by
/// a socket.
///
/// # Panics
///
/// When not as many arrive as were submitted.
pub fn latencies(crew: Crew, operations: u32, load: Load) -> Vec<u64> {
    let bed = QueueBed::start(Limits::BATCH, crew, CAPACITY);
    let (began, count) = (bed.began, crew.share(operations));
    let messages = move |producer| (0..count).map(move |number| stamped(producer, number, began));
    match load {
        Load::Saturated => {
            let orders = (0..crew.producers).map(|producer| saturate(messages(producer), crew));
            bed.carry_out_all(orders)
        }
        Load::PerSecond(_) => {
            let orders = (0..crew.producers).map(|producer| {
                let (call, called) = unbounded_channel();
                std::thread::spawn(move || {
                    for () in load.timetable(crew).take(count as usize) {
                        // Nobody listens any more when an answer was wrong.
                        let _ = call.send(());
                    }
                });
                keep_pace(messages(producer), called)
            });
            bed.carry_out_all(orders)
        }
    };
    let seen = bed.end();
    let expected = count as usize * crew.producers as usize;
    assert_eq!(seen.latencies.len(), expected, "each request once");
    seen.latencies
}

/// Keeps as many requests under way as this I/O thread may have of [`CAPACITY`].
async fn saturate(messages: impl Iterator<Item = Arc<RequestMessage>>, crew: Crew) {
    let window = CAPACITY / crew.producers as usize;
    let mut messages = messages.peekable();
    while messages.peek().is_some() {
        burst(messages.by_ref().take(window)).await;
    }
}

/// Submits a request for each call.
async fn keep_pace(
    messages: impl Iterator<Item = Arc<RequestMessage>>,
    mut called: UnboundedReceiver<()>,
) {
    let mut answered = Vec::new();
    let mut messages = messages;
    while called.recv().await.is_some() {
        let message = messages.next().expect("one for each call");
        let reply = desk::submit(message).expect("the queue has room at this pace");
        answered.push(tokio::spawn(async move { check(&reply.await) }));
    }
    for answer in answered {
        answer.await.expect("every answer was right");
    }
}

async fn carry_out(mut orders: UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        order.await;
    }
}

/// Submits requests in one round of the reactor, then waits for their answers.
async fn burst(messages: impl Iterator<Item = Arc<RequestMessage>>) {
    let submit = |message| desk::submit(message).expect("the queue has room for a burst");
    let replies: Vec<Reply> = messages.map(submit).collect();
    for reply in replies {
        check(&reply.await);
    }
}

fn check(answer: &Answer) {
    assert!(
        matches!(answer, Answer::Response(response) if response.status == StatusCode::ACCEPTED),
        "{answer:?}"
    );
}

fn work(exchange: Arc<Exchange>, worker: usize, began: Instant) -> Seen {
    let taker = Taker::new(exchange, worker);
    let mut seen = Seen::default();
    while !taker.is_finished() {
        while let Some(taken) = taker.take() {
            taker.run(taken, |taken| {
                seen.note(&taken.message, began);
                taken.answer(ResponseMessage::plain(StatusCode::ACCEPTED));
            });
        }
        let rested = taker.rest().wait();
        taker.rested(rested);
    }
    seen
}
