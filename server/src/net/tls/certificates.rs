//! The server's certificates, of which each handshake gets the one for the name that the client asks for (SNI, RFC 6066
//! section 3).

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use httpdate::fmt_http_date;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, InconsistentKeys, RootCertStore};
use tokio_rustls::rustls;

use super::files::{self, TlsError, TlsFiles};

/// Chains with their keys; the first is for whoever asks for no name, or for one that none has.
///
/// INVARIANT: not empty.
#[derive(Debug)]
pub(super) struct Certificates(Vec<Arc<CertifiedKey>>);

impl Certificates {
    pub(super) fn load(files: &TlsFiles, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let pairs = files.certificates.iter().zip(&files.keys);
        let certificates = pairs.map(|(chain, key)| load(chain, key, provider));
        certificates.collect::<Result<_, _>>().map(Self)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().filter(|_| self.0.len() > 1);
        let name = name.and_then(|name| ServerName::try_from(name).ok());
        // One that the client can't check is none for it: there may be another, with a key of another kind.
        let fits = |certificate: &&Arc<CertifiedKey>| {
            let can_check = certificate.key.choose_scheme(hello.signature_schemes());
            can_check.is_some() && name.as_ref().is_some_and(|name| has(certificate, name))
        };
        let chosen = self.0.iter().find(fits).or_else(|| self.0.first());
        chosen.cloned()
    }
}

/// Whether a certificate is good for a name.
fn has(certificate: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let own = certificate.end_entity_cert().ok();
    let parsed = own.and_then(|own| ParsedCertificate::try_from(own).ok());
    parsed.is_some_and(|parsed| verify_server_name(&parsed, name).is_ok())
}

fn load(
    chain_file: &Path,
    key_file: &Path,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let (chain, key) = (files::chain(chain_file)?, files::key(key_file)?);
    if let Err(error) = ParsedCertificate::try_from(&chain[0]) {
        return Err(files::unusable(chain_file, &error));
    }
    if let Some(warning) = invalidity(&chain[0], provider) {
        tracing::warn!(file = %chain_file.display(), "the certificate {warning}");
    }
    let pair = CertifiedKey::from_der(chain, key, provider);
    pair.map(Arc::new).map_err(|error| {
        let cause = if error == Error::InconsistentKeys(InconsistentKeys::KeyMismatch) {
            format!(
                "the key does not match the certificate in {}",
                chain_file.display()
            )
        } else {
            format!("the key can't be used: {error}")
        };
        TlsError::of(key_file, cause)
    })
}

/// Says why a certificate is not valid now. Clients will refuse it, but that is theirs to do: the server may have the wrong
/// time, and some answer is better than none when a renewal was forgotten.
fn invalidity(certificate: &CertificateDer<'_>, provider: &CryptoProvider) -> Option<String> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    // The time is looked at first, before it turns out that nobody is trusted here.
    let verified = verify_server_cert_signed_by_trust_anchor(
        &parsed,
        &RootCertStore::empty(),
        &[],
        UnixTime::now(),
        provider.signature_verification_algorithms.all,
    );
    let Err(Error::InvalidCertificate(error)) = verified else {
        return None;
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "of all that a client would find, the time alone says something here"
    )]
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            Some(format!("expired on {}", date(not_after)))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            Some(format!("is not valid before {}", date(not_before)))
        }
        _ => None,
    }
}

fn date(time: UnixTime) -> String {
    fmt_http_date(UNIX_EPOCH + Duration::from_secs(time.as_secs()))
}
