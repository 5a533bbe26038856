//! Two listeners that share nothing, and the admin listener's own manners.

use std::fs;
use std::net::TcpStream;

use crate::admin::client::Admin;
use crate::admin::gates::Gates;
use crate::support::{Launch, Mode, Server, Strategy};

pub(crate) fn neither_listener_has_the_other_ones_paths(mode: Mode) {
    let gates = Gates::new();
    let server = gates.app(mode).start();
    let admin = Admin::of(&server);
    for path in ["/", "/metrics", "/healthz", "/readyz", "/status"] {
        server.get(path).expect(404);
        assert_eq!(admin.get(path).status, 200, "{path}");
    }
    server.get("/plain").expect(200);
    assert_eq!(admin.get("/plain").status, 404);
    assert_eq!(admin.get("/status/").status, 404);
}

fn alone() -> Server {
    Launch::app("admin")
        .args(["--admin", "127.0.0.1:0"])
        .start()
}

#[test]
fn it_is_read_only() {
    let server = alone();
    let admin = Admin::of(&server);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let said = admin.ask(method, "/metrics").expect("an answer");
        assert_eq!(said.status, 405, "{method}");
        assert_eq!(said.field("allow"), Some("GET, HEAD"));
    }
    for path in ["/", "/healthz", "/status", "/metrics"] {
        let said = admin.ask("HEAD", path).expect("an answer");
        assert_eq!((said.status, said.body.as_str()), (200, ""), "{path}");
        assert_ne!(said.field("content-length"), Some("0"), "{path}");
        assert_eq!(said.field("cache-control"), Some("no-store"));
    }
    let metrics = admin.get("/metrics");
    let kind = "text/plain; version=0.0.4";
    assert_eq!(metrics.field("content-type"), Some(kind));
}

#[test]
fn it_is_off_by_default() {
    let server = Launch::app("admin").start();
    server.get("/plain").expect(200);
    assert!(!server.stderr().contains("admin"), "{}", server.stderr());
    assert!(!threads(&server).contains(&String::from("admin")));
    assert!(threads(&alone()).contains(&String::from("admin")));
}

fn threads(server: &Server) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.process_id()));
    let tasks = tasks.expect("a Linux /proc");
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).collect()
}

/// As many as may be open say nothing; they are given up, and whoever comes next is answered.
#[test]
fn silent_clients_keep_nobody_out() {
    let server = alone();
    let admin = Admin::of(&server);
    let Admin::Tcp(address) = &admin else {
        panic!("it listens on a port")
    };
    let silent: Vec<TcpStream> = (0..80)
        .map(|_| TcpStream::connect(address).expect("a connection"))
        .collect();
    assert_eq!(admin.get("/healthz").status, 200);
    drop(silent);
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
        "x".repeat(9_000)
    );
    let answer = admin.send(huge.as_bytes()).unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    assert_eq!(admin.get("/readyz").status, 200);
}

#[test]
fn a_bad_address_exits_2_and_one_in_use_exits_1() {
    let ended = Launch::app("admin").args(["--admin", "nowhere"]).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    for part in ["--admin", "nowhere", "HOST:PORT"] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    let server = alone();
    let taken = server.ready.address.to_string();
    let ended = Launch::app("admin").args(["--admin", &taken]).run();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    for part in [taken.as_str(), "in use"] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

/// Where the server falls back to another strategy, what is told is that one.
#[test]
fn a_fallback_is_told() {
    if !Strategy::Subinterp.is_possible() {
        return;
    }
    let server = Launch::app("refusing")
        .args(["--admin", "127.0.0.1:0"])
        .start();
    let admin = Admin::of(&server);
    assert_eq!(admin.status()["strategy"], "main");
    assert_eq!(admin.get("/readyz").status, 200);
    let scrape = admin.scrape();
    assert!((scrape.sum("build_info", &[("strategy", "main")]) - 1.0).abs() < 1e-9);
    assert!((scrape.sum("interpreters_created_total", &[]) - 1.0).abs() < 1e-9);
}
