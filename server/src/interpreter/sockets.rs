//! Handlers of WebSockets: tasks of the worker's loop that have answered their request before they end.

use native_types::capi::exception::Builtin;
use native_types::capi::{Attached, Owned, PyResult, Raised};
use native_types::routes::RouteKind;
use native_types::socket::Closed;
use native_types::websocket::{UNANSWERED, is_connection_closed};

use super::call::Caller;
use super::serve::Server;
use crate::dispatch::Taken;

impl Server {
    /// Opens the WebSocket that a request asks for, if it does: from now on its handler speaks through that. The handshake
    /// is answered, unless the handler is to do that, or functions come before it: they may refuse.
    pub(super) fn open_socket(&self, taken: &mut Taken) {
        if taken.message.socket.is_none() {
            return;
        }
        taken.last();
        taken.open();
        if self.caller.chain.is_some() {
            return;
        }
        let route = self.caller.handlers.find(taken.message.route);
        if let (Some(RouteKind::WebSocket { is_accepted: true }), Some(socket)) =
            (route.map(|info| info.kind), &taken.message.socket)
        {
            socket.accept(Vec::new());
        }
    }
}

impl Caller {
    /// Ends a WebSocket as its handler has ended: with 1000 where it returned, 1011 and one record where it raised. In the
    /// handshake, what was raised is answered as to any request.
    pub(super) fn finish_socket(
        &self,
        taken: Taken,
        returned: PyResult<Owned<'_>>,
        py: Attached<'_>,
    ) {
        let Some(socket) = &taken.message.socket else {
            return;
        };
        let code = if socket.is_in_handshake() {
            let raised = returned.err().unwrap_or_else(|| left_unanswered(py));
            return self.fail(taken, raised, py);
        } else if let Err(raised) = returned {
            self.code_of(&taken, raised, py)
        } else {
            Closed::NORMAL
        };
        socket.close(Closed::with(code));
    }

    /// With which code an exception closes a socket; logs it, unless it says that the client has left.
    fn code_of(&self, taken: &Taken, raised: Raised, py: Attached<'_>) -> u16 {
        let exception = raised.take(py);
        if is_connection_closed(&exception, self.state(py), py) {
            return Closed::NORMAL;
        }
        let _traceback = self
            .place
            .record(&taken.message, &exception, self.state(py), py);
        Closed::INTERNAL_ERROR
    }
}

/// The author's mistake.
fn left_unanswered(py: Attached<'_>) -> Raised {
    Raised::new(Builtin::RuntimeError, UNANSWERED, py)
}
