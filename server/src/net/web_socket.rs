//! A connection that has become a WebSocket's (RFC 6455), until it is closed.
//!
//! Messages go from the stream into one pipe and from another into the stream, each as far as the other end has room, so
//! neither direction waits for the other. The handler is told how the socket was closed as soon as that is known; the
//! closing handshake goes on without it.

mod frames;
mod judged;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, Stream};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use native_types::socket::{Closed, Outgoing, SocketMessage, Wire};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use self::frames::Finding;
use self::judged::{Judged, found};
use super::activity::{Activity, Order};
use crate::http::Switch;

/// How large the buffers of one socket are at first, in bytes. They grow to one message at most.
const BUFFER_BYTES: usize = 4 * 1024;

/// How long a client may take for its part of the closing handshake.
const CLOSING: Duration = Duration::from_secs(5);

/// The same while the server ends.
const CLOSING_AT_THE_END: Duration = Duration::from_secs(1);

/// What WebSockets may do.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// The longest message, in bytes.
    pub message_bytes_max: usize,
    /// How often the client is pinged, and how long it may be silent after that.
    pub ping_interval: Duration,
}

type Io = Judged<TokioIo<Upgraded>>;

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client is gone, or is not waited for any more.
    Over,
    /// A close frame is on its way, which the client is to have the time to read: both sides have closed, or the client
    /// has broken the protocol or a limit.
    Parting,
}

/// One open socket.
struct Session<'a> {
    stream: WebSocketStream<Io>,
    /// The way to the handler; `None` once that was told how the socket is closed.
    wire: Option<Wire>,
    activity: &'a Activity,
    pings: Interval,
    /// When the last ping was sent, by [`Activity::now`].
    pinged_at: Option<u64>,
    /// Whether the handler has no room for what the client sends.
    is_held_back: bool,
    /// Set when the close frame is on its way: until when the client's is waited for.
    closing: Option<Pin<Box<Sleep>>>,
    /// Whether the server's end was seen to.
    is_ending: bool,
}

