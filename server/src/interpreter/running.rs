//! The requests whose coroutines run in a worker's loop, and the WebSockets among them.

use std::cell::Cell;
use std::time::Instant;

use native_types::capi::context::Context;
use native_types::capi::method::{Method, function};
use native_types::capi::{Arguments, Attached, Object, Owned, PyResult, RefSlot, builtin};

use super::async_serve::running_server;
use super::serve::Server;
use crate::dispatch::{Cut, Taken, Tally};

static LOOK: Method<()> = function(
    c"look",
    look,
    c"Looks for handlers of WebSockets whose clients have left.",
);

/// One request whose coroutine runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) taken: Taken,
    pub(super) context: Context,
    /// Its task: asyncio itself keeps weak references only.
    task: RefSlot,
    /// Of a WebSocket whose client has left: when that was seen, and how often it had been used.
    left: Cell<Option<(Instant, usize)>>,
    /// How it was cancelled, if it was.
    cut: Cell<Cut>,
}

impl Running {
    pub(super) fn new(taken: Taken, context: Context, task: &Object, py: Attached<'_>) -> Self {
        Self {
            taken,
            context,
            task: RefSlot::holding(task.own(py)),
            left: Cell::new(None),
            cut: Cell::new(Cut::Nothing),
        }
    }

    /// Whether its task has ended because it was cancelled by this worker: no fault of the handler's.
    pub(super) fn was_cut(&self, task: &Object, py: Attached<'_>) -> bool {
        self.cut.get() != Cut::Nothing && is_cancelled(task, py)
    }

    /// The task of a WebSocket's handler that is to be cancelled for the end, once for each step of that.
    fn to_cut<'py>(&self, due: Cut, py: Attached<'py>) -> Option<Owned<'py>> {
        self.taken.message.socket.as_ref()?;
        (self.cut.replace(due.max(self.cut.get())) < due).then(|| self.task(py))
    }

    /// The task of a WebSocket's handler that has gone on without it for too long.
    fn abandoned<'py>(&self, server: &Server, py: Attached<'py>) -> Option<Owned<'py>> {
        let uses = self.taken.message.socket.as_ref()?.abandoned()?;
        if self.cut.get() != Cut::Nothing {
            return None;
        }
        let now = Instant::now();
        match self.left.get() {
            Some((since, seen)) if seen == uses => {
                let is_over = now.duration_since(since) >= server.departure_timeout;
                is_over.then(|| {
                    self.cut.set(Cut::Waiting);
                    self.task(py)
                })
            }
            _ => {
                self.left.set(Some((now, uses)));
                None
            }
        }
    }

    fn task<'py>(&self, py: Attached<'py>) -> Owned<'py> {
        let task = self.task.get(py).expect("held since it was made");
        task.own(py)
    }
}

/// Whether a task that has ended was cancelled.
pub(super) fn is_cancelled(task: &Object, py: Attached<'_>) -> bool {
    match task.call_method(c"cancelled", &[], py) {
        Ok(answer) => answer.is_true(py),
        Err(raised) => {
            raised.clear(py);
            false
        }
    }
}

/// Cancels tasks; one for which that raises goes on.
pub(super) fn cancel(tasks: &[Owned<'_>], py: Attached<'_>) {
    for task in tasks {
        if let Err(raised) = task.call_method(c"cancel", &[], py) {
            raised.clear(py);
        }
    }
}

impl Server {
    /// Notes a task that runs; returns its number.
    pub(super) fn insert(&self, running: Running) -> usize {
        if running.taken.message.socket.is_some() {
            self.open_sockets.update(|count| count + 1);
            self.count_sockets();
        }
        self.running.borrow_mut().insert(running)
    }

    /// Takes out what runs by that number.
    pub(super) fn remove(&self, number: usize) -> Option<Running> {
        let removed = self.running.borrow_mut().try_remove(number);
        if let Some(running) = &removed
            && running.taken.message.socket.is_some()
        {
            self.open_sockets.update(|count| count - 1);
            self.count_sockets();
        }
        removed
    }

    /// Says how many handlers of WebSockets run.
    pub(super) fn count_sockets(&self) {
        if let Some(meter) = self.taker.meter() {
            meter.sockets_open.set(self.open_sockets.get() as u64);
        }
    }

    /// The route of a request, for people.
    pub(super) fn route_name(&self, message: &native_types::message::RequestMessage) -> String {
        match self.caller.handlers.find(message.route) {
            Some(info) => {
                let methods: Vec<_> = info.method_names().collect();
                format!("{} {}", methods.join(","), info.path)
            }
            None => format!("{} {}", message.method, message.path()),
        }
    }

    /// Cancels the handlers of WebSockets, each with its socket closed or its handshake refused.
    pub(super) fn cut_sockets(&self, due: Cut, tally: &mut Tally, py: Attached<'_>) {
        let mut tasks = Vec::new();
        for (_, running) in &*self.running.borrow() {
            let message = &running.taken.message;
            let is_first = running.cut.get() == Cut::Nothing;
            let Some(task) = running.to_cut(due, py) else {
                continue;
            };
            if is_first {
                tally.add(self.route_name(message));
                message.socket.iter().for_each(|socket| socket.go_away());
            }
            tasks.push(task);
        }
        cancel(&tasks, py);
    }

    /// Has the loop look soon for handlers of WebSockets whose clients have left, while there are WebSockets.
    pub(super) fn look_later(&self, py: Attached<'_>) -> PyResult<()> {
        if self.open_sockets.get() == 0 || self.is_look_due.replace(true) {
            return Ok(());
        }
        let pause = self.departure_timeout / 4;
        self.event_loop()
            .call_after(pause.as_secs_f64(), &*LOOK.callable(py)?, py)
    }

    /// Cancels the handlers of WebSockets whose clients have left and that do not know.
    fn cancel_abandoned(&self, py: Attached<'_>) {
        let (mut tasks, mut tally) = (Vec::new(), Tally::default());
        for (_, running) in &*self.running.borrow() {
            if let Some(task) = running.abandoned(self, py) {
                tally.add(self.route_name(&running.taken.message));
                tasks.push(task);
            }
        }
        if tasks.is_empty() {
            return;
        }
        if let Some(meter) = self.taker.meter() {
            meter.sockets_abandoned.add(tasks.len() as u64);
        }
        tracing::warn!(
            worker = self.caller.place.worker,
            handlers = %tally,
            "cancelled handlers of WebSockets that neither received nor sent for --departure-timeout after their clients had left"
        );
        cancel(&tasks, py);
    }
}

/// Does nothing where the end came before: the shutdown hooks run the loop once more.
fn look<'py>(_arguments: Arguments<'py>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    if let Some(server) = running_server() {
        server.is_look_due.set(false);
        server.cancel_abandoned(py);
        server.look_later(py)?;
    }
    Ok(builtin::none(py))
}
