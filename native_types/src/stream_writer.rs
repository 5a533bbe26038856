//! The end of an answer's stream that the worker writes to.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use bytes::Bytes;

use crate::capi::builtin::{self, Kind};
use crate::capi::method::{Method, method, method0};
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, Raised, RefSlot, This};
use crate::pipe::Writer;
use crate::response::body_of;
use crate::state::State;
use crate::waiting;

/// What `streaming.py` writes pieces to. Handlers never see it.
///
/// # Threads
///
/// One task of one worker uses it; the lock is held for single steps, never while Python runs.
#[derive(Debug)]
pub(crate) struct StreamWriter {
    writer: Mutex<Option<Writer<Bytes>>>,
    /// How many pieces were written.
    pieces: AtomicU64,
    /// Whether the last look has found no room.
    is_held_back: AtomicBool,
}

impl HeapType for StreamWriter {
    type State = State;

    const NAME: &'static CStr = c"coachwhip._StreamWriter";
    const DOC: &'static CStr = c"Takes the pieces of a streamed answer.";
    const METHODS: &'static [Method<Self>] = &[
        method(c"write", Self::write, c"write($self, piece, /)\n--\n\nSends a piece; tells whether it is text."),
        method0(c"has_room", Self::has_room, c"has_room($self, /)\n--\n\nWhether a further piece need not wait."),
        method(c"watch_room", Self::watch_room, c"watch_room($self, future, /)\n--\n\nAs has_room; if not, the future is resolved when that may have changed."),
        method0(c"has_left", Self::has_left, c"has_left($self, /)\n--\n\nWhether nobody reads any more."),
        method(c"watch_departure", Self::watch_departure, c"watch_departure($self, future, /)\n--\n\nResolves the future when has_left may have changed."),
        method0(c"is_open", Self::is_open, c"is_open($self, /)\n--\n\nWhether neither finish nor close was called."),
        method0(c"finish", Self::finish, c"finish($self, /)\n--\n\nSays that all pieces were sent."),
        method0(c"close", Self::close, c"close($self, /)\n--\n\nBreaks off, unless finished."),
        Method::END,
    ];

    fn type_slot(state: &State) -> &RefSlot {
        &state.stream_writer
    }
}

impl StreamWriter {
    pub(crate) fn of(writer: Writer<Bytes>) -> Self {
        Self {
            writer: Mutex::new(Some(writer)),
            pieces: AtomicU64::new(0),
            is_held_back: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Writer<Bytes>>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many pieces were written, where the source is waited for; `None` where the client is.
    pub(crate) fn pieces(&self) -> Option<u64> {
        let is_held_back = self.is_held_back.load(Ordering::Relaxed);
        (!is_held_back).then(|| self.pieces.load(Ordering::Relaxed))
    }

    /// Whether a further piece need not wait.
    fn look_for_room(&self, context: &Context<'_>) -> bool {
        let has_room = self.ask(true, |writer| writer.poll_room(context).is_ready());
        self.is_held_back.store(!has_room, Ordering::Relaxed);
        has_room
    }

    /// Asks the writer, with `ask`; `closed` where there is none any more.
    fn ask(&self, closed: bool, ask: impl FnOnce(&Writer<Bytes>) -> bool) -> bool {
        self.lock().as_ref().map_or(closed, ask)
    }

    fn write<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [piece] = arguments.bind("write", &[c"piece"], (1, 1), py)?;
        let piece = piece.expect("bind requires it");
        let (bytes, is_text) = piece_of(piece, this.state(), py)?;
        this.pieces.fetch_add(1, Ordering::Relaxed);
        // An empty piece would say that the body has ended.
        if !bytes.is_empty() {
            this.ask(false, |writer| {
                let weight = bytes.len();
                writer.write(bytes, weight).is_ok()
            });
        }
        Ok(builtin::new_bool(is_text, py))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what Python calls can raise")]
    fn has_room<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let has_room = this.look_for_room(&Context::from_waker(Waker::noop()));
        Ok(builtin::new_bool(has_room, py))
    }

    fn watch_room<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let waker = waker("watch_room", &arguments, py)?;
        let has_room = this.look_for_room(&Context::from_waker(&waker));
        Ok(builtin::new_bool(has_room, py))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what Python calls can raise")]
    fn has_left<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let has_left = this.ask(false, Writer::has_left);
        Ok(builtin::new_bool(has_left, py))
    }

    fn watch_departure<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let waker = waker("watch_departure", &arguments, py)?;
        let context = Context::from_waker(&waker);
        this.ask(false, |writer| writer.poll_departure(&context).is_ready());
        Ok(builtin::none(py))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what Python calls can raise")]
    fn is_open<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        Ok(builtin::new_bool(this.lock().is_some(), py))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what Python calls can raise")]
    fn finish<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let writer = this.lock().take();
        writer.into_iter().for_each(Writer::finish);
        Ok(builtin::none(py))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what Python calls can raise")]
    fn close<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let writer = this.lock().take();
        drop(writer);
        Ok(builtin::none(py))
    }
}

/// The waker for the one argument of `function`, a future.
fn waker(function: &str, arguments: &Arguments<'_>, py: Attached<'_>) -> PyResult<Waker> {
    let [future] = arguments.bind(function, &[c"future"], (1, 1), py)?;
    waiting::waker(future.expect("bind requires it"), py)
}

/// The bytes of a piece, and whether it is text.
fn piece_of(piece: &Object, state: &State, py: Attached<'_>) -> PyResult<(Bytes, bool)> {
    let kind = piece.kind(py);
    if !matches!(
        kind,
        Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::MemoryView
    ) {
        let name = piece.type_name(py);
        let text = format!("a piece of a streamed body must be str or bytes, not {name}");
        return Err(Raised::type_error(&text, py));
    }
    let (bytes, _) = body_of(piece, state, py)?;
    Ok((bytes, kind == Kind::Str))
}
