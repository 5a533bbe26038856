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
use crate::capi::{Attached, Object, Owned, PyResult, convert};
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

    /// A coroutine that sends what the source makes into `writer`. It calls `begin` after the first piece, with whether
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
    ) -> PyResult<Owned<'py>> {
        // What can be iterated both ways waits for neither a thread nor the loop's other work as an asynchronous one.
        let name = if self.0.is_async_iterable(py) {
            c"pump_async"
        } else {
            c"pump"
        };
        let writer = new_object(StreamWriter::of(writer), state, py)?;
        function(name, state, py)?.call(&[&self.0, &writer, begin], py)
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
