//! Where the server listens: addresses, unix sockets, sockets that it was handed.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

#[path = "listeners/addresses.rs"]
mod addresses;
#[path = "listeners/handed_over.rs"]
mod handed_over;
#[path = "listeners/unix.rs"]
mod unix;

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;

use support::{Call, Ended, Launch, PATIENCE, handlers};

support::mode::under_every! { mode;
    addresses: [
        are_served_at_once,
    ],
    handed_over: [
        sockets_are_served_without_being_named,
    ],
}

/// A server of `handlers/listeners.py` that listens on nothing unless told.
fn bare() -> Launch {
    Launch::bare()
        .args(["--pythonpath"])
        .args([handlers()])
        .args(["--strategy", "main", "listeners"])
}

/// Where a ready line says that the server listens.
fn place(line: &str) -> &str {
    let rest = line.strip_prefix("listening on ").expect("a ready line");
    rest.split(' ').next().expect("a word")
}

/// The address in a ready line.
fn address(line: &str) -> SocketAddr {
    let address = place(line).strip_prefix("http://");
    address
        .and_then(|text| text.parse().ok())
        .expect("an address")
}

/// The answer to a request on a connection of its own.
fn ask(mut stream: impl std::io::Read + std::io::Write) -> serde_json::Value {
    let call = Call::get("/").header("Connection", "close");
    stream.write_all(&call.bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

fn ask_unix(path: &Path) -> serde_json::Value {
    let stream = UnixStream::connect(path).expect("a connection");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a time limit");
    ask(stream)
}

/// Runs what must not start, with an exit status and a message with these parts.
#[track_caller]
fn fails(launch: Launch, status: i32, parts: &[&str]) {
    let Ended {
        code,
        stdout,
        stderr,
    } = launch.run();
    assert_eq!((code, stdout.as_str()), (Some(status), ""), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "one message: {stderr}");
    for part in parts {
        assert!(stderr.contains(part), "no {part:?} in {stderr}");
    }
}
