//! Answers whose bodies are streamed: each is a task of the worker's loop, which sends what the handler's iterator makes.
//!
//! The head is sent with the first piece, or when the iterator first waits: until then a failure is still answered. From
//! then on it ends the connection, so that the client can tell.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use native_types::capi::context::Context;
use native_types::capi::method::{Method, bound_function};
use native_types::capi::{Arguments, Attached, Object, Owned, PyResult, RefSlot, builtin};
use native_types::message::{RequestMessage, ResponseBody, ResponseMessage};
use native_types::pipe::pipe;
use native_types::state::State;
use native_types::streaming::{Pumped, Source};

use super::async_serve::{bind_number, is_done, number_of, server};
use super::running::{cancel, is_cancelled};
use super::serve::Server;
use crate::dispatch::{Cut, Hold, Taken, Tally};

/// How many bytes of a streamed body may wait for its client, but for one piece more.
const WAITING_BYTES_MAX: usize = 64 << 10;

static BEGIN: Method<Object> = bound_function(c"begin", begin, c"Sends the head of a stream.");
static ENDED: Method<Object> = bound_function(c"ended", ended, c"A stream's task has ended.");

/// One answer that is being streamed.
#[derive(Debug)]
pub(super) struct Stream {
    request: Arc<RequestMessage>,
    context: Rc<Context>,
    /// Counts it among the worker's requests that last.
    _hold: Option<Box<Hold>>,
    /// What is owed until the head is sent.
    head: Option<(Taken, ResponseMessage)>,
    /// The task that sends the body: asyncio itself keeps weak references only.
    task: RefSlot,
    /// What it writes to.
    pumped: Option<Rc<Pumped>>,
    /// Whether it is one of server-sent events: its client opens a new one elsewhere when it ends.
    is_of_events: bool,
    /// How many pieces it had made when the end looked last.
    pieces: Cell<Option<u64>>,
    /// How it was cut off, if it was.
    cut: Cell<Cut>,
}

impl Stream {
    fn new(mut taken: Taken, head: ResponseMessage, context: Rc<Context>) -> Self {
        Self {
            context,
            request: Arc::clone(&taken.message),
            _hold: taken.hold(),
            is_of_events: is_of_events(&head),
            head: Some((taken, head)),
            task: RefSlot::empty(),
            pumped: None,
            pieces: Cell::new(None),
            cut: Cell::new(Cut::Nothing),
        }
    }

    /// Whether it is to be cut off for the end, once for each step of that.
    fn is_to_be_cut(&self, due: Cut, state: &State, py: Attached<'_>) -> bool {
        let is_due = self.cut.get() < due && (due == Cut::All || self.is_waiting(state, py));
        if is_due {
            self.cut.set(due);
        }
        is_due
    }

    /// Whether it waits for its source, not for its client: it has made no piece since the last look.
    fn is_waiting(&self, state: &State, py: Attached<'_>) -> bool {
        let pumped = self.pumped.as_ref();
        let pieces = pumped.and_then(|pumped| pumped.pieces(state, py));
        let former = self.pieces.replace(pieces);
        self.is_of_events || pieces.is_some() && pieces == former
    }
}

