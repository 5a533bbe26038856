//! The queues that the server's own is compared with: each moves elements between threads, and waits when it has to.
//!
//! All but [`SegQueue`], which has no bound, hold [`CAPACITY`] elements, the server's default depth. How a thread
//! waits:
//! - [`MutexQueue`]: on a condition variable, for an element or for room. One that waits is woken for each element or
//!   room; nobody is woken when nobody waits.
//! - the channel: parked by `crossbeam-channel`, which spins for a moment before.
//! - [`ArrayQueue`] and [`SegQueue`], which have no way to wait: some spinning, then yielding, then sleeps of a
//!   microsecond (some 50 in truth, the kernel's slack). Nobody is woken; an idle queue costs time of its consumers.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use crossbeam::queue::{ArrayQueue, SegQueue};
use crossbeam::utils::Backoff;

use crate::element::Element;

/// How many elements a queue holds.
pub const CAPACITY: usize = 1024;

/// How long a thread sleeps that has spun and yielded in vain.
const NAP: Duration = Duration::from_micros(1);

/// A queue for several producers and consumers; `None` is the end, once for each consumer.
pub trait Queue: Sync {
    /// An empty queue.
    fn new() -> Self;

    /// Puts an element in, when there is room.
    fn put(&self, element: Option<Element>);

    /// Takes the oldest element, when there is one.
    fn take(&self) -> Option<Element>;
}

/// `Mutex<VecDeque>` with two condition variables.
#[derive(Debug)]
pub struct MutexQueue {
    inside: Mutex<Inside>,
    has_elements: Condvar,
    has_room: Condvar,
}

#[derive(Debug)]
struct Inside {
    elements: VecDeque<Option<Element>>,
    /// How many threads wait for an element.
    takers: usize,
    /// How many threads wait for room.
    putters: usize,
}

impl MutexQueue {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue for MutexQueue {
    fn new() -> Self {
        Self {
            inside: Mutex::new(Inside {
                elements: VecDeque::with_capacity(CAPACITY),
                takers: 0,
                putters: 0,
            }),
            has_elements: Condvar::new(),
            has_room: Condvar::new(),
        }
    }

    fn put(&self, element: Option<Element>) {
        let mut inside = self.lock();
        while inside.elements.len() == CAPACITY {
            inside.putters += 1;
            inside = self
                .has_room
                .wait(inside)
                .unwrap_or_else(PoisonError::into_inner);
            inside.putters -= 1;
        }
        inside.elements.push_back(element);
        let is_awaited = inside.takers > 0;
        drop(inside);
        if is_awaited {
            self.has_elements.notify_one();
        }
    }

    fn take(&self) -> Option<Element> {
        let mut inside = self.lock();
        let element = loop {
            if let Some(element) = inside.elements.pop_front() {
                break element;
            }
            inside.takers += 1;
            inside = self
                .has_elements
                .wait(inside)
                .unwrap_or_else(PoisonError::into_inner);
            inside.takers -= 1;
        };
        let is_awaited = inside.putters > 0;
        drop(inside);
        if is_awaited {
            self.has_room.notify_one();
        }
        element
    }
}

/// Tries again and again, and waits as the module says.
fn persist<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let backoff = Backoff::new();
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        if backoff.is_completed() {
            thread::sleep(NAP);
        } else {
            backoff.snooze();
        }
    }
}

impl Queue for ArrayQueue<Option<Element>> {
    fn new() -> Self {
        Self::new(CAPACITY)
    }

    fn put(&self, element: Option<Element>) {
        let mut left = Some(element);
        persist(|| match self.push(left.take()?) {
            Ok(()) => Some(()),
            Err(element) => {
                left = Some(element);
                None
            }
        });
    }

    fn take(&self) -> Option<Element> {
        persist(|| self.pop())
    }
}

impl Queue for SegQueue<Option<Element>> {
    fn new() -> Self {
        Self::new()
    }

    fn put(&self, element: Option<Element>) {
        self.push(element);
    }

    fn take(&self) -> Option<Element> {
        persist(|| self.pop())
    }
}

/// A bounded channel of `crossbeam-channel`.
#[derive(Debug)]
pub struct Channel(Sender<Option<Element>>, Receiver<Option<Element>>);

impl Queue for Channel {
    fn new() -> Self {
        let (sender, receiver) = bounded(CAPACITY);
        Self(sender, receiver)
    }

    fn put(&self, element: Option<Element>) {
        self.0.send(element).expect("the receiver is kept here");
    }

    fn take(&self) -> Option<Element> {
        self.1.recv().expect("the sender is kept here")
    }
}
