//! `Forwarded`, `X-Forwarded-For` and `X-Forwarded-Proto`. All their forms: `server/src/http/forwarded/tests.rs`.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use serde_json::json;
use tempfile::TempDir;

use crate::support::socket::SocketClient;
use crate::support::{Call, Launch, Mode, PATIENCE};
use crate::{PROXY, connect_from, seen, start, whom};

/// Names and values of header fields.
type Fields = &'static [(&'static str, &'static str)];

/// Fields of the kinds that are believed, and the client that they tell of.
const CASES: [(&str, Fields, (&str, u16, &str)); 6] = [
    (
        "X-Forwarded-For",
        &[("X-Forwarded-For", "9.9.9.9, 8.8.8.8")],
        ("8.8.8.8", 0, "http"),
    ),
    (
        "through a second proxy",
        &[("X-Forwarded-For", "9.9.9.9, 8.8.8.8, 127.0.0.2")],
        ("8.8.8.8", 0, "http"),
    ),
    (
        "X-Forwarded-Proto",
        &[
            ("X-Forwarded-For", "2001:db8::1"),
            ("X-Forwarded-Proto", "https"),
        ],
        ("2001:db8::1", 0, "https"),
    ),
    (
        "Forwarded",
        &[(
            "Forwarded",
            "for=9.9.9.9, for=\"[2001:db8::1]:4711\";proto=https",
        )],
        ("2001:db8::1", 4711, "https"),
    ),
    (
        "fields of one name",
        &[("Forwarded", "for=9.9.9.9"), ("Forwarded", "for=8.8.8.8")],
        ("8.8.8.8", 0, "http"),
    ),
    (
        "both, which agree",
        &[("Forwarded", "for=8.8.8.8"), ("X-Forwarded-For", "8.8.8.8")],
        ("8.8.8.8", 0, "http"),
    ),
];

fn call(fields: &[(&str, &str)]) -> Call {
    let call = Call::get("/");
    fields
        .iter()
        .fold(call, |call, (name, value)| call.header(name, value))
}

pub(crate) fn is_believed_from_trusted_proxies(mode: Mode) {
    let server = start(mode, &[]);
    let mut connection = connect_from(PROXY, &server);
    let proxy = whom(PROXY, connection.local_address().port(), "http");
    for (what, fields, (host, port, scheme)) in CASES {
        let told = seen(connection.call(&call(fields)));
        assert_eq!(told, whom(host, port, scheme), "{what}");
        // Each request of a connection is judged by itself.
        assert_eq!(seen(connection.call(&call(&[]))), proxy, "after {what}");
    }
    let hidden = call(&[("Forwarded", "for=_hidden")]);
    assert_eq!(seen(connection.call(&hidden)), proxy);
}

pub(crate) fn is_passed_on_unchanged_whoever_sends_it(mode: Mode) {
    let server = start(mode, &[]);
    for address in [PROXY, "127.0.0.1"] {
        let mut connection = connect_from(address, &server);
        let fields = [
            ("Forwarded", "for=8.8.8.8 ,for=\"garbage"),
            ("X-Forwarded-For", "1, 2"),
            ("X-Forwarded-For", "3"),
            ("X-Forwarded-Host", "elsewhere"),
        ];
        let seen = connection.call(&call(&fields)).expect(200).json();
        assert_eq!(
            seen["fields"],
            json!([
                ["forwarded", "for=8.8.8.8 ,for=\"garbage"],
                ["x-forwarded-for", "1, 2"],
                ["x-forwarded-for", "3"],
                ["x-forwarded-host", "elsewhere"],
            ])
        );
        assert_eq!(seen["host"], "test", "X-Forwarded-Host is not believed");
    }
}

pub(crate) fn is_not_believed_from_others(mode: Mode) {
    let trusting = start(mode, &[]);
    let suspicious = Launch::under(mode, "proxies").start();
    for (server, address) in [(&trusting, "127.0.0.1"), (&suspicious, PROXY)] {
        let mut connection = connect_from(address, server);
        let client = whom(address, connection.local_address().port(), "http");
        for (what, fields, _) in CASES {
            assert_eq!(seen(connection.call(&call(fields))), client, "{what}");
        }
        // To contradict oneself is nothing to a server that believes neither.
        let fields = [("Forwarded", "for=8.8.8.8"), ("X-Forwarded-For", "9.9.9.9")];
        assert_eq!(seen(connection.call(&call(&fields))), client);
    }
}

pub(crate) fn that_contradicts_itself_is_refused(mode: Mode) {
    let server = start(mode, &[]);
    for fields in [
        [("Forwarded", "for=9.9.9.9"), ("X-Forwarded-For", "8.8.8.8")],
        [
            ("X-Forwarded-Proto", "http"),
            ("Forwarded", "for=8.8.8.8;proto=https"),
        ],
    ] {
        let mut connection = connect_from(PROXY, &server);
        connection.call(&call(&fields)).expect(400);
        assert!(connection.is_closed());
    }
}

pub(crate) fn is_believed_on_unix_sockets_if_told_so(mode: Mode) {
    for (proxies, client) in [
        ("unix", json!(["8.8.8.8", 0])),
        ("*", json!(["8.8.8.8", 0])),
        ("127.0.0.0/8", json!(null)),
    ] {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("socket");
        let _server = Launch::under(mode, "proxies")
            .args(["--trusted-proxies", proxies, "--bind"])
            .args([format!("unix:{}", path.display())])
            .start();
        let mut stream = UnixStream::connect(&path).expect("the server listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        let call = Call::get("/")
            .header("X-Forwarded-For", "8.8.8.8")
            .header("Connection", "close");
        stream.write_all(&call.bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let seen: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(seen["client"], client, "{proxies}");
    }
}

pub(crate) fn holds_for_websockets(mode: Mode) {
    let server = Launch::under(mode, "proxies")
        .args(["--trusted-proxies", "127.0.0.1"])
        .start();
    let fields = [("X-Forwarded-For", "8.8.8.8"), ("X-Forwarded-Proto", "wss")];
    let mut client = SocketClient::open_with(&server, "/socket", &fields);
    assert_eq!(client.receive_text(), "8.8.8.8 https");
}
