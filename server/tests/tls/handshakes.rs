//! What is agreed on, who is too slow for it, and who speaks something else.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio_rustls::rustls::client::{ClientConfig, ClientConnection};
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    AlertDescription, Error, HandshakeKind, StreamOwned, SupportedProtocolVersion,
};

use crate::support::tls::{Authority, Stream};
use crate::support::{Launch, Server};
use crate::{ask, connect, raw, try_connect};

fn launch(authority: &Arc<Authority>) -> Launch {
    Launch::app("slow_clients").over_tls(authority)
}

fn client_of(
    authority: &Authority,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let config = ClientConfig::builder_with_protocol_versions(&[version]);
    let config = config.with_root_certificates(authority.roots());
    Arc::new(config.with_no_client_auth())
}

/// The bytes with which a client begins.
fn client_hello(authority: &Authority) -> Vec<u8> {
    let name = ServerName::try_from("localhost").expect("a name");
    let mut connection = ClientConnection::new(authority.client(), name).expect("settings");
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes).expect("a vector");
    bytes
}

#[test]
fn tls_1_2_and_1_3_are_spoken() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    assert!(server.ready.is_https(), "{}", server.ready.line);
    for version in [&TLS12, &TLS13] {
        let mut stream = connect(&server, &client_of(&authority, version), "localhost");
        assert_eq!(stream.session().protocol_version(), Some(version.version));
        ask(&mut stream).expect("an answer");
    }
}

#[test]
fn older_versions_are_refused_by_an_alert() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    for minor in [0, 1, 2] {
        // With one suite, and none of the extensions that came later.
        let mut hello = vec![3, minor];
        hello.extend([7; 32]);
        hello.extend([0, 0, 2, 0, 0x2f, 1, 0]);
        let length = u8::try_from(hello.len()).expect("a short one");
        let mut bytes = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
        bytes.extend(hello);
        for each in [1, 5, 11, 1000] {
            let mut socket = raw(&server);
            for piece in bytes.chunks(each) {
                // The alert may be there before the last piece is sent.
                let _ = socket.write_all(piece);
            }
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).expect("no reset");
            // RFC 8446 section 6.2: an alert, fatal, `protocol_version`.
            assert_eq!(answer, [21, 3, 1, 0, 2, 2, 70], "{minor} {each}");
        }
    }
}

#[test]
fn handshake_that_comes_in_single_bytes_is_done() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    let hello = client_hello(&authority);
    let mut socket = raw(&server);
    socket.set_nodelay(true).expect("a socket");
    for byte in hello {
        socket.write_all(&[byte]).expect("a socket");
    }
    let mut record = [0; 6];
    socket.read_exact(&mut record).expect("an answer");
    // A handshake record with a ServerHello.
    assert_eq!((record[0], record[5]), (22, 2));
}

#[test]
fn protocols_are_agreed_on() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    let offer = |protocols: &[&[u8]]| {
        let mut config = ClientConfig::clone(&authority.client());
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        try_connect(&server, &Arc::new(config), "localhost")
    };
    for (offered, agreed) in [
        (&[][..], None),
        (&[&b"http/1.1"[..]], Some(&b"http/1.1"[..])),
        (&[b"foo", b"http/1.1"], Some(b"http/1.1")),
    ] {
        let mut stream = offer(offered).expect("a handshake");
        assert_eq!(stream.session().alpn_protocol(), agreed);
        ask(&mut stream).expect("an answer");
    }
    for offered in [&[&b"h2"[..], b"http/1.1"], &[&b"http/1.1"[..], b"h2"]] {
        let mut stream = offer(offered).expect("a handshake");
        assert_eq!(stream.session().alpn_protocol(), Some(&b"h2"[..]));
        // The server begins with its settings, RFC 9113 section 3.4.
        let mut head = [0; 9];
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
            .expect("a connection");
        stream.read_exact(&mut head).expect("a frame");
        assert_eq!((head[3], &head[5..]), (4, &[0; 4][..]));
    }
    let error = offer(&[b"foo"]).expect_err("nothing in common");
    let alert = Error::AlertReceived(AlertDescription::NoApplicationProtocol);
    assert_eq!(error.to_string(), alert.to_string());
}

#[test]
fn sessions_are_resumed() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    for version in [&TLS12, &TLS13] {
        let client = client_of(&authority, version);
        let kind = || {
            let mut stream = connect(&server, &client, "localhost");
            ask(&mut stream).expect("an answer");
            stream.session().handshake_kind()
        };
        assert_eq!(kind(), Some(HandshakeKind::Full));
        assert_eq!(kind(), Some(HandshakeKind::Resumed));
    }
}

#[test]
fn unix_sockets_speak_tls_too() {
    let authority = Authority::new();
    let path = authority.path("server.sock");
    let bind = format!("unix:{}", path.display());
    let server = launch(&authority).args(["--bind", &bind]).start();
    server.get("/").expect(200);
    let socket = UnixStream::connect(&path).expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(authority.client(), name).expect("settings");
    let mut stream = StreamOwned::new(connection, socket);
    let call = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    stream.write_all(call).expect("a handshake");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("an end that is said");
    assert!(answer.ends_with("\r\n\r\nhere"), "{answer}");
}

/// One connection may be open, so the next one is served only when the first is given up.
fn alone(authority: &Arc<Authority>) -> Server {
    let limits = "--header-timeout 1 --keep-alive-timeout 80000 --max-connections 1";
    launch(authority).args(limits.split(' ')).start()
}

