//! The header of the PROXY protocol, versions 1 and 2, as bytes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use tempfile::TempDir;

use crate::support::tls::{Authority, Stream};
use crate::support::{Call, Connection, Launch, Mode, PATIENCE, Server};
use crate::{PROXY, connect_from, seen, socket_from, start, whom};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

const V4: [u8; 12] = [8, 8, 8, 8, 10, 0, 0, 1, 0x12, 0x67, 0, 80];

/// Version and command, family and protocol, addresses and what follows them.
fn block(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
    let length = u16::try_from(addresses.len()).expect("a header is short");
    let begin = [SIGNATURE, &[command, family], &length.to_be_bytes()].concat();
    [begin.as_slice(), addresses].concat()
}

fn v6() -> Vec<u8> {
    let mut addresses = vec![0; 36];
    addresses[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    addresses[15] = 1;
    addresses[32..34].copy_from_slice(&4711_u16.to_be_bytes());
    addresses
}

/// One more field, of so many bytes in all.
fn with_tlv(addresses: &[u8], bytes: u16) -> Vec<u8> {
    let mut all = addresses.to_vec();
    all.push(0x04);
    all.extend((bytes - 3).to_be_bytes());
    all.resize(addresses.len() + usize::from(bytes), b'x');
    all
}

fn line(text: &str) -> Vec<u8> {
    format!("{text}\r\n").into_bytes()
}

/// A server that wants a header from [`PROXY`].
fn proxied(mode: Mode, options: &[&str]) -> Server {
    start(mode, &[&["--proxy-protocol"], options].concat())
}

/// A connection from a trusted proxy, with these first bytes on it.
fn beginning(bytes: impl AsRef<[u8]>, server: &Server) -> Connection {
    let mut connection = connect_from(PROXY, server);
    // Where the server has closed it already, that is for the reader to see.
    let _ = connection.try_send(bytes);
    connection
}

pub(crate) fn names_the_client_in_both_versions(mode: Mode) {
    let server = proxied(mode, &[]);
    let long = "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535";
    for (header, (host, port)) in [
        (
            line("PROXY TCP4 8.8.8.8 10.0.0.1 4711 80"),
            ("8.8.8.8", 4711),
        ),
        (
            line("PROXY TCP6 2001:db8::1 ::1 4711 80"),
            ("2001:db8::1", 4711),
        ),
        (
            line(long),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535),
        ),
        (line("PROXY TCP6 ::ffff:8.8.8.8 ::1 1 80"), ("8.8.8.8", 1)),
        (block(0x21, 0x11, &V4), ("8.8.8.8", 4711)),
        (block(0x21, 0x21, &v6()), ("2001:db8::1", 4711)),
        // A client of HTTP/3, by UDP.
        (block(0x21, 0x12, &V4), ("8.8.8.8", 4711)),
        (block(0x21, 0x11, &with_tlv(&V4, 300)), ("8.8.8.8", 4711)),
        (
            block(0x21, 0x11, &with_tlv(&V4, 1024 - 16 - 12)),
            ("8.8.8.8", 4711),
        ),
    ] {
        let mut connection = beginning(&header, &server);
        for _ in 0..2 {
            let told = seen(connection.call(&Call::get("/")));
            assert_eq!(told, whom(host, port, "http"), "{}", header.escape_ascii());
        }
    }
}

/// With the request behind it in the same packet, and parted at each byte.
pub(crate) fn is_read_in_any_pieces_and_not_a_byte_beyond(mode: Mode) {
    let server = proxied(mode, &[]);
    let request = Call::get("/").bytes();
    for header in [
        line("PROXY TCP4 8.8.8.8 10.0.0.1 4711 80"),
        line("PROXY UNKNOWN"),
        block(0x21, 0x11, &with_tlv(&V4, 9)),
    ] {
        let client = (header != line("PROXY UNKNOWN")).then(|| whom("8.8.8.8", 4711, "http"));
        let bytes = [header.as_slice(), &request, &request].concat();
        for at in 0..=header.len() {
            let (first, rest) = bytes.split_at(at);
            let mut connection = beginning(first, &server);
            let itself = whom(PROXY, connection.local_address().port(), "http");
            connection.send(rest);
            for _ in 0..2 {
                let told = seen(connection.read());
                assert_eq!(&told, client.as_ref().unwrap_or(&itself), "at {at}");
            }
        }
    }
    let mut connection = connect_from(PROXY, &server);
    for byte in [block(0x21, 0x11, &V4), request].concat() {
        connection.send([byte]);
    }
    assert_eq!(seen(connection.read()), whom("8.8.8.8", 4711, "http"));
}

