//! One request: routed, read, dispatched, answered.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::EXPECT;
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use hyper::body::{Body as _, Incoming};
use native_types::message::{BodyError, RequestMessage, ResponseBody, ResponseMessage, Scheme};
use native_types::routes::Receiving;

use super::handshake::{self, Handshake, Mistake};
use super::pace::Pace;
use super::response::response;
use super::target::{Target, target};
use super::{AnswerBody, Site, body, file_answer, forwarded, refusal, unread, upload, worded};
use crate::dispatch::desk::{self, Reply};
use crate::dispatch::{Answer, Refusal};
use crate::router::Found;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The address; `None` on a unix socket.
    pub client: Option<SocketAddr>,
    /// `http` or `https`.
    pub scheme: Scheme,
    /// Whether it is a proxy that is believed about the clients before it.
    pub is_trusted: bool,
}

/// What a service gives back.
type Response = http::Response<AnswerBody>;

/// The response to come for one request.
///
/// # Cancel
///
/// Dropped when the client leaves: a request that waits is withdrawn, one that runs goes on unheard.
#[derive(Debug)]
#[must_use]
pub struct Responding {
    site: Arc<Site>,
    step: Step,
}

/// How far a request has come. Small, because hyper moves it: a request without a body is dispatched before.
enum Step {
    /// It was answered without an interpreter.
    Ready(Option<Response>),
    /// It waits for an interpreter, or runs.
    Dispatched(Reply),
    /// Its body is read, after which it is dispatched, too; or a file is opened for it, or the handshake of a WebSocket is
    /// under way. Gives what comes next.
    Working(Pin<Box<dyn Future<Output = Self> + Send>>),
}

/// Begins to answer one request.
pub fn respond(site: &Arc<Site>, peer: Peer, request: Request<Incoming>) -> Responding {
    Responding {
        site: Arc::clone(site),
        step: begin(site, peer, request),
    }
}

fn begin(site: &Arc<Site>, mut peer: Peer, request: Request<Incoming>) -> Step {
    let (mut head, incoming) = request.into_parts();
    match target(&head) {
        Target::Resource => {}
        Target::Server => return unrouted(site, &head, incoming, refusal::server_options()),
        Target::Tunnel => return refused(refusal::closing(StatusCode::NOT_IMPLEMENTED)),
        Target::Bad => return refused(refusal::closing(StatusCode::BAD_REQUEST)),
    }
    if peer.is_trusted
        && let Some(trusted) = &site.trusted_proxies
    {
        match forwarded::far_end(peer, &head.headers, trusted) {
            Ok(far_end) => peer = far_end,
            Err(_) => return refused(refusal::closing(StatusCode::BAD_REQUEST)),
        }
    }
    let mut is_for_socket = false;
    let found = if site.router.has_sockets() {
        find_with_sockets(site, &head, &mut is_for_socket)
    } else {
        site.router.find(&head.method, head.uri.path())
    };
    let (route, params, decoded_path) = match found {
        Found::Route {
            route,
            params,
            decoded_path,
        } => (route, params, decoded_path),
        Found::Mount(index) => return mounted(site, index, (head, peer), incoming),
        Found::UpgradeRequired => {
            let mut native = refusal::unrouted(found);
            unread::leave(site, (head.version, &head.headers), incoming, &mut native);
            return refuse(site, native, worded::head_alone(head, peer));
        }
        found @ (Found::NotFound
        | Found::MethodNotAllowed { .. }
        | Found::Options { .. }
        | Found::BadPath) => {
            return unrouted(site, &head, incoming, refusal::unrouted(found));
        }
    };
    let handshake = match is_for_socket.then(|| shake_hands(site, &mut head, &incoming)) {
        Some(Err(mistake)) => return refused(handshake::refused(mistake)),
        Some(Ok(handshake)) => Some(handshake),
        None => None,
    };
    let message = RequestMessage {
        method: head.method,
        uri: head.uri,
        version: head.version,
        headers: head.headers,
        decoded_path,
        route,
        params,
        body: Bytes::new(),
        stream: None,
        client: peer.client,
        scheme: peer.scheme,
        socket: None,
    };
    if let Some(handshake) = handshake {
        return working(handshake.finish(Arc::clone(site), message));
    }
    receive(site, message, incoming)
}

/// Answers with a file of a mount. A body has no meaning there.
fn mounted(site: &Arc<Site>, index: usize, (head, peer): (Parts, Peer), body: Incoming) -> Step {
    let site = Arc::clone(site);
    let mount = Arc::clone(&site.mounts[index]);
    if body.is_end_stream() {
        return working(file_answer::mounted(site, mount, head, peer));
    }
    let (version, headers) = (head.version, head.headers.clone());
    working(async move {
        let mut response = file_answer::mounted(Arc::clone(&site), mount, head, peer).await;
        unread::leave(&site, (version, &headers), body, &mut response);
        response
    })
}

/// Dispatches a request when its body is there, or at once, where that is streamed.
fn receive(site: &Arc<Site>, mut message: RequestMessage, incoming: Incoming) -> Step {
    if !incoming.is_end_stream() && !is_expectation_known(&message.headers) {
        let native = refusal::closing(StatusCode::EXPECTATION_FAILED);
        return refuse(site, native, message);
    }
    if let Receiving::Streamed { bytes_max } = site.router.receiving(message.route) {
        let limits = upload::Limits {
            bytes_max: bytes_max.unwrap_or(site.body_bytes_max as u64),
            pace: Pace::of_pieces(site.body_timeout, site.body_rate_min),
        };
        let head = (message.version, &message.headers);
        let announced = incoming.size_hint().exact();
        if announced.is_some_and(|announced| announced > limits.bytes_max) {
            let mut native = refusal::for_body(BodyError::TooLong);
            unread::leave(site, head, incoming, &mut native);
            return refuse(site, native, message);
        }
        let (stream, rest) = upload::receive(incoming, head, limits);
        message.stream = Some(Box::new(stream));
        let submitted = desk::submit(Arc::new(message));
        return working(settle(Arc::clone(site), submitted, rest));
    }
    if incoming.is_end_stream() {
        return dispatch(message);
    }
    let reading = read_and_dispatch(Arc::clone(site), message, incoming);
    Step::Working(Box::pin(reading))
}

