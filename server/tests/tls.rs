//! TLS: handshakes, certificates and their renewal, certificates of clients, and what does not start.
//!
//! What happens on connections once they are open is tested with the other promises, in modes `over_tls`.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

/// One file a topic.
mod tls {
    mod certificates;
    mod clients;
    mod handshakes;
    mod renewal;
    mod starting;
}

use std::fs;
use std::io::{Read as _, Result, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use support::tls::{Pair, Stream};
use support::{Launch, PATIENCE, Server};
use tokio_rustls::rustls::client::ClientConfig;

/// A server with the certificates of `pairs`, in that order, whose one handler answers `here`.
fn launch(pairs: &[Pair]) -> Launch {
    let launch = Launch::app("slow_clients");
    pairs
        .iter()
        .fold(launch, |launch, pair| launch.args(pair.options()))
}

/// A connection without TLS.
fn raw(server: &Server) -> TcpStream {
    let socket = TcpStream::connect_timeout(&server.ready.address, PATIENCE);
    let socket = socket.expect("a connection");
    let limited = socket.set_read_timeout(Some(PATIENCE));
    limited.expect("a time limit");
    socket
}

/// A connection of such a client, which asks for that name.
fn connect(server: &Server, client: &Arc<ClientConfig>, name: &str) -> Stream {
    try_connect(server, client, name).expect("a handshake")
}

fn try_connect(server: &Server, client: &Arc<ClientConfig>, name: &str) -> Result<Stream> {
    let mut stream = Stream::tls(raw(server), client, name);
    stream.handshake()?;
    Ok(stream)
}

/// Asks for `/` on a connection that stays open.
fn ask(stream: &mut Stream) -> Result<()> {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"here") {
        let mut piece = [0; 1024];
        let count = stream.read(&mut piece)?;
        assert!(count > 0, "closed after {answer:?}");
        answer.extend_from_slice(&piece[..count]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    Ok(())
}

/// Whether the server has shown the certificate of that pair.
fn has_shown(stream: &mut Stream, pair: &Pair) -> bool {
    let shown = stream.session().peer_certificates();
    let shown = shown.expect("a server has a certificate");
    let file = fs::read(&pair.certificate).expect("the certificate");
    shown[0] == support::tls::first_certificate(&file)
}
