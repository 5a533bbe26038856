//! What is counted, and exactly so.

use crate::admin::client::Admin;
use crate::admin::gates::Gates;
use crate::admin::scrape::float;
use crate::support::socket::SocketClient;
use crate::support::strategy::python_version;
use crate::support::{Call, Connection, Mode, Server};

fn start(mode: Mode) -> (Gates, Server, Admin) {
    let gates = Gates::new();
    let server = gates.app(mode).args(["--workers", "2"]).start();
    let admin = Admin::of(&server);
    (gates, server, admin)
}

/// Handlers' answers by class, and beside them those of the server itself.
pub(crate) fn requests_are_counted_by_class(mode: Mode) {
    let (_gates, server, admin) = start(mode);
    let mut connection = server.connect();
    let asked = [
        ("/plain", 200, 7),
        ("/answers/302", 302, 1),
        ("/answers/404", 404, 3),
        ("/raises", 500, 2),
        ("/no-such-route", 404, 5),
    ];
    for (path, status, times) in asked {
        for _ in 0..times {
            connection.call(&Call::get(path)).expect(status);
        }
    }
    let post = Call::post("/plain", "");
    connection.call(&post).expect(405);
    for (class, by_handlers, by_all) in [
        ("1xx", 0.0, 0.0),
        ("2xx", 7.0, 7.0),
        ("3xx", 1.0, 1.0),
        ("4xx", 3.0, 9.0),
        ("5xx", 2.0, 2.0),
    ] {
        admin.reaches("requests_total", &[("status", class)], by_handlers);
        admin.reaches("responses_total", &[("status", class)], by_all);
    }
    let scrape = admin.reaches("handler_run_seconds_count", &[], 13.0);
    assert!((scrape.sum("queue_wait_seconds_count", &[]) - 13.0).abs() < 1e-9);
    assert!(scrape.sum("requests_under_way", &[]).abs() < 1e-9);
    assert!(scrape.sum("refused_total", &[]).abs() < 1e-9);
    let status = admin.status();
    assert_eq!(status["responses"]["4xx"], 9);
    let workers = status["workers"].as_array().expect("a list");
    let answered = |class: &str| -> u64 {
        let counts = workers.iter().map(|one| one["requests"][class].as_u64());
        counts.map(|count| count.expect("a count")).sum()
    };
    assert_eq!([answered("2xx"), answered("5xx")], [7, 2]);
}

/// While they run, and when they are cancelled after their clients have left.
pub(crate) fn handlers_of_sockets_are_counted(mode: Mode) {
    let gates = Gates::new();
    let launch = gates.app(mode).args(["--departure-timeout", "1"]);
    let server = launch.start();
    let admin = Admin::of(&server);
    let clients: Vec<_> = (0..3)
        .map(|_| SocketClient::open(&server, "/socket"))
        .collect();
    admin.reaches("websocket_handlers", &[], 3.0);
    drop(clients);
    admin.reaches("websocket_handlers_abandoned_total", &[], 3.0);
    admin.reaches("websocket_handlers", &[], 0.0);
    let status = admin.status();
    let workers = status["workers"].as_array().expect("a list");
    let sum = |key: &str| -> u64 { workers.iter().filter_map(|one| one[key].as_u64()).sum() };
    assert_eq!([sum("websockets"), sum("websockets_abandoned")], [0, 3]);
}

pub(crate) fn bytes_are_counted_exactly(mode: Mode) {
    let (_gates, server, admin) = start(mode);
    let (mut received, mut sent) = (0, 0);
    for body in ["", "a body", &"long ".repeat(40_000)] {
        let call = Call::post("/echo", body).header("Connection", "close");
        let mut connection = server.connect();
        connection.send(call.bytes());
        received += call.bytes().len();
        sent += connection.rest().len();
    }
    admin.reaches("received_bytes_total", &[], float(received));
    admin.reaches("sent_bytes_total", &[], float(sent));
    assert!(sent > 200_000, "the bodies came back");
    let status = admin.status();
    assert_eq!(status["bytes"]["received"], received);
    assert_eq!(status["bytes"]["sent"], sent);
}

pub(crate) fn connections_are_counted_while_they_are_open(mode: Mode) {
    let (_gates, server, admin) = start(mode);
    let open: Vec<Connection> = (0..5).map(|_| server.connect()).collect();
    let scrape = admin.reaches("connections_open", &[], 5.0);
    assert!((scrape.sum("connections_accepted_total", &[]) - 5.0).abs() < 1e-9);
    assert_eq!(admin.status()["connections"]["open"], 5);
    drop(open);
    let scrape = admin.reaches("connections_open", &[], 0.0);
    assert!((scrape.sum("connections_accepted_total", &[]) - 5.0).abs() < 1e-9);
    server.get("/plain").expect(200);
    let scrape = admin.reaches("connections_accepted_total", &[], 6.0);
    assert!(scrape.sum("accept_errors_total", &[]).abs() < 1e-9);
}

/// Interpreters, build and process.
pub(crate) fn what_was_made_is_told(mode: Mode) {
    let (_gates, server, admin) = start(mode);
    server.get("/plain").expect(200);
    let scrape = admin.reaches("requests_total", &[], 1.0);
    let interpreters = mode.strategy.interpreters(2);
    let is = |name: &str, labels: &[(&str, &str)], wanted: f64| {
        let sum = scrape.sum(name, labels);
        assert!((sum - wanted).abs() < 1e-9, "{name}{labels:?} is {sum}");
    };
    is("interpreters_created_total", &[], float(interpreters));
    is("workers", &[("state", "serving")], 2.0);
    is("workers", &[], 2.0);
    is("workers_lost_total", &[], 0.0);
    is("ready", &[], 1.0);
    assert_eq!(
        scrape.values("requests_total", "interpreter").len(),
        interpreters
    );
    assert_eq!(scrape.values("requests_total", "worker").len(), 2);
    let build = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("python", python_version()),
        ("strategy", mode.strategy.name()),
        ("dispatch", mode.dispatch.name()),
    ];
    is("build_info", &build, 1.0);
    assert!(scrape.sum("process_resident_memory_bytes", &[]) > 1e6);
    assert!(scrape.sum("process_proportional_memory_bytes", &[]) > 1e6);
    assert!(scrape.sum("process_start_time_seconds", &[]) > 1.7e9);
    assert!(scrape.sum("process_open_fds", &[]) > 5.0);
    assert!(scrape.sum("process_threads", &[]) > 4.0);
    let status = admin.status();
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["strategy"], mode.strategy.name());
    assert_eq!(status["dispatch"], mode.dispatch.name());
    assert_eq!(status["python"], python_version());
    assert_eq!(status["app"], "admin");
    assert_eq!(status["phase"], "serving");
    let url = format!("http://{}", server.ready.address);
    assert_eq!(status["listeners"], serde_json::json!([url]));
}