pub(crate) fn without_a_client_leaves_the_proxys_address(mode: Mode) {
    let server = proxied(mode, &[]);
    for header in [
        line("PROXY UNKNOWN"),
        line("PROXY UNKNOWN ffff::1 ffff::2 65535 65535 and more"),
        // LOCAL, whatever else it says.
        block(0x20, 0x00, &[]),
        block(0x20, 0x11, &V4),
        block(0x20, 0x11, &[]),
        block(0x20, 0xff, b"anything"),
        // PROXY, of a family without an address.
        block(0x21, 0x00, &[]),
        block(0x21, 0x31, &[b'/'; 216]),
    ] {
        let mut connection = beginning(&header, &server);
        let itself = whom(PROXY, connection.local_address().port(), "http");
        // Such a connection may be anyone's, so its fields are not believed.
        let call = Call::get("/").header("X-Forwarded-For", "8.8.8.8");
        assert_eq!(
            seen(connection.call(&call)),
            itself,
            "{}",
            header.escape_ascii()
        );
    }
}

pub(crate) fn is_required_and_well_formed(mode: Mode) {
    let server = proxied(mode, &[]);
    let request = Call::get("/").bytes();
    let mut wrong_signature = block(0x21, 0x11, &V4);
    wrong_signature[11] = b'\r';
    let wrong = [
        request.clone(),
        b"G".to_vec(),
        b"\x16\x03\x01\x02\x00".to_vec(),
        line("proxy UNKNOWN"),
        line("PROXY"),
        line("PROXY TCP4"),
        line("PROXY TCP5 8.8.8.8 10.0.0.1 4711 80"),
        line("PROXY TCP4 8.8.8.8 10.0.0.1 4711"),
        line("PROXY TCP4 8.8.8.8 10.0.0.1 4711 80 1"),
        line("PROXY TCP4 8.8.8.8  10.0.0.1 4711 80"),
        line("PROXY TCP4 8.8.8 10.0.0.1 4711 80"),
        line("PROXY TCP4 2001:db8::1 ::1 4711 80"),
        line("PROXY TCP6 8.8.8.8 10.0.0.1 4711 80"),
        line("PROXY TCP4 8.8.8.8 10.0.0.1 65536 80"),
        line("PROXY TCP4 8.8.8.8 10.0.0.1 047 80"),
        line("PROXY UNKNOWN \r"),
        line("PROXY UNKNOWN\ra"),
        line(&format!("PROXY UNKNOWN {}", "x".repeat(92))),
        line(&format!("PROXY UNKNOWN {}", "x".repeat(5000))),
        format!("PROXY UNKNOWN\n{}", "x".repeat(107)).into_bytes(),
        wrong_signature,
        block(0x11, 0x11, &V4),
        block(0x31, 0x11, &V4),
        block(0x22, 0x11, &V4),
        block(0x21, 0x41, &V4),
        block(0x21, 0x13, &V4),
        block(0x21, 0x11, &V4[..11]),
        block(0x21, 0x21, &V4),
        block(0x21, 0x11, &with_tlv(&V4, 1024 - 16 - 12 + 1)),
        block(0x20, 0x00, &[0; 1009]),
        block(0x21, 0x11, &vec![0; 65535]),
    ];
    for begin in wrong {
        let mut connection = beginning([begin.as_slice(), &request].concat(), &server);
        let answer = connection.rest();
        let (begin, answer) = (begin.escape_ascii(), answer.escape_ascii().to_string());
        assert_eq!(answer, "", "{begin}");
    }
    // A header that is as long as may be is not too long.
    let longest = line(&format!("PROXY UNKNOWN {}", "x".repeat(91)));
    assert_eq!(longest.len(), 107);
    let mut connection = beginning([longest, request].concat(), &server);
    connection.read().expect(200);
}

pub(crate) fn is_taken_from_trusted_proxies_alone(mode: Mode) {
    let server = proxied(mode, &[]);
    for begin in [line("PROXY TCP4 127.0.0.2 10.0.0.1 4711 80"), Vec::new()] {
        let mut connection = connect_from("127.0.0.1", &server);
        let _ = connection.try_send([begin, Call::get("/").bytes()].concat());
        assert_eq!(connection.rest(), b"");
    }
    // It doesn't wait for anything.
    assert!(connect_from("127.0.0.1", &server).is_closed());
}

