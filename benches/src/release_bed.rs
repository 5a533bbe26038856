//! Two threads of one interpreter: requests with a body beside each other, or beside Python that never waits.
//!
//! A request is the product's own: `request.body` is made of the bytes that were read, a handler runs, and the body goes
//! back as the answer's. What a threshold makes of the two copies is what is measured.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use native_types::capi::{Attached, Object, Owned, PyResult, convert};
use native_types::release::ReleaseThreshold;

use crate::embedded::{Interpreter, attribute};

/// What `handle` adds to the length of its body.
const SUM: i64 = 499 * 500 / 2;

/// One kind of request.
#[derive(Clone, Debug)]
pub struct Requests {
    /// The body, which is also the answer's.
    pub body: Bytes,
    /// From what size on it is copied detached.
    pub threshold: ReleaseThreshold,
}

impl Requests {
    /// The time in which two threads each do `repeats` requests, on threads of their own.
    ///
    /// # Panics
    ///
    /// When an answer is wrong.
    pub fn beside_each_other(&self, interpreter: Interpreter<'_>, repeats: u64) -> Duration {
        let start = Barrier::new(2);
        std::thread::scope(|scope| {
            let threads =
                [(); 2].map(|()| scope.spawn(|| self.timed(interpreter, repeats, &start)));
            let took = threads.map(|thread| thread.join().expect("every answer was right"));
            took.into_iter().max().unwrap_or_default()
        })
    }

    /// The time in which one thread does `repeats` requests while another runs Python all the time.
    ///
    /// # Panics
    ///
    /// When an answer is wrong.
    pub fn beside_python(&self, interpreter: Interpreter<'_>, repeats: u64) -> Duration {
        let start = &Barrier::new(2);
        let (running, ended) = channel();
        std::thread::scope(|scope| {
            let busy = scope.spawn(move || run_python(interpreter, start, &ended));
            let timed = scope.spawn(|| self.timed(interpreter, repeats, start));
            let took = timed.join();
            drop::<std::sync::mpsc::Sender<()>>(running);
            busy.join().expect("it ran until it was told to end");
            took.expect("every answer was right")
        })
    }

    fn timed(&self, interpreter: Interpreter<'_>, repeats: u64, start: &Barrier) -> Duration {
        interpreter.with(|py, _| {
            let handler = attribute("release", "handle", py)?;
            py.detached(|| start.wait());
            let began = Instant::now();
            for _ in 0..repeats {
                self.request(&handler, py)?;
            }
            Ok(began.elapsed())
        })
    }

    fn request(&self, handler: &Object, py: Attached<'_>) -> PyResult<()> {
        let body = self.threshold.new_bytes(&self.body, py)?;
        let returned = handler.call(&[&body], py)?;
        assert_eq!(sum(&returned, py)?, self.body.len());
        let bytes = convert::as_bytes(&body, py).unwrap_or_default();
        let answer = self.threshold.copy(bytes, py);
        // The ends alone: comparing all of it would take as long as what is measured.
        assert_eq!(answer.len(), self.body.len());
        assert_eq!(answer.last(), self.body.last());
        black_box(answer);
        Ok(())
    }
}

/// The length that `handle` was given, by what it returned.
fn sum(returned: &Owned<'_>, py: Attached<'_>) -> PyResult<usize> {
    let number = convert::as_i64(returned, py)?.unwrap_or_default();
    Ok(usize::try_from(number - SUM).unwrap_or(usize::MAX))
}

fn run_python(interpreter: Interpreter<'_>, start: &Barrier, ended: &Receiver<()>) {
    interpreter.with(|py, _| {
        let handler = attribute("release", "handle", py)?;
        let body = convert::new_bytes(b"", py)?;
        py.detached(|| start.wait());
        while ended.try_recv() == Err(TryRecvError::Empty) {
            assert_eq!(sum(&handler.call(&[&body], py)?, py)?, 0);
        }
        Ok(())
    });
}
