//! The frames of WebSockets, by the letter of RFC 6455: text that fails at its first bad byte, and close codes.

use std::io::Read as _;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::server::shared;
use crate::support::socket::{SocketClient, frame};
use crate::support::{Launch, Mode, Server, eventually};

/// A server whose handlers share one module.
fn one_worker(mode: Mode) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", "1"])
        .start()
}

/// What the handler of a socket has seen.
fn noted(server: &Server, name: &str) -> Value {
    eventually(&format!("the end of {name}"), || {
        let told = server.get(&format!("/ws/ends/{name}")).expect(200).json();
        (!told["end"].is_null()).then(|| told["end"].clone())
    })
}

/// Nothing is sent after the bad byte: a server that waits for more never closes.
pub(crate) fn end_at_the_first_bad_byte_of_text(mode: Mode) {
    let server = one_worker(mode);
    let mask = [0x5a, 0xff, 0x00, 0x81];
    let begun = |payload: &[u8]| {
        let mut bytes = vec![0x81, 0xfe, 0x03, 0xe8];
        bytes.extend(mask);
        let masked = payload.iter().zip(mask.iter().cycle());
        bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
        bytes
    };
    for (number, (what, bytes)) in [
        ("a byte that no text has", begun(b"gr\xc3\xbc\xff")),
        ("an overlong character", begun(b"\xe2\x82\xac\xc0")),
        ("a surrogate", begun(b"\xed\xa0")),
        ("beyond Unicode", begun(b"abc\xf4\x90")),
        ("a character that breaks off", begun(b"abcd\xe2\x82x")),
        ("a fragment", frame(0x01, b"ab\xff")),
        (
            "a character in two fragments",
            [frame(0x01, b"\xed"), frame(0x00, b"\xa0")].concat(),
        ),
        (
            "a ping between them",
            [
                frame(0x01, b"\xf4"),
                frame(0x89, b"\xff"),
                frame(0x00, b"\x90"),
            ]
            .concat(),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        for byte_by_byte in [false, true] {
            let name = format!("{number}{byte_by_byte}");
            let mut client = SocketClient::open(&server, &format!("/ws/told/{name}"));
            assert_eq!(client.receive_text(), "ready");
            let bytes = [frame(0x81, b"before \xe2\x82\xac"), bytes.clone()].concat();
            if byte_by_byte {
                for byte in bytes {
                    client.send_raw(&[byte]);
                }
            } else {
                client.send_raw(&bytes);
            }
            assert_eq!(client.closed(), (1007, String::new()), "{what}");
            let told = json!(["before \u{20ac}", [1007, ""], [1007, ""]]);
            assert_eq!(noted(&server, &name), told, "{what}");
        }
    }
}

/// Text that comes in many reads, with characters of all lengths cut by them.
pub(crate) fn carry_long_text(mode: Mode) {
    let server = shared(mode);
    let text = "a\u{e4}\u{20ac}\u{1f980}".repeat(100_000);
    let mut client = SocketClient::open(&server, "/ws/echo");
    client.send(text.as_str());
    assert!(client.receive() == Message::text(text.as_str()));
    let bytes: Vec<_> = text.as_bytes().chunks(9_999).collect();
    let (last, others) = bytes.split_last().expect("a long text");
    for (number, piece) in others.iter().enumerate() {
        client.send_raw(&frame(u8::from(number == 0), piece));
    }
    client.send_raw(&frame(0x80, last));
    assert!(client.receive() == Message::text(text));
    assert_eq!(client.close(1000, ""), (1000, String::new()));
}

pub(crate) fn may_close_with_1014(mode: Mode) {
    let server = one_worker(mode);
    let mut client = SocketClient::open(&server, "/ws/told/upstream");
    assert_eq!(client.receive_text(), "ready");
    assert_eq!(
        client.close(1014, "upstr\u{e9}am"),
        (1014, String::from("upstr\u{e9}am"))
    );
    let closed = json!([1014, "upstr\u{e9}am"]);
    assert_eq!(noted(&server, "upstream"), json!([closed, closed]));

    // Together with what comes before it and the end of the connection.
    let mut client = SocketClient::open(&server, "/ws/told/hasty");
    assert_eq!(client.receive_text(), "ready");
    let bytes = [frame(0x81, b"before"), frame(0x88, b"\x03\xf6")].concat();
    client.send_raw(&bytes);
    drop(client);
    let told = json!(["before", [1014, ""], [1014, ""]]);
    assert_eq!(noted(&server, "hasty"), told);

    // The neighbours stay as they are.
    for (code, answer) in [
        (1012, 1012),
        (1013, 1013),
        (1004, 1002),
        (1015, 1002),
        (1016, 1002),
        (2999, 1002),
        (3000, 3000),
        (4999, 4999),
        (5000, 1002),
        (999, 1002),
    ] {
        let client = SocketClient::open(&server, "/ws/echo");
        assert_eq!(client.close(code, "").0, answer, "{code}");
    }
}

/// The client of these tests takes 1014 for a mistake, so its bytes are read as they come.
pub(crate) fn are_closed_with_1014_by_handlers(mode: Mode) {
    let server = shared(mode);
    let mut client = SocketClient::open(&server, "/ws/closes-when-told/1014");
    client.send("upstream");
    let mut close = [0; 12];
    let stream = client.socket.get_mut();
    stream.read_exact(&mut close).expect("a close frame");
    assert_eq!(&close, b"\x88\x0a\x03\xf6upstream");
    // Its answer, and something that is not read, do not reset the connection.
    client.send_raw(&frame(0x88, b"\x03\xf6upstream"));
    client.send_raw(&frame(0x81, b"more"));
    let mut rest = Vec::new();
    let stream = client.socket.get_mut();
    let ended = stream.read_to_end(&mut rest);
    assert_eq!(ended.expect("an orderly end"), 0, "{rest:?}");
}
