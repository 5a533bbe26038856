//! WebSockets: messages both ways, and how each side learns of the end.

use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::server::shared;
use crate::support::socket::{SocketClient, frame};
use crate::support::{Launch, Mode, Server, eventually};

const MIB: usize = 1 << 20;

/// A server whose handlers share one module.
fn one_worker(mode: Mode) -> Launch {
    Launch::under(mode, "behaviour").args(["--workers", "1"])
}

/// What a handler has noted under a name.
fn noted(server: &Server, name: &str) -> Value {
    eventually(&format!("the end of {name}"), || {
        let told = server.get(&format!("/ws/ends/{name}")).expect(200).json();
        (!told["end"].is_null()).then(|| told["end"].clone())
    })
}

/// How many records the log has that hold `text`.
fn records(server: &Server, text: &str) -> usize {
    server.stderr().matches(text).count()
}

pub(crate) fn echo(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/echo");
    for message in [
        Message::text(""),
        Message::text("gr\u{fc}\u{df}e \u{1f980}"),
        Message::binary(Vec::new()),
        Message::binary(vec![0, 255, 128]),
        Message::text("x".repeat(MIB)),
        Message::binary(vec![7; MIB]),
    ] {
        client.send(message.clone());
        assert!(client.receive() == message, "{} bytes", message.len());
    }
    assert_eq!(client.close(1000, ""), (1000, String::new()));
}

/// A message in pieces, a character cut in two, with a ping in between.
pub(crate) fn join_fragments(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/echo");
    let mut bytes = frame(0x01, b"gr\xc3");
    bytes.extend(frame(0x89, b"now"));
    bytes.extend(frame(0x00, b"\xbc\xc3\x9f"));
    bytes.extend(frame(0x80, b"e"));
    client.send_raw(&bytes);
    let pong = client.socket.read().expect("a pong");
    assert_eq!(pong, Message::Pong("now".into()));
    assert_eq!(client.receive_text(), "gr\u{fc}\u{df}e");
}

pub(crate) fn close_when_the_handler_ends(mode: Mode) {
    let server = one_worker(mode).start();
    let mut client = SocketClient::open(&server, "/ws/returns");
    assert_eq!(client.receive_text(), "last words");
    assert_eq!(client.closed(), (1000, String::new()));

    let mut client = SocketClient::open(&server, "/ws/raises");
    client.send("go");
    assert_eq!(client.closed(), (1011, String::new()));
    let client = SocketClient::open(&server, "/ws/raises-http-error");
    assert_eq!(client.closed(), (1011, String::new()));
    for text in ["LookupError: the handler of a socket broke", "HTTPError"] {
        eventually(text, || server.stderr().contains(text).then_some(()));
    }
    assert_eq!(records(&server, "handler failed"), 2);

    let client = SocketClient::open(&server, "/ws/closes/4000/enough");
    assert_eq!(client.closed(), (4000, String::from("enough")));
    let closed = json!([4000, "enough", "the WebSocket was closed with 4000: enough"]);
    assert_eq!(noted(&server, "closes"), json!([closed, closed]));
}

pub(crate) fn tell_how_the_client_left(mode: Mode) {
    let server = one_worker(mode).start();
    let open = |name: &str| {
        let mut client = SocketClient::open(&server, &format!("/ws/told/{name}"));
        assert_eq!(client.receive_text(), "ready");
        client
    };
    let mut client = open("code");
    client.send("before");
    assert_eq!(client.close(4001, "bye"), (4001, String::from("bye")));
    let told = json!(["before", [4001, "bye"], [4001, "bye"]]);
    assert_eq!(noted(&server, "code"), told);

    let mut client = open("codeless");
    client.send_raw(&frame(0x88, b""));
    assert_eq!(
        client.socket.read().expect("a close frame"),
        Message::Close(None)
    );
    assert_eq!(noted(&server, "codeless"), json!([[1005, ""], [1005, ""]]));

    drop(open("gone"));
    assert_eq!(noted(&server, "gone"), json!([[1006, ""], [1006, ""]]));

    // A close that comes together with the end of the connection is a close still.
    let mut client = open("hasty");
    let mut bytes = frame(0x81, b"before");
    bytes.extend(frame(0x88, b"\x0f\xa2hasty"));
    client.send_raw(&bytes);
    drop(client);
    let told = json!(["before", [4002, "hasty"], [4002, "hasty"]]);
    assert_eq!(noted(&server, "hasty"), told);

    let client = SocketClient::open(&server, "/ws/iterate");
    client.close(1000, "");
    noted(&server, "iterate");
    let client = SocketClient::open(&server, "/ws/lets-pass");
    client.close(1000, "");
    let client = SocketClient::open(&server, "/ws/lets-pass");
    drop(client);
    server.stop();
    assert_eq!(
        records(&server, "handler failed"),
        0,
        "a client that leaves is no failure"
    );
}