/// Whether an answer is a stream of server-sent events.
fn is_of_events(head: &ResponseMessage) -> bool {
    let named = head.headers.iter().find(|(name, _)| *name == CONTENT_TYPE);
    let kind = named.map(|(_, value)| value).or(head.content_type.as_ref());
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

impl Server {
    /// Begins to stream an answer.
    pub(super) fn stream(
        &self,
        mut taken: Taken,
        context: Context,
        (mut head, source): (ResponseMessage, Source<'_>),
        py: Attached<'_>,
    ) {
        let (writer, reader) = pipe::<Bytes>(WAITING_BYTES_MAX);
        head.body = ResponseBody::Stream(reader);
        taken.last();
        let context = Rc::new(context);
        let stream = Stream::new(taken, head, Rc::clone(&context));
        let number = self.streams.borrow_mut().insert(stream);
        let pumped = bind_number(&BEGIN, number, py).and_then(|begin| {
            let (pump, pumped) = source.pump(writer, &begin, self.caller.state(py), py)?;
            if let Some(stream) = self.streams.borrow_mut().get_mut(number) {
                stream.pumped = Some(Rc::new(pumped));
            }
            let task = self.event_loop().start(&pump, &context, py)?;
            Ok((begin, task))
        });
        let (begin, task) = match pumped {
            Ok(pumped) => pumped,
            Err(raised) => return self.end_stream(number, Err(raised), py),
        };
        if is_done(&task, py) {
            let result = task.call_method(c"result", &[], py);
            return self.end_stream(number, result, py);
        }
        if let Some(stream) = self.streams.borrow().get(number) {
            stream.task.fill(task.own(py), py);
        }
        let told = self
            .begin_after_first_step(number, &begin, py)
            .and_then(|()| self.tell_when_done(&ENDED, &task, number, py));
        if let Err(raised) = told {
            self.end_stream(number, Err(raised), py);
        }
    }

    /// Sends the head when the task has made its first step and waits, although it has made no piece.
    fn begin_after_first_step(
        &self,
        number: usize,
        begin: &Object,
        py: Attached<'_>,
    ) -> PyResult<()> {
        let event_loop = self.event_loop();
        if event_loop.starts_at_once(py)? {
            self.begin_stream(number, false, py);
            return Ok(());
        }
        // The step is due before this.
        event_loop.call_soon(begin, py)
    }

    /// Sends the head of a stream, unless that was done, or the task has ended: whoever is told of that answers then.
    fn begin_stream(&self, number: usize, is_text: bool, py: Attached<'_>) {
        let task = self.stream_task(number, py);
        if task.is_some_and(|task| is_done(&task, py)) {
            return;
        }
        let mut streams = self.streams.borrow_mut();
        let head = streams
            .get_mut(number)
            .and_then(|stream| stream.head.take());
        drop(streams);
        if let Some((taken, message)) = head {
            taken.answer(message.typed_as_stream(is_text));
        }
    }

    /// The task of a stream, once that has begun.
    fn stream_task<'py>(&self, number: usize, py: Attached<'py>) -> Option<Owned<'py>> {
        let streams = self.streams.borrow();
        let task = streams.get(number)?.task.get(py)?.own(py);
        Some(task)
    }

    /// Closes the streams that the end does not wait for: those of events as if they had come to their end, others so that
    /// their clients can tell.
    pub(super) fn cut_streams(&self, due: Cut, tally: &mut Tally, py: Attached<'_>) {
        let state = self.caller.state(py);
        let (mut finished, mut tasks) = (Vec::new(), Vec::new());
        for (_, stream) in &*self.streams.borrow() {
            let is_first = stream.cut.get() == Cut::Nothing;
            if !stream.is_to_be_cut(due, state, py) {
                continue;
            }
            if is_first {
                tally.add(self.route_name(&stream.request));
            }
            let of_events = stream.pumped.iter().filter(|_| stream.is_of_events);
            finished.extend(of_events.map(Rc::clone));
            tasks.extend(stream.task.get(py).map(|task| task.own(py)));
        }
        for pumped in finished {
            if let Err(raised) = pumped.finish(py) {
                raised.clear(py);
            }
        }
        cancel(&tasks, py);
    }

    /// Sees to a stream whose task this worker has cancelled for the end; `false` where that is not why it has ended.
    fn end_cut_stream(&self, number: usize, task: &Object, py: Attached<'_>) -> bool {
        let streams = self.streams.borrow();
        let is_cut = streams.get(number).map(|stream| stream.cut.get()) > Some(Cut::Nothing);
        drop(streams);
        if !is_cut || !is_cancelled(task, py) {
            return false;
        }
        let removed = self.streams.borrow_mut().try_remove(number);
        if let Some((taken, _)) = removed.and_then(|stream| stream.head) {
            taken.answer(ResponseMessage::plain(StatusCode::SERVICE_UNAVAILABLE));
        }
        true
    }

    /// Sees to a stream whose task has ended.
    fn end_stream(&self, number: usize, result: PyResult<Owned<'_>>, py: Attached<'_>) {
        let removed = self.streams.borrow_mut().try_remove(number);
        let Some(stream) = removed else { return };
        match (result, stream.head) {
            (Ok(_), None) => {}
            // It made no piece.
            (Ok(_), Some((taken, message))) => taken.answer(message.typed_as_stream(false)),
            (Err(raised), head) => {
                let exception = raised.take(py);
                let entered = stream.context.enter(py);
                let _entered = entered.map_err(|raised| raised.clear(py));
                let caller = &self.caller;
                if let Some((taken, _)) = head {
                    return caller.answer_exception(taken, &exception, py);
                }
                let _traceback =
                    caller
                        .place
                        .record(&stream.request, &exception, caller.state(py), py);
            }
        }
    }
}

/// Called by the task after its first piece with whether that is text, and by the loop with nothing; bound to the number.
fn begin<'py>(
    number: &'py Object,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [is_text] = arguments.bind("begin", &[c"is_text"], (0, 1), py)?;
    let is_text = is_text.is_some_and(|is_text| is_text.is_true(py));
    server(py)?.begin_stream(number_of(number, py)?, is_text, py);
    Ok(builtin::none(py))
}

/// Called with the task that has ended; bound to its number.
fn ended<'py>(
    number: &'py Object,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [task] = arguments.bind("ended", &[c"task"], (1, 1), py)?;
    let task = task.expect("bind requires it");
    let server = server(py)?;
    let number = number_of(number, py)?;
    if !server.end_cut_stream(number, task, py) {
        let result = task.call_method(c"result", &[], py);
        server.end_stream(number, result, py);
    }
    server.see_to_waiting(py)?;
    Ok(builtin::none(py))
}
