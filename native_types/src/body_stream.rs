//! `request.stream()`: a body piece by piece, as it comes.

use std::ffi::CStr;
use std::sync::{Arc, Mutex, TryLockError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use bytes::Bytes;

use crate::capi::exception::Builtin;
use crate::capi::method::{Method, method};
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Owned, PyResult, Raised, RefSlot, This, builtin};
use crate::message::BodyError;
use crate::pipe::{Left, Reader};
use crate::state::State;
use crate::streaming::function;
use crate::{errors, waiting};

/// An iterator and an asynchronous iterator over the pieces of one body, each of them `bytes` and none empty.
///
/// # Threads
///
/// One at a time: another one that asks for a piece meanwhile gets a `ValueError`, as from a generator.
#[derive(Debug)]
pub(crate) struct BodyStream(Mutex<Pieces>);

/// What is still to come of a body.
#[derive(Debug)]
pub(crate) enum Pieces {
    /// All of it, on a route that did not ask for a stream.
    Whole(Bytes),
    /// What the client sends.
    Stream(Reader<Result<Bytes, BodyError>>),
    /// Nothing.
    End,
}

impl HeapType for BodyStream {
    type State = State;

    const NAME: &'static CStr = c"coachwhip._BodyStream";
    const DOC: &'static CStr = c"The pieces of a request's body, for 'for' and 'async for'.";
    const METHODS: &'static [Method<Self>] = &[
        method(c"_poll", Self::poll, c"_poll($self, future, /)\n--\n\nThe next piece, b'' after the last one, None where there is none yet; the future is resolved then when that may have changed."),
        Method::END,
    ];

    fn slots() -> Vec<Slot<Self>> {
        vec![
            Slot::iter(Self::iter),
            Slot::next(Self::next),
            Slot::aiter(Self::aiter),
        ]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.body_stream
    }
}

impl BodyStream {
    pub(crate) fn of(pieces: Pieces) -> Self {
        Self(Mutex::new(pieces))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what Python calls can raise")]
    fn iter<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        Ok(this.object().own(py))
    }

    /// Waits for a piece, detached.
    fn next<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Option<Owned<'py>>> {
        let taken = this.value().with(py, |pieces| {
            let context = Context::from_waker(Waker::noop());
            match pieces.poll(&context) {
                Poll::Ready(taken) => taken,
                Poll::Pending => py.detached(|| pieces.wait()),
            }
        })?;
        let piece = taken.map_err(|error| raise(error, this.state(), py))?;
        let release = this.state().release();
        piece.map(|bytes| release.new_bytes(&bytes, py)).transpose()
    }

    fn aiter<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let poll = this.object().attribute(c"_poll", py)?;
        function(c"pieces", this.state(), py)?.call(&[&poll], py)
    }

    fn poll<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [future] = arguments.bind("_poll", &[c"future"], (1, 1), py)?;
        let future = future.filter(|future| !future.is_none(py));
        let waker = match future {
            Some(future) => waiting::waker(future, py)?,
            None => Waker::noop().clone(),
        };
        let polled = this
            .value()
            .with(py, |pieces| pieces.poll(&Context::from_waker(&waker)))?;
        match polled {
            Poll::Pending => Ok(builtin::none(py)),
            Poll::Ready(Ok(piece)) => {
                let release = this.state().release();
                release.new_bytes(&piece.unwrap_or_default(), py)
            }
            Poll::Ready(Err(error)) => Err(raise(error, this.state(), py)),
        }
    }

    /// Works with the pieces, alone.
    fn with<R>(&self, py: Attached<'_>, work: impl FnOnce(&mut Pieces) -> R) -> PyResult<R> {
        match self.0.try_lock() {
            Ok(mut pieces) => Ok(work(&mut pieces)),
            Err(TryLockError::Poisoned(poisoned)) => Ok(work(&mut poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => Err(Raised::new(
                Builtin::ValueError,
                "another thread waits for the next piece already",
                py,
            )),
        }
    }
}

impl Pieces {
    /// Ready with the next piece, or `None` after the last one.
    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        let reader = match self {
            Self::Stream(reader) => reader,
            Self::Whole(_) | Self::End => return Poll::Ready(Ok(self.rest())),
        };
        let piece = match std::task::ready!(reader.poll_piece(context)) {
            Ok(Some(piece)) => piece.map(Some),
            Ok(None) => Ok(None),
            Err(Left::Reader | Left::Writer) => Err(BodyError::Broken),
        };
        if !matches!(piece, Ok(Some(_))) {
            *self = Self::End;
        }
        Poll::Ready(piece)
    }

    /// A whole body that is not empty, once.
    fn rest(&mut self) -> Option<Bytes> {
        match std::mem::replace(self, Self::End) {
            Self::Whole(bytes) if !bytes.is_empty() => Some(bytes),
            Self::Whole(_) | Self::Stream(_) | Self::End => None,
        }
    }

    /// Blocks the thread, which is detached, until [`Self::poll`] is ready.
    fn wait(&mut self) -> Result<Option<Bytes>, BodyError> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let context = Context::from_waker(&waker);
        loop {
            match self.poll(&context) {
                Poll::Ready(taken) => return taken,
                Poll::Pending => thread::park(),
            }
        }
    }
}

/// Wakes a thread that is parked.
#[derive(Debug)]
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Raises what a body that could not be read is answered with.
fn raise(error: BodyError, state: &State, py: Attached<'_>) -> Raised {
    errors::raise(error.status(), &error.to_string(), state, py)
}