pub(crate) fn refuse_what_breaks_the_protocol(mode: Mode) {
    let server = shared(mode);
    let too_long = vec![b'x'; MIB + 1];
    let mut in_two = frame(0x01, &too_long[..MIB]);
    in_two.extend(frame(0x80, b"x"));
    let announced = [0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0];
    for (what, code, bytes) in [
        ("bad UTF-8", 1007, frame(0x81, b"\xff")),
        ("UTF-8 that is cut off", 1007, frame(0x81, b"\xc3")),
        ("a frame without a mask", 1002, vec![0x81, 1, b'x']),
        ("a reserved bit", 1002, frame(0xc1, b"x")),
        ("an unknown kind of frame", 1002, frame(0x83, b"x")),
        ("an unknown control frame", 1002, frame(0x8b, b"x")),
        ("a ping in pieces", 1002, frame(0x09, b"x")),
        ("a long ping", 1002, frame(0x89, &[0; 126])),
        ("the rest of nothing", 1002, frame(0x80, b"x")),
        ("a close frame of one byte", 1002, frame(0x88, b"x")),
        ("a code that is never sent", 1002, frame(0x88, b"\x03\xed")),
        ("a long message", 1009, frame(0x81, &too_long)),
        ("a long message in pieces", 1009, in_two),
        ("a long message, announced", 1009, announced.to_vec()),
    ] {
        let mut client = SocketClient::open(&server, "/ws/echo");
        // What follows is not looked at, and does not keep the close frame from the client.
        let _ = client.socket.get_mut().write_all(&bytes);
        let _ = client.socket.get_mut().write_all(&frame(0x81, b"more"));
        assert_eq!(client.closed().0, code, "{what}");
    }
}

pub(crate) fn have_the_limit_that_is_set(mode: Mode) {
    let server = one_worker(mode)
        .args(["--max-message-bytes", "2000"])
        .start();
    let mut client = SocketClient::open(&server, "/ws/echo");
    client.send("x".repeat(2000));
    assert_eq!(client.receive_text().len(), 2000);
    client.send("x".repeat(2001));
    assert_eq!(client.closed().0, 1009);
}

pub(crate) fn name_mistakes(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/mistakes");
    let told = client.receive_text();
    let expected = [
        "RuntimeError: the WebSocket is not accepted yet",
        "RuntimeError: the WebSocket is not accepted yet",
        "ValueError: sec-websocket-accept is the server's to say",
        "ValueError: \"two words\" is not allowed as a subprotocol",
        "RuntimeError: the WebSocket was accepted already",
        "TypeError: a message must be str or bytes, not int",
        "UnicodeEncodeError: ",
        "ValueError: 1005 is not allowed as a close code",
        "ValueError: 99999 is not allowed as a close code",
        "ValueError: a reason has at most 123 bytes, not 124",
        "RuntimeError: another task receives",
        "RuntimeError: a WebSocket belongs to its worker's event loop",
    ];
    assert_eq!(told.lines().count(), expected.len(), "{told}");
    for (line, start) in told.lines().zip(expected) {
        assert!(line.starts_with(start), "{line} in place of {start}");
    }
}

pub(crate) fn lose_nothing_when_given_up(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/timeouts");
    assert_eq!(client.receive_text(), "go on");
    client.send("kept");
    assert_eq!(client.receive_text(), "kept");
}

pub(crate) fn send_and_receive_at_once(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/duplex");
    for _ in 0..50 {
        client.send("12345678");
    }
    let mut numbers = [0, 0];
    for _ in 0..100 {
        let text = client.receive_text();
        let task = usize::from(text.starts_with('b'));
        assert_eq!(text[1..], numbers[task].to_string(), "each in its order");
        numbers[task] += 1;
    }
    assert_eq!(client.receive_text(), "received 400");
}

/// Those that wait for room get it in the order in which they came.
pub(crate) fn send_in_order(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/queue");
    for number in 0..40 {
        let text = client.receive_text();
        let (first, rest) = text.split_once(' ').expect("a number");
        assert_eq!((first, rest.len()), (&*number.to_string(), 1_000_000));
    }
    assert_eq!(client.closed().0, 1000);
}