#[test]
fn handshakes_have_the_time_of_a_head() {
    let authority = Authority::new();
    let server = alone(&authority);
    let hello = client_hello(&authority);
    for sent in [&[][..], &hello[..1], &hello[..hello.len() / 2], &hello] {
        let mut silent = raw(&server);
        silent.write_all(sent).expect("a socket");
        server.get("/").expect(200);
        drop(silent);
    }
    // Once it is done, a connection may be idle for longer.
    let mut idle = connect(&server, &authority.client(), "localhost");
    thread::sleep(Duration::from_millis(1500));
    ask(&mut idle).expect("an answer");
}

#[test]
fn handshakes_are_not_prolonged_by_sending() {
    let authority = Authority::new();
    let server = alone(&authority);
    let hello = client_hello(&authority);
    let mut slow = raw(&server);
    slow.set_nodelay(true).expect("a socket");
    let sent = hello.iter().take_while(|byte| {
        thread::sleep(Duration::from_millis(50));
        slow.write_all(&[**byte]).is_ok()
    });
    // At 20 bytes a second, the whole would take longer by far.
    assert!(sent.count() < hello.len(), "{} bytes", hello.len());
    server.get("/").expect(200);
}

#[test]
fn clients_may_vanish_in_a_handshake() {
    let authority = Authority::new();
    let server = launch(&authority).args(["--max-connections", "1"]).start();
    let hello = client_hello(&authority);
    for end in [0, 1, 5, 100, hello.len()] {
        for shut in [false, true] {
            let mut gone = raw(&server);
            gone.write_all(&hello[..end]).expect("a socket");
            if shut {
                gone.shutdown(Shutdown::Write).expect("a socket");
                let _ = gone.read_to_end(&mut Vec::new());
            }
        }
    }
    server.get("/").expect(200);
    is_not_blamed(&server);
}

#[test]
fn garbage_ends_its_connection_alone() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    let hello = client_hello(&authority);
    let mut twisted = hello.clone();
    // The length of the session's id.
    twisted[43] ^= 0xff;
    let garbage: [&[u8]; 9] = [
        &[0; 64],
        &[0xff; 4096],
        &[0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10],
        b"\x16\x03\x01\xff\xff too long a record",
        b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x14\x03\x03\x00\x01\x01",
        b"\x17\x03\x03\x00\x05hello",
        &twisted,
    ];
    for bytes in garbage {
        let mut socket = raw(&server);
        socket.write_all(bytes).expect("a socket");
        socket.shutdown(Shutdown::Write).expect("a socket");
        let mut answer = Vec::new();
        let end = socket.read_to_end(&mut answer);
        let is_closed = end.is_ok_and(|_| answer.is_empty() || answer[0] == 21);
        assert!(is_closed, "{answer:?} to {bytes:?}");
    }
    server.get("/").expect(200);
    is_not_blamed(&server);
}

/// What strangers send fills no log.
fn is_not_blamed(server: &Server) {
    let said = server.stop().stderr;
    assert!(
        !said.contains("WARN") && !said.contains("ERROR") && !said.contains("panicked"),
        "{said}"
    );
}

#[test]
fn plain_http_is_answered_400() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    for sent in [
        &b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(500).as_slice(),
        b"G",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut socket = raw(&server);
        socket.write_all(sent).expect("a socket");
        socket.shutdown(Shutdown::Write).expect("a socket");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(
            head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())),
            "{head}"
        );
        assert!(body.contains("TLS"), "{body}");
    }
}

/// RFC 8446 section 6.1: who has all of an answer can know it.
#[test]
fn ends_are_said_when_all_is_sent() {
    let authority = Authority::new();
    let server = launch(&authority)
        .args(["--keep-alive-timeout", "1"])
        .start();
    let client = authority.client();
    let said = |sent: &str| {
        let mut stream = connect(&server, &client, "localhost");
        stream.write_all(sent.as_bytes()).expect("a connection");
        stream.is_end_said()
    };
    assert!(said(
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    ));
    assert!(said("GET / HTTP/1.0\r\n\r\n"));
    assert!(said("GET /\0 HTTP/1.1\r\n\r\n"), "refused");
    assert!(said("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), "idle");
    let mut idle = connect(&server, &client, "localhost");
    ask(&mut idle).expect("an answer");
    server.stop();
    assert!(idle.is_end_said(), "the server's end");
}

/// Otherwise a body that has no length would pass for whole.
#[test]
fn ends_are_not_said_when_something_is_missing() {
    let authority = Authority::new();
    let server = Launch::app("behaviour").over_tls(&authority).start();
    let mut stream = connect(&server, &authority.client(), "localhost");
    let call = b"GET /streams/fails-later HTTP/1.0\r\nHost: h\r\n\r\n";
    stream.write_all(call).expect("a connection");
    assert!(!stream.is_end_said());
}

/// What a client has sent before it says its end is answered; then the server says its own.
#[test]
fn an_end_that_is_said_between_requests_is_seen() {
    let authority = Authority::new();
    let server = launch(&authority).start();
    let mut stream = connect(&server, &authority.client(), "localhost");
    ask(&mut stream).expect("an answer");
    let Stream::Tls(inner) = &mut stream else {
        panic!("it is TLS");
    };
    inner.conn.send_close_notify();
    inner.flush().expect("a connection");
    let end = inner.read(&mut [0; 16]);
    assert_eq!(end.map_err(|error| error.to_string()), Ok(0));
}
