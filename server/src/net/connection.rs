//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1::{self, UpgradeableConnection};
use hyper::service::{HttpService, service_fn};
use hyper::upgrade::OnUpgrade;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::{Activity, Order};
use super::departure::Departure;
use super::http2::Http2Limits;
use super::register::Entry;
use super::strict;
use super::watched::Watched;
use super::web_socket::{self, SocketLimits};
use crate::http::{AnswerBody, Peer, Site, Switch, follow, respond};
use crate::metrics::Reason;

/// What hyper takes of the errors of services and bodies.
pub(super) type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// What a connection needs to be served.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) site: Arc<Site>,
    pub(super) header_bytes_max: usize,
    pub(super) headers_max: usize,
    pub(super) entry: Entry,
    pub(super) socket_limits: SocketLimits,
    pub(super) http2_limits: Http2Limits,
}

/// Says that a request is answered when it is dropped.
struct Answered(Arc<Activity>);

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.response();
    }
}

/// Serves requests until either side closes, or the [`Register`](super::register::Register) says that it is enough: a
/// request that is under way is still answered then, unless the client is too slow for that.
pub(super) async fn serve<S>(stream: S, connection: Connection)
where
    S: AsyncRead + AsyncWrite + Departure + Unpin + Send + 'static,
{
    let Connection {
        peer,
        site,
        header_bytes_max,
        headers_max,
        entry,
        socket_limits,
        http2_limits: _,
    } = connection;
    let activity = &entry.activity;
    let switched: Mutex<Option<Box<Switch>>> = Mutex::default();
    let upgrade: Mutex<Option<OnUpgrade>> = Mutex::default();
    let mut builder = http1::Builder::new();
    // `Watched` looks for the client's end, at less cost.
    builder
        .half_close(true)
        .max_buf_size(header_bytes_max + strict::ROOM)
        .max_headers(headers_max);
    let format = site.error_format;
    let stream = Watched::new(stream, Arc::clone(activity), header_bytes_max, format);
    let ended = if let Some(layers) = &site.layers {
        let service = service_fn(|request| {
            activity.request();
            let version = request.version();
            note_upgrade(&upgrade, &request);
            let recording = layers.record(&site, peer, &request);
            let responding = layers.respond(&site, peer, request, |response| {
                answered(activity, &switched, response);
            });
            async move {
                let mut response = responding.await;
                say_the_end(version, &mut response);
                Ok::<_, Infallible>(follow(recording, response))
            }
        });
        let serving = builder.serve_connection(stream, service);
        drive(serving.with_upgrades(), activity, finish).await
    } else {
        let service = service_fn(|request| {
            activity.request();
            let version = request.version();
            note_upgrade(&upgrade, &request);
            let responding = respond(&site, peer, request);
            let switched = &switched;
            async move {
                let mut response = responding.await;
                answered(activity, switched, &mut response);
                say_the_end(version, &mut response);
                Ok::<_, Infallible>(response)
            }
        });
        let serving = builder.serve_connection(stream, service);
        drive(serving.with_upgrades(), activity, finish).await
    };
    note_end(&ended, activity, peer, &site);
    if ended.is_err() {
        return;
    }
    let switch = lock(&switched).take();
    if let Some(switch) = switch
        && activity.order() != Order::Cut
    {
        // Boxed, so that connections without have no room for one.
        Box::pin(web_socket::serve(*switch, activity, socket_limits)).await;
        return;
    }
    let upgrade = lock(&upgrade).take();
    if let Some(upgrade) = upgrade {
        Box::pin(part(upgrade, activity)).await;
    }
}

/// Keeps the way to the connection where a request asks for another protocol: if none is spoken, hyper gives the connection back
/// at its end, and does not end it.
fn note_upgrade(upgrade: &Mutex<Option<OnUpgrade>>, request: &Request<Incoming>) {
    if let Some(asked) = request.extensions().get::<OnUpgrade>() {
        *lock(upgrade) = Some(asked.clone());
    }
}

/// Ends a connection that hyper has given back.
async fn part(upgrade: OnUpgrade, activity: &Activity) {
    let parting = async {
        let mut connection = upgrade.await?;
        // The client may have gone.
        let _ = poll_fn(|context| Pin::new(&mut connection).poll_shutdown(context)).await;
        Ok(())
    };
    // It is not there where hyper has ended the connection itself.
    let _ = drive(parting, activity, |_| {}).await;
}

