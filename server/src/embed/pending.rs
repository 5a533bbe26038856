//! The answer to come for one submitted request.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use native_types::message::ResponseMessage;
use tokio::sync::oneshot;

use crate::dispatch::Refusal;

/// What comes of a request: what its handler answered, or why it has not.
pub(super) type Outcome = Result<ResponseMessage, Refusal>;

/// The answer to come for one request: a future, for any executor, or something to [`wait`](Self::wait) for.
///
/// # Errors
///
/// A [`Refusal`] says why no handler has answered. An exception in a handler is an answer: 500, as over HTTP.
///
/// # Cancel
///
/// Dropped, it withdraws the request: one that no worker has taken is never run; one that runs goes on, and its answer
/// is dropped.
#[derive(Debug)]
#[must_use = "dropping it withdraws the request"]
pub struct Pending(Stage);

#[derive(Debug)]
enum Stage {
    /// It is known; `None` once it was given.
    Known(Option<Outcome>),
    Coming(oneshot::Receiver<Outcome>),
}

impl Pending {
    /// An answer that was given without a worker.
    pub(super) fn known(outcome: Outcome) -> Self {
        Self(Stage::Known(Some(outcome)))
    }

    /// An answer that will be sent.
    pub(super) fn coming(outcome: oneshot::Receiver<Outcome>) -> Self {
        Self(Stage::Coming(outcome))
    }

    /// Blocks until the answer is there.
    ///
    /// # Errors
    ///
    /// As the future.
    pub fn wait(self) -> Result<ResponseMessage, Refusal> {
        let waker = Waker::from(Arc::new(Sleeper(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut pending = pin!(self);
        loop {
            if let Poll::Ready(outcome) = pending.as_mut().poll(&mut context) {
                return outcome;
            }
            // Wakes at once if it was unparked since it looked.
            thread::park();
        }
    }
}

impl Future for Pending {
    type Output = Result<ResponseMessage, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Stage::Known(outcome) => {
                Poll::Ready(outcome.take().expect("not polled after it was ready"))
            }
            // The sender is lost only if its I/O thread has panicked.
            Stage::Coming(outcome) => Pin::new(outcome)
                .poll(context)
                .map(|sent| sent.unwrap_or(Err(Refusal::Lost))),
        }
    }
}

/// A thread that sleeps in [`Pending::wait`].
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
