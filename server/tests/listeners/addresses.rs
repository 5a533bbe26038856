//! TCP: IPv4, IPv6, names, ports that are shared, connections that wait; and several listeners.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Launch, Mode, PATIENCE, Server, eventually};
use crate::{address, ask, ask_unix, bare, fails, place};

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("the server listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a time limit");
    stream
}

pub(crate) fn are_served_at_once(mode: Mode) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let unix = format!("unix:{}", path.display());
    let server = Launch::under(mode, "listeners")
        .args([
            "--bind",
            "[::1]:0",
            "--bind",
            &unix,
            "--bind",
            "127.0.0.3:0",
        ])
        .start();
    let (v6, unix_line, other) = (server.next_line(), server.next_line(), server.next_line());
    assert_eq!(place(&unix_line), unix);
    for address in [server.ready.address, address(&v6), address(&other)] {
        assert_ne!(address.port(), 0);
        let stream = connect(address);
        let local = stream.local_addr().expect("an address");
        let expected = json!([local.ip().to_string(), local.port()]);
        assert_eq!(ask(stream)["client"], expected);
    }
    assert!(address(&v6).is_ipv6());
    assert_eq!(ask_unix(&path)["client"], json!(null));
    server.stop();
    assert!(
        TcpStream::connect(address(&v6)).is_err(),
        "the address is free"
    );
    assert!(!path.exists(), "the file is removed");
}

#[test]
fn ipv6_listens_for_ipv6_alone() {
    let server = bare()
        .args(["--bind", "127.0.0.1:0", "--bind", "[::]:0"])
        .start();
    let v6 = address(&server.next_line());
    ask(connect(SocketAddr::new(
        "::1".parse().expect("an address"),
        v6.port(),
    )));
    // Nobody else's, in case the port is taken there: this process may have it.
    TcpListener::bind(("0.0.0.0", v6.port())).expect("IPv4 is left free");
}

#[test]
fn a_name_is_its_first_address() {
    let server = bare().args(["--bind", "localhost:0"]).start();
    assert!(server.ready.address.ip().is_loopback());
    ask(connect(server.ready.address));
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port();
    let place = format!("127.0.0.1:{port}");
    fails(bare().args(["--bind", &place]), 1, &[&place, "in use"]);
}

#[test]
fn addresses_that_can_t_be_had_are_named() {
    for (place, cause) in [
        ("192.0.2.1:0", "Cannot assign requested address"),
        ("no-such-host.invalid:80", "failed to lookup address"),
    ] {
        let launch = bare().args(["--bind", place]);
        fails(launch, 1, &[&format!("can't listen on {place}: "), cause]);
    }
    // One that fails ends what was begun with the others.
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let unix = format!("unix:{}", path.display());
    fails(
        bare().args(["--bind", &unix, "--bind", "192.0.2.1:0"]),
        1,
        &["192.0.2.1"],
    );
    assert!(!path.exists());
}

#[test]
fn values_that_are_none_exit_2() {
    let long = format!("unix:/{}", "p".repeat(107));
    for (option, value, expected) in [
        ("--bind", long.as_str(), "at most 107 bytes"),
        ("--bind", "unix:relative", "unix:/path"),
        ("--unix-mode", "0o600", "octal"),
        ("--backlog", "0", "from 1"),
        ("--trusted-proxies", "localhost", "a network"),
    ] {
        fails(bare().args([option, value]), 2, &[option, expected]);
    }
    fails(
        bare().args(["--proxy-protocol"]),
        2,
        &["--proxy-protocol", "trusted_proxies"],
    );
}

#[test]
fn a_port_is_shared_by_those_who_say_so() {
    let first = bare()
        .args(["--bind", "127.0.0.1:0", "--reuse-port"])
        .start();
    let place = first.ready.address.to_string();
    fails(bare().args(["--bind", &place]), 1, &[&place, "in use"]);
    let second = bare().args(["--bind", &place, "--reuse-port"]).start();
    let mut answered = HashSet::new();
    eventually("both processes answer", || {
        answered.insert(ask(connect(first.ready.address))["process"].as_i64());
        (answered.len() == 2).then_some(())
    });
    first.stop();
    let left = ask(connect(second.ready.address))["process"].as_i64();
    assert_eq!(left, Some(second.process_id().into()));
    let alone = bare().args(["--bind", "127.0.0.1:0"]).start();
    let place = alone.ready.address.to_string();
    let launch = bare().args(["--bind", &place, "--reuse-port"]);
    fails(launch, 1, &[&place, "in use"]);
}

/// How many connections a server that has been stopped lets wait, eight at most.
fn waiting(server: &Server) -> usize {
    server.signal(Signal::STOP);
    let stat = format!("/proc/{}/stat", server.process_id());
    eventually("the process is stopped", || {
        let stat = std::fs::read_to_string(&stat).ok()?;
        stat.contains(") T ").then_some(())
    });
    let connect = || TcpStream::connect_timeout(&server.ready.address, Duration::from_millis(500));
    let waiting: Vec<_> = (0..8).map_while(|_| connect().ok()).collect();
    waiting.len()
}

#[test]
fn the_backlog_bounds_what_waits_to_be_accepted() {
    let bounded = bare()
        .args(["--bind", "127.0.0.1:0", "--backlog", "1"])
        .start();
    // Linux keeps one more than it is told.
    assert_eq!(waiting(&bounded), 2);
    let unbounded = bare().args(["--bind", "127.0.0.1:0"]).start();
    assert_eq!(waiting(&unbounded), 8);
}
