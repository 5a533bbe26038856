//! Streams between handlers and clients: the Python side of them, which runs as tasks of a worker's event loop.
//!
//! ```text
//! iterator ──▶ pump (a task) ──▶ StreamWriter ──▶ pipe ──▶ I/O thread          an answer
//! for piece in request.stream() ◀── BodyStream ◀── pipe ◀── I/O thread          a body
//! ```

use std::ffi::CStr;

use bytes::Bytes;

use crate::capi::builtin::Kind;
use crate::capi::call::run_source;
use crate::capi::heap_type::new_object;
use crate::capi::{Attached, Object, Owned, PyResult, RefSlot, This, convert};
use crate::pipe::Writer;
use crate::state::State;
use crate::stream_writer::StreamWriter;

/// What a handler gave as a body to be streamed: an iterator, or what `async for` takes.
#[derive(Debug)]
pub struct Source<'py>(Owned<'py>);

/// Whether an object is a body to be streamed. Asked last: text, bytes and what is written as JSON are none.
pub(crate) fn is_source(object: &Object, py: Attached<'_>) -> bool {
    matches!(object.kind(py), Kind::Other)
        && (object.is_async_iterable(py) || object.is_iterator(py))
}

impl<'py> Source<'py> {
    /// The source that `object` is, of which [`is_source`] is true.
    pub(crate) fn of(object: Owned<'py>) -> Self {
        Self(object)
    }

    /// The iterator.
    pub(crate) fn object(&self) -> &Object {
        &self.0
    }

    /// A coroutine that sends what the source makes into `writer`, and a look at that. It calls `begin` after the first piece, with whether
    /// that is text. However it ends, it closes the writer and the source; the writer breaks off where the source did.
    ///
    /// # Errors
    ///
    /// `RuntimeError` where the interpreter ends.
    pub fn pump(
        &self,
        writer: Writer<Bytes>,
        begin: &Object,
        state: &State,
        py: Attached<'py>,
    ) -> PyResult<(Owned<'py>, Pumped)> {
        // What can be iterated both ways waits for neither a thread nor the loop's other work as an asynchronous one.
        let name = if self.0.is_async_iterable(py) {
            c"pump_async"
        } else {
            c"pump"
        };
        let writer = new_object(StreamWriter::of(writer), state, py)?;
        let pump = function(name, state, py)?.call(&[&self.0, &writer, begin], py)?;
        Ok((pump, Pumped(RefSlot::holding(writer))))
    }
}

/// A look at what a [`Source::pump`] has written.
#[derive(Debug)]
pub struct Pumped(RefSlot);

impl Pumped {
    /// How many pieces it has written, where it waits for its source; `None` where it waits for the client, who has enough
    /// to read.
    pub fn pieces(&self, state: &State, py: Attached<'_>) -> Option<u64> {
        This::<StreamWriter>::downcast(self.0.get(py)?, state, py)?.pieces()
    }

    /// Ends the body as if the source had ended: what it still makes is dropped.
    ///
    /// # Errors
    ///
    /// What Python raises where memory is short.
    pub fn finish(&self, py: Attached<'_>) -> PyResult<()> {
        let writer = self.0.get(py).expect("held since it was made");
        writer.call_method(c"finish", &[], py).map(|_| ())
    }
}

/// A function of `streaming.py`. Its first use imports asyncio.
pub(crate) fn function<'py>(name: &CStr, state: &State, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let source = include_str!("streaming.py");
    let namespace = state
        .streaming
        .get_or_fill(py, || run_source(source, c"coachwhip.streaming", py))?;
    namespace.value_at(&*convert::new_interned(name, py)?, py)
}