/// What runs in a loop that fails is lost, and its clients are told.
pub(crate) fn close_when_the_loop_fails(mode: Mode) {
    let server = one_worker(mode).start();
    let mut client = SocketClient::open(&server, "/ws/breaks-the-loop");
    client.send("now");
    assert_eq!(client.closed(), (1011, String::new()));
    let mut client = SocketClient::open(&server, "/ws/echo");
    client.send("again");
    assert_eq!(client.receive_text(), "again");
}

/// A handler waits for a client that does not read.
pub(crate) fn hold_back_the_handler(mode: Mode) {
    let server = one_worker(mode).start();
    // More than both systems' buffers hold.
    let mut client = SocketClient::open(&server, "/ws/flood/400/100000");
    let sent = || noted(&server, "flood")[0].as_u64().expect("a number");
    let mut last = 0;
    eventually("the handler to wait", || {
        std::thread::sleep(Duration::from_millis(100));
        let now = sent();
        (now > 0 && std::mem::replace(&mut last, now) == now).then_some(())
    });
    assert!(last < 400, "the handler was not held back");
    for _ in 0..400 {
        assert_eq!(client.receive().len(), 100_000);
    }
    assert_eq!(client.closed().0, 1000);
}

/// A client waits for a handler that does not receive.
pub(crate) fn hold_back_the_client(mode: Mode) {
    let server = one_worker(mode).start();
    let mut client = SocketClient::open(&server, "/ws/deaf");
    let bytes = frame(0x82, &vec![b'x'; MIB]);
    let stream = client.socket.get_mut();
    stream.socket().set_nonblocking(true).expect("a socket");
    let (mut sent, mut at) = (0, 0);
    let mut refusals = 0;
    while refusals < 10 && sent < 400 {
        if let Ok(count) = stream.write(&bytes[at..]) {
            (at, refusals) = (at + count, 0);
            if at == bytes.len() {
                (sent, at) = (sent + 1, 0);
            }
        } else {
            refusals += 1;
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    assert!(sent < 400, "the client was not held back");
    server.get("/ws/listen").expect(200);
    let stream = client.socket.get_mut();
    stream.socket().set_nonblocking(false).expect("a socket");
    let rest = if at > 0 { &bytes[at..] } else { &[] };
    client.send_raw(rest);
    sent += usize::from(at > 0);
    client.send_raw(&frame(0x82, b"end"));
    assert_eq!(client.receive_text(), (sent * MIB + 3).to_string());
}

/// Two sockets of one worker talk through what their module keeps.
pub(crate) fn talk_to_each_other(mode: Mode) {
    let server = one_worker(mode).start();
    let mut one = SocketClient::open(&server, "/ws/room");
    let mut other = SocketClient::open(&server, "/ws/room");
    let place = one.receive_text();
    assert_eq!(other.receive_text(), place, "interpreter and worker");
    for (number, text) in ["from one", "from the other"].into_iter().enumerate() {
        if number == 0 {
            one.send(text);
        } else {
            other.send(text);
        }
        assert_eq!(one.receive_text(), text);
        assert_eq!(other.receive_text(), text);
    }
    one.close(1000, "");
    other.send("alone");
    assert_eq!(other.receive_text(), "alone");
}

/// Open sockets take no place of the requests that may run at once.
pub(crate) fn let_requests_through(mode: Mode) {
    let server = one_worker(mode).args(["--max-concurrency", "2"]).start();
    let mut idle: Vec<_> = (0..500)
        .map(|_| SocketClient::open(&server, "/ws/idle"))
        .collect();
    server.get("/value/int").expect(200);
    server.get("/async/sleep/1").expect(200);
    let mut client = SocketClient::open(&server, "/ws/echo");
    client.send("still here");
    assert_eq!(client.receive_text(), "still here");
    let last = idle.pop().expect("one of 500");
    assert_eq!(last.close(1000, ""), (1000, String::new()));
}

/// A client that answers pings stays, one that does not is given up.
pub(crate) fn ping_their_clients(mode: Mode) {
    let server = one_worker(mode).args(["--ping-interval", "0.5"]).start();
    let mut silent = SocketClient::open(&server, "/ws/told/silent");
    let mut lively = SocketClient::open(&server, "/ws/echo");
    assert_eq!(silent.receive_text(), "ready");
    // Reading answers a ping, and makes sure that one has come.
    for _ in 0..4 {
        let ping = lively.socket.read().expect("a ping");
        assert_eq!(ping, Message::Ping("".into()));
    }
    assert_eq!(noted(&server, "silent"), json!([[1006, ""], [1006, ""]]));
    lively.send("alive");
    assert_eq!(lively.receive_text(), "alive");
}
