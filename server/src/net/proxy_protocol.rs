//! The header of the PROXY protocol, with which a proxy begins a connection: for whom it speaks.
//!
//! <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>, versions 1 and 2. Not a byte is read beyond the header:
//! what follows is HTTP's, or TLS's.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::task::Poll;

use ppp::{v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::activity::{Activity, Order};
use crate::http::{Peer, Site};

/// The first bytes of each version; a header of the first is longer than that, too.
const PREFIX_1: &[u8] = b"PROXY ";
const PREFIX_2: &[u8] = v2::PROTOCOL_PREFIX;

/// A client that the proxy doesn't know, whatever else the line says (section 2.1).
const UNKNOWN: &[u8] = b"PROXY UNKNOWN";

/// The longest header of version 1, with its end of line (section 2.1).
const LINE_BYTES_MAX: usize = 107;

/// What stands before the variable part of version 2: the prefix, version and command, family and protocol, length.
const FIXED_BYTES: usize = 16;

/// Version 2 and the command LOCAL: the proxy's own connection, whatever else the header says (section 2.2).
const LOCAL: u8 = 0x20;

/// The longest header of version 2 that is taken. Addresses have up to 216 bytes; of the rest a server's name (255), a
/// certificate's (some 100) and an identifier (128) are the longest in use.
const HEADER_BYTES_MAX: usize = 1024;

/// For whom a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A client at this address.
    Client(SocketAddr),
    /// Itself, or a client whose address it doesn't know or that has none.
    Unnamed,
}

/// The client of a connection that `peer` has made, as the header on it says; `None` where the connection is to be closed: the
/// peer is not trusted, the header is malformed or does not come in time, or the server ends.
///
/// Where the header names nobody, the client is `peer`. In both cases the fields of a request are believed only if the
/// header itself names another trusted proxy.
///
/// # Cancel
///
/// Bytes that were read are lost.
pub(super) async fn introduce<S>(
    stream: &mut S,
    activity: &Activity,
    (site, peer): (&Site, Peer),
) -> Option<Peer>
where
    S: AsyncRead + Unpin + Send,
{
    let client = peer.client;
    if !peer.is_trusted {
        tracing::debug!(?client, "closed a connection: its peer is no trusted proxy");
        return None;
    }
    // The header has as long as a request's head.
    activity.read();
    let source = tokio::select! {
        // Boxed, so that connections without a header have no room for one.
        source = Box::pin(read(stream)) => source,
        () = told(activity) => Err(ErrorKind::TimedOut.into()),
    };
    activity.response();
    match source {
        Ok(Source::Client(client)) => Some(site.peer(Some(client), peer.scheme)),
        Ok(Source::Unnamed) => Some(Peer {
            is_trusted: false,
            ..peer
        }),
        Err(error) => {
            tracing::debug!(%error, ?client, "closed a connection: no header of the PROXY protocol");
            None
        }
    }
}

/// Waits until the connection is told to end.
async fn told(activity: &Activity) {
    poll_fn(|context| {
        activity.listen(context.waker());
        match activity.order() {
            Order::Serve => Poll::Pending,
            Order::Finish | Order::Cut => Poll::Ready(()),
        }
    })
    .await;
}

/// Reads a header of either version.
async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Source> {
    let mut header = [0; HEADER_BYTES_MAX];
    let mut length = 0;
    while length < PREFIX_2.len() {
        let count = stream.read(&mut header[length..PREFIX_2.len()]).await?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        length += count;
        let begin = &header[..length];
        let may_be = |prefix: &[u8]| prefix.starts_with(begin) || begin.starts_with(prefix);
        if !may_be(PREFIX_1) && !may_be(PREFIX_2) {
            return Err(malformed("neither prefix"));
        }
    }
    if header.starts_with(PREFIX_1) {
        read_line(stream, &mut header[..LINE_BYTES_MAX], length).await
    } else {
        read_block(stream, &mut header).await
    }
}

/// Reads the rest of a header of version 1, of which `length` bytes are there.
async fn read_line<S: AsyncRead + Unpin>(
    stream: &mut S,
    line: &mut [u8],
    mut length: usize,
) -> io::Result<Source> {
    while !line[..length].ends_with(b"\r\n") {
        // As many bytes as are missing at least, so that none is read of what follows.
        let missing = if line[length - 1] == b'\r' { 1 } else { 2 };
        let room = line.get_mut(length..length + missing);
        let count = stream.read_exact(room.ok_or_else(too_long)?).await?;
        length += count;
    }
    let whole = &line[..length];
    if whole[..length - 2].contains(&b'\r') {
        return Err(malformed("a bare CR"));
    }
    if whole.starts_with(UNKNOWN) && matches!(whole[UNKNOWN.len()], b' ' | b'\r') {
        return Ok(Source::Unnamed);
    }
    let header = v1::Header::try_from(whole).map_err(|error| malformed(&error))?;
    Ok(match header.addresses {
        v1::Addresses::Tcp4(v4) => client(v4.source_address, v4.source_port),
        v1::Addresses::Tcp6(v6) => client(v6.source_address, v6.source_port),
        v1::Addresses::Unknown => Source::Unnamed,
    })
}

/// Reads the rest of a header of version 2, after its prefix.
async fn read_block<S: AsyncRead + Unpin>(stream: &mut S, block: &mut [u8]) -> io::Result<Source> {
    stream
        .read_exact(&mut block[PREFIX_2.len()..FIXED_BYTES])
        .await?;
    let variable = usize::from(u16::from_be_bytes([block[14], block[15]]));
    let room = block.get_mut(FIXED_BYTES..FIXED_BYTES + variable);
    stream.read_exact(room.ok_or_else(too_long)?).await?;
    if block[12] == LOCAL {
        return Ok(Source::Unnamed);
    }
    let header = v2::Header::try_from(&block[..FIXED_BYTES + variable])
        .map_err(|error| malformed(&error))?;
    Ok(match header.addresses {
        // Also of a client that came by UDP: its proxy speaks HTTP/3 with it.
        v2::Addresses::IPv4(v4) => client(v4.source_address, v4.source_port),
        v2::Addresses::IPv6(v6) => client(v6.source_address, v6.source_port),
        v2::Addresses::Unix(_) | v2::Addresses::Unspecified => Source::Unnamed,
    })
}

fn client(ip: impl Into<IpAddr>, port: u16) -> Source {
    Source::Client(SocketAddr::new(ip.into(), port))
}

fn too_long() -> io::Error {
    malformed("too long")
}

fn malformed(cause: &(impl ToString + ?Sized)) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, cause.to_string())
}
