//! Producers and consumers around one queue, real threads each: how long they take, and how long an element waits.

use std::fmt;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use native_types::message::RequestMessage;

use crate::element::{Element, Seen, Tally, stamped, stock};
use crate::queues::Queue;

/// How many threads put, and how many take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crew {
    /// Threads that put.
    pub producers: u32,
    /// Threads that take.
    pub consumers: u32,
}

impl fmt::Display for Crew {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            producers,
            consumers,
        } = self;
        write!(formatter, "{producers} producers {consumers} consumers")
    }
}

impl Crew {
    /// What is put by each producer when all together put `operations`.
    pub fn share(self, operations: u32) -> u32 {
        operations / self.producers
    }

    /// The elements of each producer, which are `operations` together, and what the consumers are to find in all.
    pub(crate) fn stocks(self, operations: u32) -> (Vec<Vec<Arc<RequestMessage>>>, Tally) {
        let count = self.share(operations) as usize;
        let producers = 0..self.producers;
        let stocks: Vec<_> = producers.map(|producer| stock(producer, count)).collect();
        let tallies = stocks.iter().map(|stock| Tally::of(stock));
        let expected = tallies.fold(Tally::default(), Tally::with);
        (stocks, expected)
    }
}

/// How often elements are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// As fast as the queue takes them.
    Saturated,
    /// So many a second, by all producers together. Each keeps to a timetable of its own, in which it sleeps.
    PerSecond(u32),
}

impl Load {
    /// When the next elements of one producer are due, from now on.
    pub fn timetable(self, crew: Crew) -> impl Iterator<Item = ()> {
        let interval = match self {
            Self::Saturated => Duration::ZERO,
            Self::PerSecond(rate) => Duration::from_secs(1) * crew.producers / rate,
        };
        let mut due = Instant::now();
        std::iter::repeat_with(move || {
            due += interval;
            // Late elements are not left out, they follow at once.
            thread::sleep(due.saturating_duration_since(Instant::now()));
        })
    }
}

/// The time that it takes to put and take `operations` elements, which are made before.
///
/// # Panics
///
/// When not each element arrives exactly once.
pub fn throughput<Q: Queue>(crew: Crew, operations: u32) -> Duration {
    let (stocks, expected) = crew.stocks(operations);
    let producers = stocks.into_iter().map(|stock| {
        move |queue: &Q| {
            for message in stock {
                queue.put(Some(Element::new(message)));
            }
        }
    });
    let (took, seen) = run(crew, producers.collect(), Instant::now());
    assert_eq!(seen.tally, expected, "each element once");
    took
}

/// How long each of `operations` elements takes from put to taken, in nanoseconds.
///
/// # Panics
///
/// When not as many arrive as were put.
pub fn latencies<Q: Queue>(crew: Crew, operations: u32, load: Load) -> Vec<u64> {
    let (began, count) = (Instant::now(), crew.share(operations));
    let producers = (0..crew.producers).map(|producer| {
        move |queue: &Q| {
            for (number, ()) in (0..count).zip(load.timetable(crew)) {
                queue.put(Some(Element::new(stamped(producer, number, began))));
            }
        }
    });
    let (_, seen) = run(crew, producers.collect(), began);
    let expected = count as usize * crew.producers as usize;
    assert_eq!(seen.latencies.len(), expected, "each element once");
    seen.latencies
}

/// The time from the first put to the last element's arrival, and what arrived.
fn run<Q: Queue, P: FnOnce(&Q) + Send>(
    crew: Crew,
    producers: Vec<P>,
    began: Instant,
) -> (Duration, Seen) {
    let queue = Q::new();
    let others = producers.len() + crew.consumers as usize;
    let start = Barrier::new(others + 1);
    let (here, arrived) = mpsc::channel();
    let be_ready = |here: mpsc::Sender<()>| {
        let _ = here.send(());
        start.wait();
    };
    thread::scope(|scope| {
        let (queue, be_ready) = (&queue, &be_ready);
        let consumers: Vec<_> = (0..crew.consumers)
            .map(|_| {
                let here = here.clone();
                scope.spawn(move || {
                    be_ready(here);
                    consume(queue, began)
                })
            })
            .collect();
        let producers: Vec<_> = producers
            .into_iter()
            .map(|produce| {
                let here = here.clone();
                scope.spawn(move || {
                    be_ready(here);
                    produce(queue);
                })
            })
            .collect();
        // Every thread is there before the clock starts.
        assert_eq!(arrived.iter().take(others).count(), others);
        let clock = Instant::now();
        start.wait();
        for producer in producers {
            producer.join().expect("no producer panics");
        }
        (0..crew.consumers).for_each(|_| queue.put(None));
        let seen = consumers
            .into_iter()
            .map(|consumer| consumer.join().expect("no consumer panics"));
        let seen = Seen::by_all(seen);
        (clock.elapsed(), seen)
    })
}

fn consume(queue: &impl Queue, began: Instant) -> Seen {
    let mut seen = Seen::default();
    while let Some(element) = queue.take() {
        seen.note(&element.message, began);
    }
    seen
}
