//! What goes through the queues that are compared: the message of a request, which can be told from the others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version};
use native_types::message::{Params, RequestMessage, RouteId, Scheme};
use server::dispatch::Job;

/// How many different messages a producer has; it puts each of them again and again.
const MESSAGES: u32 = 2048;

/// One element of the queues that are not the server's: as large as the server's own, a pointer and a ticket.
#[derive(Debug)]
pub struct Element {
    /// The request.
    pub message: Arc<RequestMessage>,
    _ticket: [u32; 3],
}

const _: () = assert!(size_of::<Element>() == size_of::<Job>());

impl Element {
    /// The element of a message.
    pub fn new(message: Arc<RequestMessage>) -> Self {
        Self {
            message,
            _ticket: [0; 3],
        }
    }
}

/// A request without headers and body, with these as the places of its path parameters.
pub(crate) fn request(params: Params) -> RequestMessage {
    RequestMessage {
        method: Method::GET,
        uri: Uri::from_static("/"),
        version: Version::HTTP_11,
        headers: HeaderMap::new(),
        decoded_path: None,
        route: RouteId(0),
        params,
        body: Bytes::new(),
        stream: None,
        client: None,
        scheme: Scheme::Http,
        socket: None,
    }
}

/// `count` messages of a producer, made before they are needed: putting one is to move a pointer.
pub fn stock(producer: u32, count: usize) -> Vec<Arc<RequestMessage>> {
    let message = |number| {
        Arc::new(request(Params::Slices(
            std::iter::once(producer..number).collect(),
        )))
    };
    let messages: Vec<_> = (0..MESSAGES).map(message).collect();
    messages.iter().cycle().take(count).cloned().collect()
}

/// A message that says when it was made, to the nanosecond since `began`.
pub fn stamped(producer: u32, number: u32, began: Instant) -> Arc<RequestMessage> {
    let now = u64::try_from(began.elapsed().as_nanos()).expect("shorter than 500 years");
    let [high, low] = [now >> 32, now & u64::from(u32::MAX)];
    let half = |half| u32::try_from(half).expect("32 bits");
    let ranges = [producer..number, half(high)..half(low)];
    Arc::new(request(Params::Slices(ranges.into_iter().collect())))
}

/// How long ago a message was made, if it says so.
pub fn age(message: &RequestMessage, began: Instant) -> Option<Duration> {
    let Params::Slices(ranges) = &message.params else {
        return None;
    };
    let made = ranges.get(1)?;
    let made = u64::from(made.start) << 32 | u64::from(made.end);
    Some(began.elapsed().saturating_sub(Duration::from_nanos(made)))
}

/// How many messages there were, and which: two tallies are the same if the same messages were counted, each as often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    count: u64,
    sum: u64,
}

impl Tally {
    /// Counts a message.
    pub fn add(&mut self, message: &RequestMessage) {
        let Params::Slices(ranges) = &message.params else {
            return;
        };
        let name = ranges
            .first()
            .map_or(0, |name| u64::from(name.start) << 32 | u64::from(name.end));
        self.count += 1;
        // Multiplied, so that two wrong ones are not likely to make up for each other (splitmix64's constant).
        let mixed = (name + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.sum = self.sum.wrapping_add(mixed ^ (mixed >> 32));
    }

    /// Counts what another tally has counted.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum.wrapping_add(other.sum),
        }
    }

    /// The tally of a stock.
    pub fn of(stock: &[Arc<RequestMessage>]) -> Self {
        let mut tally = Self::default();
        for message in stock {
            tally.add(message);
        }
        tally
    }
}

/// What a consumer has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Which messages.
    pub tally: Tally,
    /// How long each took from put to taken, in nanoseconds; empty where messages do not say when they were put.
    pub latencies: Vec<u64>,
}

impl Seen {
    /// Notes a message that was taken just now.
    pub fn note(&mut self, message: &RequestMessage, began: Instant) {
        if let Some(age) = age(message, began) {
            let age = u64::try_from(age.as_nanos()).unwrap_or(u64::MAX);
            self.latencies.push(age);
        }
        self.tally.add(message);
    }

    /// What several consumers have seen.
    pub fn by_all(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::default(), |mut seen, other| {
            seen.tally = seen.tally.with(other.tally);
            seen.latencies.extend(other.latencies);
            seen
        })
    }
}
