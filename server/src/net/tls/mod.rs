//! TLS by rustls: the certificates, which may be exchanged while the server runs, and the handshake's settings.
//!
//! Connections take the settings that are current when they are opened, and keep them. The cryptography is ring's.

mod certificates;
mod files;
mod hello;

use std::fmt;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use tokio::sync::watch;
use tokio_rustls::{TlsAcceptor, rustls};

use certificates::Certificates;

pub use files::{TlsError, TlsFiles};
pub(super) use hello::{Hello, PROTOCOL_VERSION};

/// What is spoken over TLS, by the names that ALPN has for it (RFC 7301), the preferred first.
const PROTOCOLS: [&[u8]; 2] = [HTTP_2, b"http/1.1"];

/// ALPN's name of HTTP/2 over TLS (RFC 9113 section 3.1).
pub(super) const HTTP_2: &[u8] = b"h2";

/// What a handshake needs, as it is now.
#[derive(Clone)]
pub struct Tls(watch::Receiver<Arc<ServerConfig>>);

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads `files`. Also gives what reads them anew: all of them are exchanged, or with an error none.
    ///
    /// Warns of certificates that are not valid now.
    ///
    /// # Errors
    ///
    /// [`TlsError`] names the file and the cause.
    pub fn load(
        files: TlsFiles,
    ) -> Result<(Self, impl Fn() -> Result<(), TlsError> + Send + use<>), TlsError> {
        let (sender, current) = watch::channel(Arc::new(settings(&files)?));
        let renew = move || {
            sender.send_replace(Arc::new(settings(&files)?));
            Ok(())
        };
        Ok((Self(current), renew))
    }

    /// Does handshakes with what is current now.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.borrow()))
    }
}

fn settings(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let certificates = Certificates::load(files, &provider)?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(TlsError::Library)?;
    let builder = match &files.client_ca {
        Some(file) => builder.with_client_cert_verifier(client_verifier(file, provider)?),
        None => builder.with_no_client_auth(),
    };
    let mut settings = builder.with_cert_resolver(Arc::new(certificates));
    settings.alpn_protocols = PROTOCOLS.map(Vec::from).into();
    // Sessions are resumed by what the client keeps, not from memory of the server's. A ticket is worth nothing after a
    // renewal, so what a client could prove by a former certificate authority is worth nothing then either.
    settings.ticketer = ring::Ticketer::new().map_err(TlsError::Library)?;
    Ok(settings)
}

/// Requires certificates of clients that an authority in `file` has signed.
fn client_verifier(
    file: &std::path::Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let authorities = Arc::new(files::authorities(file)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(authorities, provider).build();
    verifier.map_err(|error| TlsError::of(file, format!("the authorities can't be used: {error}")))
}
