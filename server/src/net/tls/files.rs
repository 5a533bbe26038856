//! Certificates and keys from files in PEM (RFC 7468), with a message for each thing that can be wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::rustls;

/// The files that TLS takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chains, the server's own first in each. Without any there is no TLS.
    pub certificates: Vec<PathBuf>,
    /// The key of each chain.
    ///
    /// INVARIANT: as many as there are chains.
    pub keys: Vec<PathBuf>,
    /// The authorities whose certificates clients must have; `None` asks for none.
    pub client_ca: Option<PathBuf>,
}

/// Why there is no TLS. The operator's fault, or the machine's.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that is not what it should be.
    #[error("{}: {cause}", file.display())]
    File {
        /// The file as it was named.
        file: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// rustls has none of what is asked of it, or the machine no random numbers.
    #[error("TLS is not possible: {0}")]
    Library(rustls::Error),
}

impl TlsError {
    pub(super) fn of(file: &Path, cause: impl Into<String>) -> Self {
        Self::File {
            file: file.to_owned(),
            cause: cause.into(),
        }
    }
}

/// The certificates of a file, in its order; at least one.
pub(super) fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(file)?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| not_pem(file, &error))?;
    if chain.is_empty() {
        let cause = "it holds no certificate; expected PEM with -----BEGIN CERTIFICATE-----";
        return Err(TlsError::of(file, cause));
    }
    Ok(chain)
}

/// The first private key of a file: PKCS#8, PKCS#1 or SEC1.
pub(super) fn key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(file)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        // Of its own label in PKCS#8; in the older forms by a line that is no base64.
        if is_encrypted(&text) {
            let cause = "the key is encrypted, and there is nobody to ask for the passphrase; \
                 `openssl pkey -in FILE -out PLAIN` writes it without one";
            return TlsError::of(file, cause);
        }
        if matches!(error, pem::Error::NoItemsFound) {
            let cause = "it holds no private key; expected PEM with -----BEGIN PRIVATE KEY-----, \
                 RSA PRIVATE KEY or EC PRIVATE KEY";
            return TlsError::of(file, cause);
        }
        not_pem(file, &error)
    })
}

/// The certificates of a file, as those that sign others; at least one.
pub(super) fn authorities(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut authorities = RootCertStore::empty();
    for certificate in chain(file)? {
        let added = authorities.add(certificate);
        added.map_err(|error| unusable(file, &error))?;
    }
    Ok(authorities)
}

/// The message about a certificate that rustls can't use.
pub(super) fn unusable(file: &Path, error: &rustls::Error) -> TlsError {
    TlsError::of(file, format!("a certificate can't be used: {error}"))
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(file).map_err(|error| TlsError::of(file, format!("it can't be read: {error}")))
}

fn not_pem(file: &Path, error: &pem::Error) -> TlsError {
    TlsError::of(file, format!("it is not PEM: {error}"))
}

fn is_encrypted(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    lines.any(|line| {
        line.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY")
            || line.starts_with(b"Proc-Type: 4,ENCRYPTED")
    })
}
