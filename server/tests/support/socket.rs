//! A blocking WebSocket client over a real socket, and the bytes of frames that no well-behaved client sends.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Instant;

use tokio_tungstenite::tungstenite::client::client_with_config;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use super::tls::Stream;
use super::{Call, PATIENCE, Server};

/// The key of RFC 6455 section 1.3.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A handshake as raw HTTP.
pub(crate) fn handshake(path: &str) -> Call {
    Call::get(path)
        .header("Connection", "keep-alive, Upgrade")
        .header("Upgrade", "WebSocket")
        .header("Sec-WebSocket-Key", KEY)
        .header("Sec-WebSocket-Version", "13")
}

/// The client's end of an open socket.
#[derive(Debug)]
pub(crate) struct SocketClient {
    pub(crate) socket: WebSocket<Stream>,
    pub(crate) response: Response,
}

impl SocketClient {
    pub(crate) fn open(server: &Server, path: &str) -> Self {
        Self::open_with(server, path, &[])
    }

    /// Opens a socket with further header fields in its handshake.
    pub(crate) fn open_with(server: &Server, path: &str, fields: &[(&'static str, &str)]) -> Self {
        let address = server.ready.address;
        let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("a connection");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        stream.set_nodelay(true).expect("no delay");
        let mut request = Request::builder()
            .uri(format!("ws://{address}{path}"))
            .header("Host", address.to_string())
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Key", KEY)
            .header("Sec-WebSocket-Version", "13");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        let config = WebSocketConfig::default();
        let opened = client_with_config(request, server.stream(stream), Some(config));
        let (socket, response) = opened.unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { socket, response }
    }

    pub(crate) fn send(&mut self, message: impl Into<Message>) {
        self.socket.send(message.into()).expect("it is open");
    }

    /// Writes what may be no frame.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).expect("it is open");
    }

    /// The next message that is no ping or pong.
    pub(crate) fn receive(&mut self) -> Message {
        loop {
            let message = self.socket.read().expect("a message");
            if !matches!(message, Message::Ping(_) | Message::Pong(_)) {
                return message;
            }
        }
    }

    pub(crate) fn receive_text(&mut self) -> String {
        let message = self.receive();
        assert!(message.is_text(), "{message:?} in place of text");
        message.into_text().expect("UTF-8").as_str().to_owned()
    }

    /// Reads on until the server closes, in order; tells code and reason.
    pub(crate) fn closed(mut self) -> (u16, String) {
        let mut closed = None;
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "the server does not close");
            match self.socket.read() {
                Ok(Message::Close(frame)) => closed = frame,
                Ok(_) => {}
                Err(Error::ConnectionClosed) => break,
                Err(error) => panic!("closed with {closed:?}, then {error}"),
            }
        }
        let frame = closed.expect("a close frame with a code");
        (frame.code.into(), frame.reason.as_str().to_owned())
    }

    /// Closes with a code; waits for the server's close frame.
    pub(crate) fn close(mut self, code: u16, reason: &str) -> (u16, String) {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        self.socket.close(Some(frame)).expect("it is open");
        self.closed()
    }
}

/// A masked frame of a client, whatever its first byte says. The mask is zero, so the payload stands as it is.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..126 => bytes.push(0x80 | u8::try_from(length).expect("below 126")),
        length @ 126..65536 => {
            bytes.push(0xfe);
            bytes.extend(u16::try_from(length).expect("below 65536").to_be_bytes());
        }
        length => {
            bytes.push(0xff);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}