/// Whether a request expects nothing, or what every server knows: `100-continue` (RFC 9110 section 10.1.1).
fn is_expectation_known(headers: &HeaderMap) -> bool {
    let mut expected = headers.get_all(EXPECT).iter();
    expected.all(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

fn dispatch(message: RequestMessage) -> Step {
    let submitted = desk::submit(Arc::new(message));
    submitted.map_or_else(
        |full| refused(refusal::for_dispatch(full)),
        Step::Dispatched,
    )
}

/// Where a request goes, which may ask for a WebSocket.
fn find_with_sockets(site: &Site, head: &Parts, is_for_socket: &mut bool) -> Found {
    let path = head.uri.path();
    if handshake::is_asked_for(head)
        && let Some(found) = site.router.find_socket(path)
    {
        *is_for_socket = true;
        return found;
    }
    site.router.find(&head.method, path)
}

/// Checks the handshake of a request that asks for a WebSocket.
fn shake_hands(site: &Site, head: &mut Parts, body: &Incoming) -> Result<Handshake, Mistake> {
    if site.is_draining() {
        return Err(Mistake::TooLate);
    }
    if !body.is_end_stream() {
        return Err(Mistake::Malformed);
    }
    handshake::check(head)
}

async fn read_and_dispatch(
    site: Arc<Site>,
    mut message: RequestMessage,
    mut incoming: Incoming,
) -> Step {
    let pace = Pace::of_whole(site.body_timeout, site.body_rate_min);
    match body::read(&mut incoming, site.body_bytes_max, pace).await {
        Ok(body) => message.body = body,
        // Apart, so that this future, which hyper's task holds for each request with a body, stays small.
        Err(error) => return working(without_body(site, error, message, incoming)),
    }
    drop(incoming);
    dispatch(message)
}

/// The answer to a request whose body can't be read.
async fn without_body(
    site: Arc<Site>,
    error: BodyError,
    message: RequestMessage,
    incoming: Incoming,
) -> Response {
    let mut native = refusal::for_body(error);
    if error == BodyError::TooLong {
        let head = (message.version, &message.headers);
        unread::leave(&site, head, incoming, &mut native);
    }
    worded::instead(&site, native, message).await
}

/// The answer of a handler that reads its request's body piece by piece.
async fn settle(
    site: Arc<Site>,
    submitted: Result<Reply, Refusal>,
    rest: upload::Rest,
) -> Response {
    let mut response = answer(site, submitted).await;
    rest.settle(&mut response);
    response
}

/// The answer to a request that was put before a worker, or refused there.
async fn answer(site: Arc<Site>, submitted: Result<Reply, Refusal>) -> Response {
    match submitted {
        Ok(reply) => match reply.await {
            Answer::Response(message) if is_file(&message) => send_file(site, message).await,
            Answer::Response(message) => response(message),
            Answer::Refused(why) => refusal::for_dispatch(why),
        },
        Err(full) => refusal::for_dispatch(full),
    }
}

/// Refuses a request without a look at its body.
fn unrouted(site: &Site, head: &Parts, incoming: Incoming, mut response: Response) -> Step {
    unread::leave(site, (head.version, &head.headers), incoming, &mut response);
    refused(response)
}

/// The answer to a request that is refused: `native`, unless Python words another one.
fn refuse(site: &Site, native: Response, request: RequestMessage) -> Step {
    match worded::ask(site, &native, request) {
        Some(reply) => working(worded::answer(reply, native)),
        None => refused(native),
    }
}

/// The answer of a handler that has named a file.
pub(super) async fn send_file(site: Arc<Site>, message: ResponseMessage) -> Response {
    match file_answer::named(message).await {
        Ok(response) => response,
        Err(absent) => worded::without_file(&site, *absent).await,
    }
}

/// Answers with what `response` gives.
fn working(response: impl Future<Output = Response> + Send + 'static) -> Step {
    Step::Working(Box::pin(async { refused(response.await) }))
}

fn refused(response: Response) -> Step {
    Step::Ready(Some(response))
}

pub(super) fn is_file(message: &ResponseMessage) -> bool {
    matches!(message.body, ResponseBody::File(_))
}

impl Future for Responding {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let mut response = loop {
            match &mut self.step {
                Step::Ready(response) => {
                    break response.take().expect("not polled after it was ready");
                }
                Step::Dispatched(reply) => match ready!(Pin::new(reply).poll(context)) {
                    Answer::Response(message) if is_file(&message) => {
                        self.step = working(send_file(Arc::clone(&self.site), message));
                    }
                    Answer::Response(message) => break response(message),
                    Answer::Refused(why) => break refusal::for_dispatch(why),
                },
                Step::Working(work) => self.step = ready!(work.as_mut().poll(context)),
            }
        };
        self.site.sign(&mut response);
        Poll::Ready(response)
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ready(_) => "Ready",
            Self::Dispatched(_) => "Dispatched",
            Self::Working(_) => "Working",
        })
    }
}
