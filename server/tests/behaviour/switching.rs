//! What follows the handshake of a WebSocket, in the same packet or in pieces: whose bytes they are, and that each arrives.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use proptest::{collection, sample};
use tempfile::TempDir;

use crate::support::server::shared;
use crate::support::socket::handshake;
use crate::support::{Call, Launch, Mode, PATIENCE};

/// How many random exchanges there are on each kind of socket.
const EXCHANGES: u32 = 30;

/// What the client sends on one connection.
#[derive(Clone, Debug)]
struct Sent {
    /// Whether a plain request comes first.
    is_behind_another: bool,
    messages: Vec<(Vec<u8>, [u8; 4])>,
    cuts: Vec<sample::Index>,
}

fn sent() -> impl Strategy<Value = Sent> {
    // Line ends and number signs mean something in HTTP, and are common.
    let byte = prop_oneof![any::<u8>(), sample::select(&b"\n#\r\0 "[..])];
    let payload = collection::vec(byte, 0..400);
    let message = (payload, any::<[u8; 4]>());
    let parts = (
        any::<bool>(),
        collection::vec(message, 1..4),
        collection::vec(any::<sample::Index>(), 0..3),
    );
    parts.prop_map(|(is_behind_another, messages, cuts)| Sent {
        is_behind_another,
        messages,
        cuts,
    })
}

/// A binary frame; the client's are masked.
fn frame(payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![0x82];
    match u16::try_from(payload.len()).expect("a short message") {
        length @ 0..126 => bytes.push(bit | length.to_be_bytes()[1]),
        length => {
            bytes.push(bit | 0x7e);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(mask.unwrap_or_default().iter().filter(|_| mask.is_some()));
    let mask = mask.unwrap_or_default();
    bytes.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

/// What the server sends up to the end of a head.
fn head(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0; 1];
        stream.read_exact(&mut byte).expect("a head");
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).expect("ASCII")
}

/// Sends it all at once, or cut; each message must come back as it was sent.
fn is_echoed(mut stream: impl Read + Write, sent: &Sent) -> Result<(), TestCaseError> {
    let mut bytes = Vec::new();
    if sent.is_behind_another {
        bytes.extend(Call::get("/none").bytes());
    }
    bytes.extend(handshake("/ws/echo").bytes());
    let mut expected = Vec::new();
    for (payload, mask) in &sent.messages {
        bytes.extend(frame(payload, Some(*mask)));
        expected.extend(frame(payload, None));
    }
    let mut cuts: Vec<usize> = sent.cuts.iter().map(|cut| cut.index(bytes.len())).collect();
    cuts.sort_unstable();
    let mut begin = 0;
    for cut in cuts.into_iter().chain([bytes.len()]) {
        stream.write_all(&bytes[begin..cut]).expect("it is open");
        stream.flush().expect("it is open");
        begin = cut;
    }
    if sent.is_behind_another {
        let first = head(&mut stream);
        prop_assert!(first.starts_with("HTTP/1.1 404 "), "{}", first);
        let length = first.split("content-length: ").nth(1).expect("a length");
        let length = length.split('\r').next().and_then(|text| text.parse().ok());
        let mut body = vec![0; length.expect("a number")];
        stream.read_exact(&mut body).expect("a body");
    }
    let answer = head(&mut stream);
    prop_assert!(answer.starts_with("HTTP/1.1 101 "), "{}", answer);
    let mut echoed = vec![0; expected.len()];
    stream.read_exact(&mut echoed).expect("what was sent");
    prop_assert_eq!(echoed, expected);
    Ok(())
}

fn always(check: impl Fn(Sent) -> Result<(), TestCaseError>) {
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::with_cases(EXCHANGES)
    };
    let checked = TestRunner::new(config).run(&sent(), check);
    checked.unwrap_or_else(|error| panic!("{error}"));
}

/// Over TCP, or TLS.
pub(crate) fn is_byte_for_byte(mode: Mode) {
    let server = shared(mode);
    always(|sent| {
        let stream = TcpStream::connect(server.ready.address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        let limited = stream.set_read_timeout(Some(PATIENCE));
        limited.expect("a time limit");
        is_echoed(server.stream(stream), &sent)
    });
}

pub(crate) fn is_byte_for_byte_on_unix_sockets(mode: Mode) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let unix = format!("unix:{}", path.display());
    let server = Launch::under(mode, "behaviour").args(["--bind", &unix]);
    let server = server.start();
    server.next_line();
    always(|sent| {
        let stream = UnixStream::connect(&path).expect("a connection");
        let limited = stream.set_read_timeout(Some(PATIENCE));
        limited.expect("a time limit");
        is_echoed(stream, &sent)
    });
}

/// What follows a handshake that is refused, or an upgrade that nobody offers, is HTTP, and held to its letter.
pub(crate) fn is_left_to_http_where_nothing_changes(mode: Mode) {
    let server = shared(mode);
    let asking = |path: &str| handshake(path).bytes();
    let plain = Call::get("/value/int").bytes();
    let mut connection = server.connect();
    let sent = [
        asking("/ws/nowhere"),
        plain.clone(),
        asking("/value/int"),
        asking("/ws/nowhere"),
        Call::post("/ws/echo", "a\n#")
            .header("Upgrade", "x")
            .bytes(),
        plain.clone(),
    ];
    connection.send(sent.concat());
    for status in [404, 200, 200, 404, 405, 200] {
        connection.read().expect(status);
    }
    connection.send(
        [
            asking("/ws/nowhere"),
            b"GET /value/int#a HTTP/1.1\r\n".to_vec(),
        ]
        .concat(),
    );
    connection.read().expect(404);
    connection.read().expect(400);
    assert!(connection.is_closed());

    // More than one read gives.
    let mut connection = server.connect();
    let many = [asking("/ws/nowhere"), plain.repeat(300)].concat();
    connection.send([many.as_slice(), &asking("/value/int"), &many].concat());
    for (status, count) in [(404, 1), (200, 301), (404, 1), (200, 300)] {
        for _ in 0..count {
            connection.read().expect(status);
        }
    }
}
