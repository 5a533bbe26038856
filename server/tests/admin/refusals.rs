//! Why requests and clients are refused.

use crate::admin::client::Admin;
use crate::admin::gates::Gates;
use crate::support::{Call, Mode, eventually};

pub(crate) fn a_full_queue_is_counted(mode: Mode) {
    let gates = Gates::new();
    let app = gates
        .app(mode)
        .args(["--workers", "1", "--queue-depth", "1"]);
    let server = app.start();
    let admin = Admin::of(&server);
    let mut first = server.connect();
    first.send(Call::get("/gate/first").bytes());
    admin.doing("running", 1);
    let mut second = server.connect();
    second.send(Call::get("/plain").bytes());
    let scrape = admin.reaches("queue_depth", &[], 1.0);
    assert!((scrape.sum("queue_depth_max", &[]) - 1.0).abs() < 1e-9);
    for _ in 0..4 {
        server.get("/plain").expect(503);
    }
    let full = [("reason", "queue_full")];
    admin.reaches("refused_total", &full, 4.0);
    admin.reaches("refused_total", &[], 4.0);
    let scrape = admin.reaches("responses_total", &[("status", "5xx")], 4.0);
    let by_handlers = scrape.sum("requests_total", &[("status", "5xx")]);
    assert!(by_handlers.abs() < 1e-9, "no handler did so");
    assert_eq!(admin.status()["refused"]["queue_full"], 4);
    gates.open("first");
    first.read().expect(200);
    second.read().expect(200);
}

pub(crate) fn a_wait_that_is_too_long_is_counted(mode: Mode) {
    let gates = Gates::new();
    let app = gates
        .app(mode)
        .args(["--workers", "1", "--queue-timeout", "0.3"]);
    let server = app.start();
    let admin = Admin::of(&server);
    let mut first = server.connect();
    first.send(Call::get("/gate/first").bytes());
    admin.doing("running", 1);
    server.get("/plain").expect(503);
    let late = [("reason", "queue_timeout")];
    admin.reaches("refused_total", &late, 1.0);
    admin.reaches("refused_total", &[], 1.0);
    gates.open("first");
    first.read().expect(200);
}

/// Each of them once.
pub(crate) fn each_client_at_fault_is_counted(mode: Mode) {
    let gates = Gates::new();
    let app = gates.app(mode).args(["--max-body-bytes", "10"]);
    let server = app
        .args(["--header-timeout", "1", "--body-timeout", "1"])
        .start();
    let admin = Admin::of(&server);
    let long = format!(
        "GET /plain HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
        "x".repeat(1_000_000)
    );
    let rows = [
        ("GET /plain HTTP/1.1\r\n\r\n", "bad_request"),
        (
            "GET /plain HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n",
            "bad_request",
        ),
        (&long, "head_too_large"),
        ("GET /plain HTTP/1.1\r\nHos", "head_too_slow"),
        (
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
            "body_too_large",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na",
            "body_too_slow",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: tea\r\nContent-Length: 2\r\n\r\nab",
            "unsupported",
        ),
    ];
    let mut all = 0.0;
    for (request, reason) in rows {
        let labels = [("reason", reason)];
        let before = admin.scrape().sum("refused_total", &labels);
        let mut connection = server.connect();
        // The server may close before it has read all of it.
        let _ = connection.try_send(request);
        eventually(reason, || {
            connection.is_closed().then_some(()).or_else(|| {
                connection.rest();
                Some(())
            })
        });
        admin.reaches("refused_total", &labels, before + 1.0);
        all += 1.0;
        admin.reaches("refused_total", &[], all);
    }
    server.get("/plain").expect(200);
    admin.reaches("refused_total", &[], all);
}