/// Tells why a connection ended, and counts what hyper has refused.
fn note_end(ended: &Result<(), hyper::Error>, activity: &Activity, peer: Peer, site: &Site) {
    if let Err(error) = ended {
        tracing::debug!(%error, client = ?peer.client, "a connection ended with an error");
    }
    let reason = ended.as_ref().err().and_then(refused);
    // A connection that is cut while its client still sends ends before hyper says why.
    let reason = reason.or_else(|| activity.refused().map(reason_of));
    if let (Some(meter), Some(reason)) = (&site.meter, reason) {
        meter.refuse(reason);
    }
}

/// Why hyper has refused what came on a connection, if it has: it answers that by itself.
fn refused(error: &hyper::Error) -> Option<Reason> {
    if error.is_parse_too_large() {
        return Some(Reason::HeadTooLarge);
    }
    error.is_parse().then_some(Reason::BadRequest)
}

/// Why hyper answers with that status.
fn reason_of(status: StatusCode) -> Reason {
    match status {
        StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            Reason::HeadTooLarge
        }
        _ => Reason::BadRequest,
    }
}

/// Says that a request is answered; one whose answer is streamed is under way until the end of the body. What the
/// connection becomes, if it is no longer HTTP's, is kept in `switched`.
fn answered(
    activity: &Arc<Activity>,
    switched: &Mutex<Option<Box<Switch>>>,
    response: &mut Response<AnswerBody>,
) {
    if let Some(switch) = response.body_mut().take_switch() {
        activity.socket();
        *lock(switched) = Some(switch);
    } else if response.body().is_streamed() {
        response.body_mut().keep(Answered(Arc::clone(activity)));
    } else {
        activity.response();
    }
}

/// Says `Connection: close` where an answer has no length and a client of HTTP/1.0 can't read chunks: it ends with the
/// connection (RFC 9112 section 6.3 rule 8). hyper would promise to keep that, and does so beside our own `close`, too, unless the
/// answer is of HTTP/1.0.
fn say_the_end(version: Version, response: &mut Response<impl Body>) {
    if version != Version::HTTP_10 {
        return;
    }
    let close = HeaderValue::from_static("close");
    if response.body().size_hint().exact().is_none() {
        response.headers_mut().insert(CONNECTION, close);
        *response.version_mut() = Version::HTTP_10;
    } else if response.headers().get(CONNECTION) == Some(&close) {
        *response.version_mut() = Version::HTTP_10;
    }
}

/// How hyper is told that a connection is to be closed when what is under way is answered.
fn finish<I, S, B>(serving: Pin<&mut UpgradeableConnection<I, S>>)
where
    I: Read + Write + Unpin + Send + 'static,
    S: HttpService<Incoming, ResBody = B>,
    S::Error: Into<BoxedError>,
    B: Body<Error: Into<BoxedError>> + 'static,
{
    serving.graceful_shutdown();
}

/// Serves until the connection has ended, or is told to: `finish` is called when it is to be closed soon.
pub(super) async fn drive<F>(
    serving: F,
    activity: &Activity,
    mut finish: impl FnMut(Pin<&mut F>),
) -> Result<(), hyper::Error>
where
    F: Future<Output = Result<(), hyper::Error>>,
{
    let mut serving = pin!(serving);
    let mut known: Option<Waker> = None;
    let mut is_finishing = false;
    poll_fn(|context| {
        let is_told = activity.order() != Order::Serve && !is_finishing;
        let is_known = |known: &Waker| known.will_wake(context.waker());
        // Once, since a task's waker stays the same; and again when being told something has used it up.
        if is_told || !known.as_ref().is_some_and(is_known) {
            activity.listen(context.waker());
            known = Some(context.waker().clone());
        }
        match activity.order() {
            Order::Finish if !is_finishing => {
                is_finishing = true;
                finish(serving.as_mut());
            }
            Order::Serve | Order::Finish => {}
            Order::Cut => return Poll::Ready(Ok(())),
        }
        serving.as_mut().poll(context)
    })
    .await
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
