//! The opening handshakes of WebSockets: who answers them, and with what.

use crate::support::server::shared;
use crate::support::socket::{SocketClient, handshake};
use crate::support::{Call, Launch, Mode, eventually};

pub(crate) fn answer_the_handshake(mode: Mode) {
    let server = shared(mode);
    let answer = server.call(&handshake("/ws/echo")).expect(101);
    for (name, value) in [
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("upgrade", "websocket"),
        ("connection", "upgrade"),
        ("server", "coachwhip"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    for name in [
        "content-length",
        "content-type",
        "sec-websocket-protocol",
        "sec-websocket-extensions",
    ] {
        assert_eq!(answer.header(name), None, "{answer:?}");
    }
}

pub(crate) fn refuse_what_is_no_handshake(mode: Mode) {
    let server = shared(mode);
    let plain = |version: Option<&str>| {
        let call = Call::get("/ws/echo")
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket");
        match version {
            Some(version) => call.header("Sec-WebSocket-Version", version),
            None => call,
        }
    };
    let key = |key: &str| plain(Some("13")).header("Sec-WebSocket-Key", key);
    let unconnected = Call::get("/ws/echo")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("Sec-WebSocket-Version", "13");
    for (what, call) in [
        ("no version", plain(None)),
        ("no key", plain(Some("13"))),
        ("an empty key", key("")),
        ("a short key", key("dGhlIHNhbXBsZQ==")),
        ("a key that is no base64", key("dGhlIHNhbXBsZSBub25jZ!==")),
        ("a key with bits to spare", key("dGhlIHNhbXBsZSBub25jZR==")),
        (
            "two keys",
            handshake("/ws/echo").header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ),
        ("no Connection: upgrade", unconnected),
        (
            "a body",
            handshake("/ws/echo").header("Transfer-Encoding", "chunked"),
        ),
    ] {
        let answer = server.call(&call);
        assert_eq!(answer.status, 400, "{what}");
    }
    let other = plain(Some("8")).header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = server.call(&other).expect(426);
    assert_eq!(answer.header("sec-websocket-version"), Some("13"));
    for call in [Call::get("/ws/echo"), Call::get("/ws/rooms/7")] {
        let answer = server.call(&call).expect(426);
        assert_eq!(answer.header("upgrade"), Some("websocket"));
        assert_eq!(answer.header("connection"), Some("upgrade"));
    }
    server.call(&Call::new("HEAD", "/ws/echo")).expect(426);
    let answer = server.call(&Call::post("/ws/echo", "")).expect(405);
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
}

pub(crate) fn share_a_path_with_a_page(mode: Mode) {
    let server = shared(mode);
    assert_eq!(server.get("/ws/both").expect(200).text(), "a page");
    let mut client = SocketClient::open(&server, "/ws/both");
    assert_eq!(client.receive_text(), "a socket");
    // Where no socket is opened, the wish for one is passed over (RFC 9110 section 7.8).
    server.call(&handshake("/value/int")).expect(200);
}

pub(crate) fn convert_path_parameters(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/rooms/-7?q=%C3%A9");
    assert_eq!(client.receive_text(), "-7 /ws/rooms/-7 \u{e9}");
    for path in ["/ws/rooms/seven", "/ws/nowhere"] {
        server.call(&handshake(path)).expect(404);
    }
}

pub(crate) fn let_the_handler_accept(mode: Mode) {
    let server = shared(mode);
    let offer = [("Sec-WebSocket-Protocol", "chat.v1, chat.v2")];
    let mut client = SocketClient::open_with(&server, "/ws/accepts", &offer);
    let headers = client.response.headers();
    assert_eq!(headers["sec-websocket-protocol"], "chat.v2");
    assert_eq!(headers["x-room"], "7");
    assert_eq!(client.receive_text(), "chat.v2");
    let mut client = SocketClient::open(&server, "/ws/accepts");
    let headers = client.response.headers();
    assert!(!headers.contains_key("sec-websocket-protocol"));
    assert_eq!(client.receive_text(), "None");
}

pub(crate) fn let_the_handler_refuse(mode: Mode) {
    let server = Launch::under(mode, "behaviour").start();
    let mut connection = server.connect();
    let answer = connection.call(&handshake("/ws/refuses")).expect(403);
    assert_eq!(answer.text(), "not you");
    assert_eq!(answer.header("x-why"), Some("no key"));
    // The connection goes on as HTTP's.
    connection.call(&Call::get("/value/int")).expect(200);
    for path in ["/ws/raises-early", "/ws/forgets"] {
        connection.call(&handshake(path)).expect(500);
    }
    for text in ["before the handshake was answered", "without an answer"] {
        eventually(text, || server.stderr().contains(text).then_some(()));
    }
    assert_eq!(server.stderr().matches("handler failed").count(), 2);
}
