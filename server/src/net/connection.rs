//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::{Activity, Order};
use super::departure::Departure;
use super::register::Entry;
use super::watched::Watched;
use super::web_socket::{self, SocketLimits};
use crate::http::{Peer, Site, Switch, respond};

/// What a connection needs to be served.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) site: Arc<Site>,
    pub(super) header_bytes_max: usize,
    pub(super) headers_max: usize,
    pub(super) entry: Entry,
    pub(super) socket_limits: SocketLimits,
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
    } = connection;
    let activity = &entry.activity;
    let switched: Mutex<Option<Box<Switch>>> = Mutex::default();
    let service = service_fn(|request| {
        activity.request();
        let responding = respond(&site, peer, request);
        let switched = &switched;
        async move {
            let mut response = responding.await;
            if let Some(switch) = response.body_mut().take_switch() {
                activity.socket();
                *lock(switched) = Some(switch);
            } else if response.body().is_streamed() {
                // The request is under way until the end of the body.
                response.body_mut().keep(Answered(Arc::clone(activity)));
            } else {
                activity.response();
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut serving = pin!(
        http1::Builder::new()
            // `Watched` looks for the client's end, at less cost.
            .half_close(true)
            .max_buf_size(header_bytes_max)
            .max_headers(headers_max)
            .serve_connection(Watched::new(stream, Arc::clone(activity)), service)
            .with_upgrades()
    );
    let mut known: Option<Waker> = None;
    let mut is_finishing = false;
    let ended = poll_fn(|context| {
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
                serving.as_mut().graceful_shutdown();
            }
            Order::Serve | Order::Finish => {}
            Order::Cut => return Poll::Ready(Ok(())),
        }
        serving.as_mut().poll(context)
    });
    if let Err(error) = ended.await {
        tracing::debug!(%error, client = ?peer.client, "a connection ended with an error");
        return;
    }
    let switch = lock(&switched).take();
    if let Some(switch) = switch
        && activity.order() != Order::Cut
    {
        // Boxed, so that connections without have no room for one.
        Box::pin(web_socket::serve(*switch, activity, socket_limits)).await;
    }
}

fn lock(switched: &Mutex<Option<Box<Switch>>>) -> MutexGuard<'_, Option<Box<Switch>>> {
    switched.lock().unwrap_or_else(PoisonError::into_inner)
}
