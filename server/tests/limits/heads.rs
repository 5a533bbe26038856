//! How long a request's head may be.

use crate::support::{Answer, Call, Connection, Launch, Mode, Server};

/// The least that the limit may be set to.
const BYTES_MAX: usize = 8192;
const FIELDS_MAX: usize = 7;
/// What a target may have at most, whatever the limit: more than that no URI holds here.
const TARGET_MAX: usize = 65_534;

fn start(mode: Mode) -> Server {
    let bytes_max = BYTES_MAX.to_string();
    let limits = ["--max-header-bytes", &bytes_max, "--max-headers", "7"];
    Launch::under(mode, "limits").args(limits).start()
}

/// A request whose last field makes its head so long.
fn with_head(length: usize) -> Vec<u8> {
    let rest = Call::get("/").header("x", "").bytes().len();
    let value = "x".repeat(length - rest);
    let call = Call::get("/").header("x", value).bytes();
    assert_eq!(call.len(), length);
    call
}

/// A request whose request line alone, without its end, is so long.
fn with_line(length: usize) -> Vec<u8> {
    let rest = "GET / HTTP/1.1".len();
    Call::get(&format!("/{}", "x".repeat(length - rest))).bytes()
}

/// Sends in the pieces that the cuts make.
fn send_cut(connection: &mut Connection, bytes: &[u8], cuts: &[usize]) {
    let mut at = 0;
    for cut in cuts.iter().chain([&bytes.len()]) {
        // A refusal closes the connection, whatever is still to come.
        if connection.try_send(&bytes[at..*cut]).is_err() {
            return;
        }
        at = *cut;
    }
}

/// The answer to a request, sent whole, in pieces, byte by byte at its end, and behind others.
fn for_each_way(server: &Server, bytes: &[u8], check: impl Fn(Answer, &mut Connection)) {
    let length = bytes.len();
    let in_pieces: Vec<usize> = (1..length).step_by(997).collect();
    let at_its_end: Vec<usize> = (length - 20..length).collect();
    for cuts in [&[][..], &in_pieces, &at_its_end] {
        let mut connection = server.connect();
        send_cut(&mut connection, bytes, cuts);
        check(connection.read(), &mut connection);
        let before = Call::get("/before").bytes().repeat(2);
        let mut connection = server.connect();
        connection.send(&before);
        send_cut(&mut connection, bytes, cuts);
        for _ in 0..2 {
            connection.read().expect(200);
        }
        check(connection.read(), &mut connection);
    }
}

fn all_answered(server: &Server, bytes: &[u8]) {
    for_each_way(server, bytes, |answer, connection| {
        answer.expect(200);
        connection.call(&Call::get("/behind")).expect(200);
    });
}

fn all_refused(server: &Server, bytes: &[u8], status: u16) {
    for_each_way(server, bytes, |answer, connection| {
        has_form(&answer.expect(status));
        assert!(connection.is_closed());
    });
}