/// Serves the WebSocket that a connection becomes, until it is closed.
pub(super) async fn serve(switch: Switch, activity: &Activity, limits: SocketLimits) {
    let Switch { upgrade, wire } = switch;
    let Ok(connection) = upgrade.await else {
        return;
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(Some(limits.message_bytes_max))
        .max_frame_size(Some(limits.message_bytes_max));
    let io = Judged::new(TokioIo::new(connection));
    let mut pings = interval_at(Instant::now() + limits.ping_interval, limits.ping_interval);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut session = Session {
        stream: WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await,
        wire: Some(wire),
        activity,
        pings,
        pinged_at: None,
        is_held_back: false,
        closing: None,
        is_ending: false,
    };
    if poll_fn(|context| session.poll(context)).await == End::Parting {
        let patience = if session.is_ending {
            CLOSING_AT_THE_END
        } else {
            CLOSING
        };
        let _ = timeout(patience, session.part()).await;
    }
}

impl Session<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<End> {
        self.activity.listen(context.waker());
        if self.activity.order() == Order::Cut {
            return Poll::Ready(End::Over);
        }
        if self.poll_outgoing(context) == Poll::Ready(Err(())) {
            self.stop_sending();
        }
        if self.activity.order() == Order::Finish && !self.is_ending {
            self.is_ending = true;
            self.close(Closed::with(Closed::GOING_AWAY));
            self.closing = Some(Box::pin(sleep(CLOSING_AT_THE_END)));
        }
        if self.poll_silence(context).is_ready() {
            return Poll::Ready(End::Over);
        }
        let end = self.poll_incoming(context);
        // Where nothing was sent, this does nothing.
        if let Poll::Ready(Err(_)) = Pin::new(&mut self.stream).poll_flush(context) {
            self.stop_sending();
        }
        if end.is_pending()
            && let Some(closing) = &mut self.closing
            && closing.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(End::Over);
        }
        end
    }

    /// Sends what the handler has sent; ready with an error when nothing can be sent any more.
    fn poll_outgoing(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ()>> {
        while self.closing.is_none() {
            let Some(wire) = &self.wire else { break };
            let mut stream = Pin::new(&mut self.stream);
            ready!(stream.as_mut().poll_ready(context)).map_err(|_| ())?;
            match ready!(wire.outgoing.poll_piece(context)) {
                Ok(Some(Outgoing::Message(message))) => {
                    stream.start_send(frame(message)).map_err(|_| ())?;
                }
                Ok(Some(Outgoing::Close(closed))) => self.close(closed),
                // Said before the connection became a socket's.
                Ok(Some(Outgoing::Accept(_) | Outgoing::Refuse(_))) => {}
                Ok(None) | Err(_) => self.close(Closed::with(Closed::INTERNAL_ERROR)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Hands over what the client has sent, as far as the handler has room.
    fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<End> {
        loop {
            let wire = self.wire.as_ref().filter(|_| self.closing.is_none());
            self.is_held_back =
                wire.is_some_and(|wire| wire.incoming.poll_room(context).is_pending());
            if self.is_held_back {
                return Poll::Pending;
            }
            let next = ready!(Pin::new(&mut self.stream).poll_next(context));
            let message = match next {
                None => return Poll::Ready(End::Parting),
                Some(Err(error)) => return Poll::Ready(self.fail(&error)),
                Some(Ok(message)) => message,
            };
            let message = match message {
                Message::Text(text) => SocketMessage::Text(text.as_str().to_owned()),
                Message::Binary(bytes) => SocketMessage::Binary(bytes),
                Message::Close(frame) => {
                    self.tell(closed_by(frame));
                    self.wait_for_the_close();
                    continue;
                }
                // Pings are answered by the crate; frames are never read.
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            };
            if let Some(wire) = self.wire.as_ref().filter(|_| self.closing.is_none()) {
                wire.deliver(message);
            }
        }
    }

    /// Pings the client now and then; ready when it has been silent since the last ping.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.pings.poll_tick(context));
            if self.closing.is_some() {
                continue;
            }
            // What it may have answered is not read while the handler holds it back.
            let pinged_at = self.pinged_at.take().filter(|_| !self.is_held_back);
            if pinged_at.is_some_and(|mark| !self.activity.has_read_since(mark)) {
                return Poll::Ready(());
            }
            let mut stream = Pin::new(&mut self.stream);
            if let Poll::Ready(Ok(())) = stream.as_mut().poll_ready(context)
                && stream
                    .start_send(Message::Ping(bytes::Bytes::new()))
                    .is_ok()
            {
                self.pinged_at = Some(Activity::now());
            }
        }
    }

    /// Tells the handler how the socket is closed.
    fn tell(&mut self, closed: Closed) {
        if let Some(wire) = self.wire.take() {
            wire.set_fate(closed);
        }
    }

    /// Begins the closing handshake, unless that has begun.
    fn close(&mut self, closed: Closed) {
        self.tell(closed.clone());
        if self.closing.is_some() {
            return;
        }
        let frame = CloseFrame {
            code: closed.code.into(),
            reason: closed.reason.into(),
        };
        // Queued whether or not the socket takes it now. An error means that there is nobody to tell.
        let _ = Pin::new(&mut self.stream).start_send(Message::Close(Some(frame)));
        self.wait_for_the_close();
    }

    fn wait_for_the_close(&mut self) {
        if self.closing.is_none() {
            self.closing = Some(Box::pin(sleep(CLOSING)));
        }
    }

    /// The client takes nothing any more. What it has sent before it left, a close frame perhaps, is read still.
    fn stop_sending(&mut self) {
        self.wait_for_the_close();
    }

    /// Ends a socket that can't be read from any more.
    fn fail(&mut self, error: &Error) -> End {
        if let Some(Finding::Closed(closed)) = finding(error) {
            // Answers the client's close frame, or takes it as the answer.
            self.close(closed.clone());
            return End::Parting;
        }
        let Some(code) = code_for(error) else {
            return End::Over;
        };
        if self.closing.is_some() {
            return End::Over;
        }
        self.close(Closed::with(code));
        End::Parting
    }

    /// Sends the close frame, closes its own half, and reads on until the client has closed: closed with something unread, the connection would
    /// be reset, and the frame lost.
    async fn part(&mut self) {
        let flushed = poll_fn(|context| Pin::new(&mut self.stream).poll_flush(context)).await;
        let io = self.stream.get_mut().connection();
        if flushed.is_err() || io.shutdown().await.is_err() {
            return;
        }
        let mut unread = [0; 1024];
        while io.read(&mut unread).await.is_ok_and(|count| count > 0) {}
    }
}

fn frame(message: SocketMessage) -> Message {
    match message {
        SocketMessage::Text(text) => Message::Text(text.into()),
        SocketMessage::Binary(bytes) => Message::Binary(bytes),
    }
}

/// What a close frame of the client says.
fn closed_by(frame: Option<CloseFrame>) -> Closed {
    frame.map_or_else(
        || Closed::with(Closed::NO_CODE),
        |frame| Closed {
            code: frame.code.into(),
            reason: frame.reason.as_str().to_owned(),
        },
    )
}

/// What was found before the crate saw it, if that is the error.
fn finding(error: &Error) -> Option<&Finding> {
    let Error::Io(error) = error else {
        return None;
    };
    found(error)
}

/// The code that tells the client what it has done (RFC 6455 section 7.4.1); `None` where it has left.
fn code_for(error: &Error) -> Option<u16> {
    if let Error::Capacity(_) = error {
        return Some(1009);
    }
    if matches!(error, Error::Utf8(_)) || finding(error) == Some(&Finding::BadText) {
        return Some(1007);
    }
    let Error::Protocol(error) = error else {
        return None;
    };
    (*error != ProtocolError::ResetWithoutClosingHandshake).then_some(1002)
}
