//! The server's own queue with nothing around it: one I/O thread that submits bursts, one worker that answers at once.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use native_types::message::{Params, RequestMessage, ResponseMessage, RouteId, Scheme};
use server::dispatch::desk::{self, Reply};
use server::dispatch::{Answer, Dispatch, Exchange, Limits, Taker};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The most requests that a burst may have.
pub const BURST_MAX: usize = 10_000;

/// How long the queue's own time limit is here: nothing comes near it.
const QUEUE_TIMEOUT: Duration = Duration::from_mins(1);

/// A burst of `size` requests, `repeats` times one after the other; the time that all took goes to `took`.
#[derive(Debug)]
struct Order {
    size: usize,
    repeats: u64,
    took: mpsc::Sender<Duration>,
}

/// An exchange with its two threads.
#[derive(Debug)]
pub struct QueueBed {
    exchange: Arc<Exchange>,
    orders: Option<UnboundedSender<Order>>,
    io_thread: Option<JoinHandle<()>>,
    worker: Option<JoinHandle<()>>,
}

impl QueueBed {
    /// Starts both threads; `batch` requests or answers share a wake-up at most.
    ///
    /// # Panics
    ///
    /// When threads or descriptors can't be had.
    pub fn start(batch: u32) -> Self {
        let limits = Limits {
            dispatch: Dispatch::Queue,
            workers: 1,
            io_threads: 1,
            queue_depth: BURST_MAX,
            concurrency: 1,
            connections: BURST_MAX,
            batch,
        };
        let exchange = Exchange::new(limits).expect("descriptors for two threads");
        exchange.open(std::iter::once(false));
        let (orders, received) = unbounded_channel();
        let io_thread = std::thread::spawn({
            let exchange = Arc::clone(&exchange);
            move || do_io(&exchange, received)
        });
        let worker = std::thread::spawn({
            let exchange = Arc::clone(&exchange);
            move || work(exchange)
        });
        Self {
            exchange,
            orders: Some(orders),
            io_thread: Some(io_thread),
            worker: Some(worker),
        }
    }

    /// The time that `repeats` bursts of `size` requests take, until every answer is there and has been compared.
    ///
    /// # Panics
    ///
    /// When an answer is wrong.
    pub fn bursts(&self, size: usize, repeats: u64) -> Duration {
        let (took, answer) = mpsc::channel();
        let order = Order {
            size,
            repeats,
            took,
        };
        let orders = self.orders.as_ref().expect("until it is dropped");
        orders
            .send(order)
            .expect("the I/O thread ends when this is dropped");
        answer.recv().expect("every answer was right")
    }
}

impl Drop for QueueBed {
    fn drop(&mut self) {
        self.orders = None;
        let io_thread = self.io_thread.take().map(JoinHandle::join);
        self.exchange.close();
        let worker = self.worker.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            let is_orderly =
                |joined: &Option<std::thread::Result<()>>| matches!(joined, Some(Ok(())));
            assert!(is_orderly(&io_thread) && is_orderly(&worker));
        }
    }
}

fn do_io(exchange: &Arc<Exchange>, orders: UnboundedReceiver<Order>) {
    exchange.run_reactor(0, QUEUE_TIMEOUT, carry_out(orders));
}

async fn carry_out(mut orders: UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        let began = Instant::now();
        for _ in 0..order.repeats {
            burst(order.size).await;
        }
        // Nobody listens any more when the bench was given up.
        let _ = order.took.send(began.elapsed());
    }
}

/// As many requests as a round of the reactor may read, then their answers.
async fn burst(size: usize) {
    let submit = |_| desk::submit(Arc::new(request())).expect("the queue has room for a burst");
    let replies: Vec<Reply> = (0..size).map(submit).collect();
    for reply in replies {
        let answer = reply.await;
        assert!(
            matches!(&answer, Answer::Response(response) if response.status == StatusCode::ACCEPTED),
            "{answer:?}"
        );
    }
}

fn work(exchange: Arc<Exchange>) {
    let taker = Taker::new(exchange, 0);
    while !taker.is_finished() {
        while let Some(taken) = taker.take() {
            taker.run(taken, |taken| {
                taken.answer(ResponseMessage::plain(StatusCode::ACCEPTED));
            });
        }
        let rested = taker.rest().wait();
        taker.rested(rested);
    }
}

fn request() -> RequestMessage {
    RequestMessage {
        method: Method::GET,
        uri: Uri::from_static("/"),
        version: Version::HTTP_11,
        headers: HeaderMap::new(),
        decoded_path: None,
        route: RouteId(0),
        params: Params::default(),
        body: Bytes::new(),
        client: None,
        scheme: Scheme::Http,
    }
}