/// Whoever says nothing, or not enough, is given up as one who doesn't send a head is, long before an idle connection.
pub(crate) fn is_not_waited_for_without_end(mode: Mode) {
    let server = proxied(
        mode,
        &["--header-timeout", "0.5", "--keep-alive-timeout", "3600"],
    );
    let v4 = block(0x21, 0x11, &V4);
    for begin in [
        &b""[..],
        b"PROX",
        b"PROXY TCP4 8.8",
        b"PROXY UNKNOWN\r",
        &v4[..14],
        &v4[..20],
    ] {
        let mut connection = beginning(begin, &server);
        assert!(connection.is_closed(), "{}", begin.escape_ascii());
    }
    // Nor is the time that a header took counted to the request's.
    let mut connection = beginning(&v4, &server);
    connection.call(&Call::get("/")).expect(200);
}

pub(crate) fn does_not_hold_up_the_end(mode: Mode) {
    let server = proxied(
        mode,
        &["--header-timeout", "3600", "--shutdown-timeout", "3600"],
    );
    let mut half = beginning("PROXY TCP4 8.8", &server);
    let mut other = beginning(block(0x21, 0x11, &V4), &server);
    other.call(&Call::get("/")).expect(200);
    server.stop();
    assert_eq!(half.rest(), b"");
}

/// The header's client counts as the peer: its fields are believed if it is a trusted proxy itself.
pub(crate) fn comes_before_forwarded_fields(mode: Mode) {
    let server = proxied(mode, &["--trusted-proxies", "10.0.0.0/8"]);
    let call = Call::get("/").header("X-Forwarded-For", "9.9.9.9");
    for (header, (host, port)) in [
        ("PROXY TCP4 10.1.1.1 10.0.0.1 4711 80", ("9.9.9.9", 0)),
        ("PROXY TCP4 8.8.8.8 10.0.0.1 4711 80", ("8.8.8.8", 4711)),
    ] {
        let mut connection = beginning(line(header), &server);
        assert_eq!(seen(connection.call(&call)), whom(host, port, "http"));
    }
}

/// The header is in clear text, and TLS begins behind it, in the same packet or in another.
pub(crate) fn comes_before_tls(mode: Mode) {
    let authority = Authority::new();
    let pair = authority.issue("proxied", &["proxied.test"]);
    let server = Launch::under(mode, "proxies")
        .args(["--proxy-protocol", "--trusted-proxies", PROXY])
        .args(pair.options())
        .start();
    for header in [
        line("PROXY TCP4 8.8.8.8 10.0.0.1 4711 443"),
        block(0x21, 0x11, &with_tlv(&V4, 100)),
    ] {
        let mut socket = socket_from(PROXY, &server);
        let limited = socket.set_read_timeout(Some(PATIENCE));
        limited.expect("a time limit");
        socket.write_all(&header).expect("sent");
        let mut stream = Stream::tls(socket, &authority.client(), "proxied.test");
        let request = Call::get("/").header("Connection", "close").bytes();
        stream.write_all(&request).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8(answer).expect("UTF-8");
        let told = "{\"client\":[\"8.8.8.8\",4711],\"scheme\":\"https\"";
        assert!(answer.contains(told), "{answer}");
    }
    // Not within TLS.
    let mut stream = Stream::tls(
        socket_from(PROXY, &server),
        &authority.client(),
        "proxied.test",
    );
    assert!(stream.handshake().is_err());
}

pub(crate) fn is_read_on_unix_sockets(mode: Mode) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let _server = Launch::under(mode, "proxies")
        .args(["--proxy-protocol", "--trusted-proxies", "unix", "--bind"])
        .args([format!("unix:{}", path.display())])
        .start();
    let exchange = |begin: &[u8]| {
        let mut stream = UnixStream::connect(&path).expect("the server listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        let request = Call::get("/").header("Connection", "close").bytes();
        let sent = stream.write_all(&[begin, &request].concat());
        let mut answer = Vec::new();
        match sent.and_then(|()| stream.read_to_end(&mut answer)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("nothing came"),
            Ok(_) | Err(_) => String::from_utf8(answer).expect("UTF-8"),
        }
    };
    let client = "\"client\":[\"8.8.8.8\",4711]";
    assert!(exchange(&line("PROXY TCP4 8.8.8.8 10.0.0.1 4711 80")).contains(client));
    assert!(exchange(&block(0x21, 0x11, &V4)).contains(client));
    assert!(exchange(&line("PROXY UNKNOWN")).contains("\"client\":null"));
    assert_eq!(exchange(b""), "");
}
