//! What is known of a route, as plain data.

use std::sync::Arc;

use http::Method;

use crate::handler::Plan;
use crate::signature::Source;

/// What is known of a route without Python: the same in every interpreter that imports the same module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// The path, with its parameters.
    pub path: String,
    /// The methods, in order of registration.
    pub methods: Vec<Method>,
    /// The names of the path's parameters, in order.
    pub params: Arc<[String]>,
    /// The handler's arguments.
    pub plan: Plan,
    /// Whether the handler is an `async def` function.
    pub is_async: bool,
    /// Whether the handler's code looks as if it streams its answers: it holds a `yield`, or names `events`.
    pub seems_to_stream: bool,
    /// How bodies are received.
    pub receiving: Receiving,
    /// What the handler is called with.
    pub kind: RouteKind,
    /// Where the handler is defined.
    pub source: Source,
}

/// How the bodies of a route's requests are received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Receiving {
    /// Whole, before the handler is called.
    #[default]
    Whole,
    /// Piece by piece, while the handler runs.
    Streamed {
        /// The longest body, in bytes; `None` is the server's limit.
        bytes_max: Option<u64>,
    },
}

/// What a route leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// A handler of requests.
    Request,
    /// A handler of WebSockets, which are opened by `GET`.
    WebSocket {
        /// Whether the handshake is answered before the handler runs.
        is_accepted: bool,
    },
}

impl RouteKind {
    /// How a handler's first parameter is called in messages.
    pub(super) fn first_parameter(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::WebSocket { .. } => "socket",
        }
    }
}

impl RouteInfo {
    /// Whether WebSockets are opened here.
    pub fn is_websocket(&self) -> bool {
        matches!(self.kind, RouteKind::WebSocket { .. })
    }

    /// The name of each method, for people; `WEBSOCKET` where WebSockets are opened.
    pub fn method_names(&self) -> impl Iterator<Item = &str> {
        let is_websocket = self.is_websocket();
        let names = self.methods.iter().map(Method::as_str);
        names.map(move |name| if is_websocket { "WEBSOCKET" } else { name })
    }
}
