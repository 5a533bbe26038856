//! The beginning of a TLS handshake, looked at before rustls: whether it is one, and of which version.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

/// The alert that answers a version which is not spoken, as a record of TLS 1.0 (RFC 8446 section 6.2; such clients take no later
/// one before a version is agreed on).
pub(in crate::net) const PROTOCOL_VERSION: [u8; 7] = [21, 3, 1, 0, 2, 2, 70];

/// A record's head, a message's head, and the version in a `ClientHello` (RFC 8446 sections 5.1, 4 and 4.1.2).
const LENGTH: usize = 5 + 4 + 2;

/// A record with a handshake in it.
const HANDSHAKE: u8 = 22;

/// The message that begins one.
const CLIENT_HELLO: u8 = 1;

/// What clients of TLS 1.2 say; those of 1.3 do, too.
const TLS_1_2: [u8; 2] = [3, 3];

/// The first bytes that a client sends where TLS is spoken.
#[derive(Debug)]
pub(in crate::net) struct Hello {
    bytes: [u8; LENGTH],
    count: usize,
}

impl Hello {
    /// Waits for them: for fewer where the first tells that it is no handshake, or the client ends.
    pub(in crate::net) async fn read(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut hello = Self {
            bytes: [0; LENGTH],
            count: 0,
        };
        while hello.count < LENGTH && (hello.count == 0 || hello.bytes[0] == HANDSHAKE) {
            match socket.read(&mut hello.bytes[hello.count..]).await? {
                0 => break,
                count => hello.count += count,
            }
        }
        Ok(hello)
    }

    /// Whether a request begins so: with a letter.
    pub(in crate::net) fn is_http(&self) -> bool {
        self.bytes[0].is_ascii_alphabetic()
    }

    /// Whether the client speaks TLS 1.1 at most.
    pub(in crate::net) fn is_too_old(&self) -> bool {
        let [kind, _, _, _, _, message, _, _, _, version @ ..] = self.bytes;
        let is_hello = self.count == LENGTH && (kind, message) == (HANDSHAKE, CLIENT_HELLO);
        is_hello && version < TLS_1_2
    }

    /// Does the handshake that begins so. The socket comes back where the client was told by an alert what is wrong.
    pub(in crate::net) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        mut socket: S,
        tls: &TlsAcceptor,
    ) -> Result<TlsStream<S>, (io::Error, Option<S>)> {
        let mut acceptor = Acceptor::default();
        let mut first = &self.bytes[..self.count];
        if let Err(error) = acceptor.read_tls(&mut first) {
            return Err((error, None));
        }
        // They may be enough to tell that no handshake comes.
        if let Err((error, mut alert)) = acceptor.accept() {
            let mut bytes = Vec::new();
            let told = match alert.write_all(&mut bytes) {
                Ok(()) => socket.write_all(&bytes).await,
                Err(error) => Err(error),
            };
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            return Err((error, told.is_ok().then_some(socket)));
        }
        let mut beginning = LazyConfigAcceptor::new(acceptor, socket);
        let begun = match (&mut beginning).await {
            Ok(begun) => begun,
            Err(error) => return Err((error, beginning.take_io())),
        };
        let handshake = begun.into_stream(tls.config().clone()).into_fallible();
        handshake
            .await
            .map_err(|(error, socket)| (error, Some(socket)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn kinds_of_clients_are_told_apart() {
        let hello = |version: [u8; 2]| {
            let mut bytes = vec![HANDSHAKE, 3, 1, 0, 60, CLIENT_HELLO, 0, 0, 56];
            bytes.extend(version);
            bytes.extend([7; 40]);
            bytes
        };
        for (bytes, is_http, is_too_old) in [
            (hello([3, 0]), false, true),
            (hello([3, 1]), false, true),
            (hello([3, 2]), false, true),
            (hello([3, 3]), false, false),
            (hello([3, 2])[..10].to_vec(), false, false),
            (b"GET / HTTP/1.1\r\n".to_vec(), true, false),
            (b"G".to_vec(), true, false),
            (vec![0x80, 0x2e, 1, 3, 1], false, false),
            (Vec::new(), false, false),
        ] {
            let read = Hello::read(&mut bytes.as_slice()).await.expect("bytes");
            let told = (read.is_http(), read.is_too_old());
            assert_eq!(told, (is_http, is_too_old), "{bytes:?}");
        }
    }
}
