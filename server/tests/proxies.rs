//! Proxies before the server: whom it takes for the client, and who is believed about that.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

#[path = "proxies/forwarded.rs"]
mod forwarded;
#[path = "proxies/header.rs"]
mod header;

use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use support::{Answer, Connection, Launch, Mode, PATIENCE, Server};

support::mode::under_every! { mode;
    forwarded: [
        is_believed_from_trusted_proxies,
        is_passed_on_unchanged_whoever_sends_it,
        is_not_believed_from_others,
        that_contradicts_itself_is_refused,
        is_believed_on_unix_sockets_if_told_so,
        holds_for_websockets,
    ],
    header: [
        names_the_client_in_both_versions,
        is_read_in_any_pieces_and_not_a_byte_beyond,
        without_a_client_leaves_the_proxys_address,
        is_required_and_well_formed,
        is_taken_from_trusted_proxies_alone,
        is_not_waited_for_without_end,
        does_not_hold_up_the_end,
        comes_before_forwarded_fields,
        comes_before_tls,
        is_read_on_unix_sockets,
    ],
}

/// The address of the proxy that the servers of these tests trust; others of the machine's own network are strangers.
const PROXY: &str = "127.0.0.2";

fn start(mode: Mode, options: &[&str]) -> Server {
    Launch::under(mode, "proxies")
        .args(["--trusted-proxies", PROXY])
        .args(options)
        .start()
}

/// A connection from an address of this machine.
fn connect_from(address: &str, server: &Server) -> Connection {
    Connection::over(socket_from(address, server), server).expect("an open connection")
}

fn socket_from(address: &str, server: &Server) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let from: SocketAddr = format!("{address}:0").parse().expect("an address");
    socket
        .bind(&from.into())
        .expect("an address of this machine");
    let to = server.ready.address.into();
    socket
        .connect_timeout(&to, PATIENCE)
        .expect("the server listens");
    socket.into()
}

/// Client and scheme as the handler saw them.
fn seen(answer: Answer) -> (Value, String) {
    let mut seen = answer.expect(200).json();
    let scheme = seen["scheme"].as_str().map(str::to_owned);
    (seen["client"].take(), scheme.expect("a scheme"))
}

/// What [`seen`] gives.
fn whom(host: &str, port: u16, scheme: &str) -> (Value, String) {
    (json!([host, port]), scheme.to_owned())
}
