//! Server-sent events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::server::shared;
use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

fn one_worker(mode: Mode) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--keep-alive-timeout", "1"])
        .start()
}

fn formatted(server: &Server, positional: &Value, named: &Value) -> String {
    let arguments = json!({"positional": positional, "named": named}).to_string();
    let call = Call::post("/events/format", arguments);
    server.call(&call).expect(200).text()
}

pub(crate) fn are_written_as_clients_read_them(mode: Mode) {
    let server = shared(mode);
    for (positional, named, expected) in [
        (json!(["text"]), json!({}), "data: text\n\n"),
        (json!([""]), json!({}), "data: \n\n"),
        (
            json!(["one\ntwo\r\nthree\rfour"]),
            json!({}),
            "data: one\ndata: two\ndata: three\ndata: four\n\n",
        ),
        (json!([" grüße\n"]), json!({}), "data:  grüße\ndata: \n\n"),
        (
            json!(["text"]),
            json!({"event": "news", "id": "7", "retry": 3000}),
            "event: news\nid: 7\nretry: 3000\ndata: text\n\n",
        ),
        (json!([]), json!({"id": ""}), "id: \n\n"),
        (json!([null]), json!({"retry": 0}), "retry: 0\n\n"),
    ] {
        assert_eq!(formatted(&server, &positional, &named), expected);
    }
}

pub(crate) fn refuse_what_is_no_event(mode: Mode) {
    let server = shared(mode);
    for (positional, named, expected) in [
        (json!([]), json!({}), "ValueError: an event has data"),
        (
            json!([1]),
            json!({}),
            "TypeError: data of an event must be str",
        ),
        (
            json!(["x"]),
            json!({"event": "a\nb"}),
            "ValueError: event of an event",
        ),
        (
            json!(["x"]),
            json!({"id": "a\rb"}),
            "ValueError: id of an event",
        ),
        (
            json!(["x"]),
            json!({"id": "a\u{0}b"}),
            "ValueError: id of an event",
        ),
        (
            json!(["x"]),
            json!({"retry": -1}),
            "ValueError: retry of an event",
        ),
        (
            json!(["x"]),
            json!({"retry": 1.5}),
            "TypeError: retry of an event",
        ),
    ] {
        let text = formatted(&server, &positional, &named);
        assert!(text.starts_with(expected), "{text} in place of {expected}");
    }
}

fn subscribe(server: &Server, name: &str) -> Connection {
    let mut connection = server.connect();
    connection.send(Call::get(&format!("/events/subscribe/{name}")).bytes());
    let head = connection.read_head().expect(200);
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(head.header("cache-control"), Some("no-cache"));
    assert_eq!(head.header("x-name"), Some(name));
    connection
}

fn publish(server: &Server, name: &str, text: &str) {
    let call = Call::post(&format!("/events/publish/{name}"), text);
    server.call(&call).expect(204);
}

/// The head before the first event, and each event before the next one is made.
pub(crate) fn come_at_once(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = subscribe(&server, "a");
    for text in ["one", "two"] {
        publish(&server, "a", text);
        let expected = format!("id: a\ndata: {text}\n\n");
        assert_eq!(connection.chunk(), expected.into_bytes());
    }
    publish(&server, "a", "end");
    assert_eq!(connection.chunk(), b"");
    server.get("/value/int").expect(200);
}

pub(crate) fn outlive_the_keep_alive_timeout(mode: Mode) {
    let server = one_worker(mode);
    let mut connection = subscribe(&server, "idle");
    let mut ordinary = server.connect();
    ordinary.call(&Call::get("/value/int")).expect(200);
    assert!(ordinary.is_closed(), "an idle connection is closed");
    std::thread::sleep(Duration::from_secs(1));
    publish(&server, "idle", "still here");
    assert_eq!(connection.chunk(), b"id: idle\ndata: still here\n\n");
}

pub(crate) fn end_when_the_client_leaves(mode: Mode) {
    let server = one_worker(mode);
    drop(subscribe(&server, "gone"));
    eventually("the generator's finally has run", || {
        let left = server.get("/events/left").expect(200).json();
        (left == json!(["gone"])).then_some(())
    });
    assert!(!server.stop().stderr.contains("handler failed"));
}

pub(crate) fn have_the_content_type_of_an_event_stream(mode: Mode) {
    let server = shared(mode);
    let answer = server.get("/events/sync").expect(200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.text(), "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    let wrong = server.get("/events/wrong").expect(500).text();
    assert!(
        wrong.contains("from an iterator or async iterator, not list"),
        "{wrong}"
    );
}
