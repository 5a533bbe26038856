//! Clients that must have a certificate.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{KeyPair, date_time_ymd};
use tokio_rustls::rustls::client::ClientConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};

use crate::support::tls::{Authority, Pair, Stream, params};
use crate::support::{Launch, Server};
use crate::{ask, raw};

fn start(server: &Arc<Authority>, clients: &Authority) -> Server {
    let option = [PathBuf::from("--tls-client-ca"), clients.file()];
    let launch = Launch::app("slow_clients").over_tls(server);
    launch.args(option).start()
}

/// Clients who trust `authority`, and have the certificate of `pair`.
pub(super) fn with(authority: &Authority, pair: Option<&Pair>) -> [Arc<ClientConfig>; 2] {
    [&TLS12, &TLS13].map(|version| {
        let config = ClientConfig::builder_with_protocol_versions(&[version]);
        let config = config.with_root_certificates(authority.roots());
        let config = match pair {
            None => config.with_no_client_auth(),
            Some(Pair { certificate, key }) => {
                let chain = CertificateDer::pem_file_iter(certificate).expect("a file");
                let chain = chain.map(|one| one.expect("a certificate")).collect();
                let key = PrivateKeyDer::from_pem_file(key).expect("a key");
                let config = config.with_client_auth_cert(chain, key);
                config.expect("a certificate and its key")
            }
        };
        Arc::new(config)
    })
}

/// Whether such a client is answered; why not. Under TLS 1.3 it learns that only when it reads.
pub(super) fn is_let_in(server: &Server, client: &Arc<ClientConfig>) -> Result<(), String> {
    let mut stream = Stream::tls(raw(server), client, "localhost");
    let asked = stream.handshake().and_then(|()| ask(&mut stream));
    asked.map_err(|error| {
        // The alert may come behind what was written too late.
        let read = stream.read(&mut [0; 16]);
        read.err().unwrap_or(error).to_string()
    })
}

#[test]
fn one_of_the_authority_is_let_in() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = start(&authority, &clients);
    let pair = clients.issue("client", &["client.test"]);
    for client in with(&authority, Some(&pair)) {
        // The second time by resumption.
        for _ in 0..2 {
            assert_eq!(is_let_in(&server, &client), Ok(()));
        }
    }
}

#[test]
fn others_are_refused() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = start(&authority, &clients);
    let key = KeyPair::generate().expect("a key");
    let mut expired = params(&["client.test"]);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let expired = clients.issue_for("expired", &expired, &key);
    let strangers = Authority::new();
    let stranger = strangers.issue("stranger", &["client.test"]);
    for (what, pair) in [
        ("none", None),
        ("of another authority", Some(&stranger)),
        ("expired", Some(&expired)),
    ] {
        for client in with(&authority, pair) {
            let refused = is_let_in(&server, &client).expect_err(what);
            assert!(refused.contains("alert"), "{what}: {refused}");
        }
    }
}