/// What each refusal has.
fn has_form(answer: &Answer) {
    assert_eq!(answer.header("server"), Some("coachwhip"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.header("content-length"), Some("0"));
    assert!(answer.header("date").is_some());
}

pub(crate) fn may_be_as_long_as_the_limit(mode: Mode) {
    let server = start(mode);
    all_answered(&server, &with_head(BYTES_MAX));
    all_refused(&server, &with_head(BYTES_MAX + 1), 431);
    all_refused(&server, &with_head(4 * BYTES_MAX), 431);
    // Empty lines before a request are some of its bytes.
    let behind_lines = [b"\r\n\r\n".as_slice(), &with_head(BYTES_MAX - 3)].concat();
    all_refused(&server, &behind_lines, 431);
    all_answered(
        &server,
        &[b"\r\n\r\n".as_slice(), &with_head(BYTES_MAX - 4)].concat(),
    );
}

pub(crate) fn may_have_targets_as_long_as_the_limit(mode: Mode) {
    let server = start(mode);
    // The whole head is as long as it may be, by its target.
    let rest = Call::get("/").bytes().len();
    let target = |length: usize| Call::get(&format!("/{}", "x".repeat(length - rest))).bytes();
    all_answered(&server, &target(BYTES_MAX));
    all_refused(&server, &target(BYTES_MAX + 1), 431);
    all_refused(&server, &with_line(BYTES_MAX - 2), 431);
    all_refused(&server, &with_line(BYTES_MAX - 1), 414);
    all_refused(&server, &with_line(BYTES_MAX + 1), 414);
    all_refused(&server, &with_line(4 * BYTES_MAX), 414);
    let method = "X".repeat(BYTES_MAX);
    all_refused(&server, &Call::new(&method, "/").bytes(), 431);
    let server = Launch::under(mode, "limits")
        .args(["--max-header-bytes", "1MiB"])
        .start();
    let target = |length| Call::get(&format!("/{}", "x".repeat(length - 1))).bytes();
    all_answered(&server, &target(TARGET_MAX));
    all_refused(&server, &target(TARGET_MAX + 1), 414);
}

pub(crate) fn may_have_as_many_fields_as_the_limit(mode: Mode) {
    let server = start(mode);
    // `Host` is one.
    let with_fields = |count: usize| {
        let fields = (1..count).map(|number| (format!("x{number}"), "y"));
        let call = fields.fold(Call::get("/"), |call, (name, value)| {
            call.header(&name, value)
        });
        call.bytes()
    };
    all_answered(&server, &with_fields(FIELDS_MAX));
    all_refused(&server, &with_fields(FIELDS_MAX + 1), 431);
    let same = (1..=FIELDS_MAX).fold(Call::get("/"), |call, _| call.header("x", "y"));
    all_refused(&server, &same.bytes(), 431);
    all_refused(&server, &with_fields(500), 431);
}

/// Whoever sends without an end is not listened to for longer than the limit says.
pub(crate) fn are_refused_before_their_end(mode: Mode) {
    let server = start(mode);
    for (begin, status) in [
        ("GET /", 414),
        ("GET / HTTP/1.1\r\nHost: h\r\nx: ", 431),
        ("GET / HTTP/1.1\r\nHost: h\r\n", 431),
    ] {
        let mut connection = server.connect();
        let filler = "x".repeat(BYTES_MAX + 1 - begin.len());
        connection.send(format!("{begin}{filler}"));
        has_form(&connection.read().expect(status));
        assert!(connection.is_closed());
        let mut connection = server.connect();
        connection.send(format!("{begin}{}", &filler[1..]));
        // One byte less is waited on.
        connection.send("x");
        connection.read().expect(status);
    }
    let mut connection = server.connect();
    connection.send("\r\n".repeat(BYTES_MAX / 2));
    connection.send("\r");
    connection.read().expect(431);
}

/// Whoever refuses, this layer or hyper: each refusal is signed and says that it closes.
pub(crate) fn are_refused_in_one_form(mode: Mode) {
    let server = start(mode);
    for sent in [
        "GET / HTTP/1.1\r\nHost: h\r\nno name: x\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\n",
        "GET / HTTP/3.0\r\nHost: h\r\n\r\n",
        "G\"T / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.0\r\nHost : h\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x\r\n\r\nx",
    ] {
        all_refused(&server, sent.as_bytes(), 400);
    }
    // A long answer before it is sent to its end, and unchanged.
    let mut connection = server.connect();
    connection.send([Call::get("/large").bytes(), b"no request\r\n\r\n".to_vec()].concat());
    assert_eq!(connection.read().expect(200).body, vec![0; 1 << 20]);
    has_form(&connection.read().expect(400));
    assert!(connection.is_closed());
}

/// What a handler writes is left as it is, even if it looks like a refusal.
pub(crate) fn are_refused_where_they_are_refused_only(mode: Mode) {
    let server = start(mode);
    let mut connection = server.connect();
    connection.send("GET /like-a-refusal HTTP/1.0\r\nHost: h\r\n\r\n");
    let text = connection.read().expect(200).text();
    assert_eq!((&text[..5], &text[text.len() - 4..]), ("first", "last"));
    assert!(!text.contains("coachwhip"), "{text}");
}
