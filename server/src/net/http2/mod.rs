//! One connection on which HTTP/2 is spoken (RFC 9113), from its preface to its last frame.
//!
//! hyper serves it. Each request is a task of its own, dropped when the client resets its stream or leaves. What comes is
//! looked at before, frame by frame ([`frames`]) and header block by header block ([`blocks`]), and what becomes of the answers is
//! followed ([`streams`]), so that the [`Register`](super::register::Register) can tell a client that is slow, silent or a
//! nuisance.

mod blocks;
mod framed;
mod frames;
mod hpack;
mod huffman;
mod preface;
mod resets;
mod sending;
mod streams;
mod unsent;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{Method, Request, Response};
use hyper::body::{Body, Incoming};
use hyper::rt::{Executor, Read, Write};
use hyper::server::conn::http2;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use self::framed::Framed;
use self::sending::Sending;
use self::streams::{Streams, UnderWay};
use self::unsent::Room;
use super::connection::{BoxedError, Connection, drive};
use crate::http::{
    AnswerBody, LayeredBody, Layers, Logged, Peer, Site, admit, complete, follow, respond,
};

pub(super) use preface::{Preview, is_spoken};
pub use unsent::Unsent;

/// How much of a body may wait for its handler, in bytes: what a client may send on one stream before more is asked for.
const STREAM_WINDOW: u32 = 256 << 10;

/// The same of all streams of a connection together.
const CONNECTION_WINDOW: u32 = 1 << 20;

/// The longest frame, in bytes (RFC 9113 section 4.2). Nothing is gained by longer ones, which are held until they are whole.
const FRAME_BYTES_MAX: u32 = 16 << 10;

/// How much of an answer h2 keeps for a stream, in bytes; one piece more may come.
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// How many streams h2 may refuse, or reset because the client has broken the protocol on them, in the life of a connection:
/// it keeps what can't be sent for now. What they cost is counted when they are sent ([`resets`]).
const BROKEN_STREAMS_MAX: usize = 16_384;

/// What connections may ask for at once.
#[derive(Clone, Debug)]
pub struct Http2Limits {
    /// The most requests under way on one connection.
    pub streams_max: u32,
    /// What all of them hold of finished answers.
    pub unsent: Arc<Unsent>,
}

/// What the requests of a connection share.
struct Shared {
    site: Arc<Site>,
    peer: Peer,
    headers_max: usize,
    streams: Arc<Streams>,
    room: Arc<Room>,
}

/// Runs the task of a request where its connection is.
#[derive(Clone, Copy, Debug)]
struct SameThread;

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for SameThread {
    fn execute(&self, task: F) {
        tokio::spawn(task);
    }
}

/// Serves requests until either side closes, or the [`Register`](super::register::Register) says that it is enough: the
/// client is told by GOAWAY then, and what is under way is still answered, unless the client is too slow for that.
pub(super) async fn serve<S>(stream: S, connection: Connection)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = &connection.entry.activity;
    let streams = Streams::new(Arc::clone(activity));
    let bytes_max = connection.header_bytes_max;
    let stream = Framed::new(
        stream,
        bytes_max,
        Arc::clone(&streams),
        Arc::clone(activity),
    );
    let stream = TokioIo::new(stream);
    let shared = Arc::new(Shared {
        site: Arc::clone(&connection.site),
        peer: connection.peer,
        headers_max: connection.headers_max,
        streams: Arc::clone(&streams),
        room: Room::new(&connection.http2_limits.unsent),
    });
    let ended = if let Some(layers) = &connection.site.layers {
        let service = service_fn(|request| {
            let (shared, under_way) = (Arc::clone(&shared), streams.enter());
            let layers = layers.clone();
            async move { Ok(shared.answer_in(layers, request, under_way).await) }
        });
        run(stream, service, &connection, &streams).await
    } else {
        let service = service_fn(|request| {
            let (shared, under_way) = (Arc::clone(&shared), streams.enter());
            async move { Ok(shared.answer(request, under_way).await) }
        });
        run(stream, service, &connection, &streams).await
    };
    if let Err(error) = ended {
        let cause = std::error::Error::source(&error);
        tracing::debug!(%error, cause, client = ?connection.peer.client, "a connection ended with an error");
    }
}

async fn run<I, S, B>(
    stream: I,
    service: S,
    connection: &Connection,
    streams: &Streams,
) -> Result<(), hyper::Error>
where
    I: Read + Write + Unpin,
    S: HttpService<Incoming, ResBody = B, Error = Infallible>,
    S::Future: Send + 'static,
    B: Body<Data: Send, Error: Into<BoxedError>> + Send + 'static,
{
    let serving = builder(connection).serve_connection(stream, service);
    let finish = |serving: Pin<&mut http2::Connection<_, _, _>>| {
        streams.finish();
        serving.graceful_shutdown();
    };
    drive(serving, &connection.entry.activity, finish).await
}

fn builder(connection: &Connection) -> http2::Builder<SameThread> {
    let streams_max = connection.http2_limits.streams_max;
    // h2 counts a list that is as long as it may be as too long.
    let fields_bytes_max = u32::try_from(connection.header_bytes_max + 1).unwrap_or(u32::MAX);
    let mut builder = http2::Builder::new(SameThread);
    builder
        .max_concurrent_streams(streams_max)
        .max_pending_accept_reset_streams(streams_max as usize)
        .max_local_error_reset_streams(BROKEN_STREAMS_MAX)
        .max_header_list_size(fields_bytes_max)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_send_buf_size(SEND_BUFFER_BYTES);
    builder
}

impl Shared {
    async fn answer(
        &self,
        mut request: Request<Incoming>,
        under_way: Arc<UnderWay>,
    ) -> Response<Sending<AnswerBody>> {
        let method = request.method().clone();
        let response = match admit(&self.site, &mut request, self.headers_max) {
            Ok(()) => {
                under_way.keep(self.room.enter().await);
                let mut response = respond(&self.site, self.peer, request).await;
                under_way.hold(&mut response);
                response
            }
            Err(refused) => *refused,
        };
        self.hand_on(response, &method, under_way)
    }

    async fn answer_in(
        &self,
        layers: Layers,
        mut request: Request<Incoming>,
        under_way: Arc<UnderWay>,
    ) -> Response<Logged<Sending<LayeredBody>>> {
        let method = request.method().clone();
        let recording = layers.record(&self.site, self.peer, &request);
        let response = match admit(&self.site, &mut request, self.headers_max) {
            Ok(()) => {
                under_way.keep(self.room.enter().await);
                let answered = |response: &mut _| under_way.hold(response);
                let responding = layers.respond(&self.site, self.peer, request, answered);
                responding.await
            }
            Err(refused) => Layers::leave(*refused),
        };
        follow(recording, self.hand_on(response, &method, under_way))
    }

    fn hand_on<B: Body>(
        &self,
        mut response: Response<B>,
        method: &Method,
        under_way: Arc<UnderWay>,
    ) -> Response<Sending<B>> {
        // Where HTTP/1.1 has `Connection: close`, which hyper leaves out here.
        if self.site.is_draining() {
            self.streams.tell_to_finish();
        }
        let has_body = complete(&mut response, method);
        response.map(|body| Sending::new(has_body.then_some(body), under_way))
    }
}
