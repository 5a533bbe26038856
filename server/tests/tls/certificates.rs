//! Which certificate a client gets, and which files may hold one.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ED25519,
    PKCS_RSA_SHA256,
};
use tokio_rustls::rustls::client::ClientConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{CipherSuite, SupportedCipherSuite};

use crate::support::tls::{Authority, Pair, params};
use crate::{ask, connect, has_shown, launch, try_connect};

/// An RSA key for nothing but these tests.
const RSA_KEY: &str = include_str!("rsa.key");

fn rsa_key() -> KeyPair {
    KeyPair::from_pkcs8_pem_and_sign_algo(RSA_KEY, &PKCS_RSA_SHA256).expect("an RSA key")
}

#[test]
fn the_name_decides_among_several() {
    let authority = Authority::new();
    let pairs = [
        authority.issue("first", &["first.test", "also.test"]),
        authority.issue("second", &["second.test", "*.wild.test", "127.0.0.1"]),
        authority.issue("third", &["third.test", "more.wild.test", "first.test"]),
    ];
    let server = launch(&pairs).start();
    let client = authority.client();
    for (name, shown) in [
        ("first.test", 0),
        ("also.test", 0),
        ("second.test", 1),
        ("SECOND.test", 1),
        ("any.wild.test", 1),
        ("more.wild.test", 1),
        ("third.test", 2),
    ] {
        let mut stream = connect(&server, &client, name);
        assert!(has_shown(&mut stream, &pairs[shown]), "{name}");
        ask(&mut stream).expect("an answer");
    }
    // No client asks for an address by name, so it gets the first, and refuses that.
    for name in ["unknown.test", "wild.test", "a.b.wild.test", "127.0.0.1"] {
        let error = try_connect(&server, &client, name).expect_err("another name");
        let first = "only valid for DnsName(\"first.test\") or DnsName(\"also.test\")";
        assert!(error.to_string().contains(first), "{name}: {error}");
    }
}

/// Of two that are good for a name, clients get the one whose key they can check.
#[test]
fn the_key_decides_among_those_of_one_name() {
    let authority = Authority::new();
    let pairs = [
        authority.issue("elliptic", &["localhost"]),
        authority.issue_for("rsa", &params(&["localhost"]), &rsa_key()),
    ];
    let server = launch(&pairs).start();
    let mut provider = ring::default_provider();
    let by_rsa = |suite: &SupportedCipherSuite| {
        suite.suite() == CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    };
    provider.cipher_suites.retain(by_rsa);
    let config = ClientConfig::builder_with_provider(Arc::new(provider));
    let config = config.with_safe_default_protocol_versions();
    let config = config
        .expect("TLS 1.2")
        .with_root_certificates(authority.roots());
    let old = Arc::new(config.with_no_client_auth());
    for (client, shown) in [(authority.client(), 0), (old, 1)] {
        let mut stream = connect(&server, &client, "localhost");
        assert!(has_shown(&mut stream, &pairs[shown]), "{shown}");
        ask(&mut stream).expect("an answer");
    }
}

/// Base64 (RFC 4648) between the lines that PEM has (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = format!("-----BEGIN {label}-----\r\n");
    for line in der.chunks(48) {
        for three in line.chunks(3) {
            let bits = three
                .iter()
                .fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte));
            let bits = bits << (8 * (3 - three.len()));
            for at in 0..4 {
                let letter = LETTERS[bits >> (18 - 6 * at) & 63];
                text.push(if at > three.len() { '=' } else { letter.into() });
            }
        }
        text.push_str("\r\n");
    }
    text + &format!("-----END {label}-----\r\n")
}

/// The key inside a PKCS#8 document (RFC 5958), in the form that its algorithm had before: it is all that follows the
/// algorithm, which has a known length.
fn inner(key: &KeyPair, at: usize) -> Vec<u8> {
    key.serialize_der().split_off(at)
}

#[test]
fn keys_may_have_each_form() {
    let authority = Authority::new();
    let (elliptic, rsa) = (KeyPair::generate().expect("a key"), rsa_key());
    let edwards = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
    let mut sec1 = String::from("a comment\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n");
    sec1.push_str("-----END EC PARAMETERS-----\n");
    sec1.push_str(&pem("EC PRIVATE KEY", &inner(&elliptic, 29)));
    for (form, key, text) in [
        ("pkcs8", &elliptic, elliptic.serialize_pem()),
        ("sec1", &elliptic, sec1),
        ("pkcs8-rsa", &rsa, RSA_KEY.to_owned()),
        ("pkcs1", &rsa, pem("RSA PRIVATE KEY", &inner(&rsa, 26))),
        ("pkcs8-edwards", &edwards, edwards.serialize_pem()),
    ] {
        let pair = authority.issue_for(form, &params(&["localhost"]), key);
        authority.write(&format!("{form}.key"), text);
        let server = launch(&[pair]).start();
        let mut stream = connect(&server, &authority.client(), "localhost");
        ask(&mut stream).unwrap_or_else(|error| panic!("{form}: {error}"));
    }
}

#[test]
fn chains_are_sent_whole() {
    let authority = Authority::new();
    let mut between = CertificateParams::default();
    between.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let root = authority.issuer();
    let between = CertifiedIssuer::signed_by(between, key, root).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let own = params(&["localhost"]).signed_by(&key, &between);
    let chain = own.expect("a certificate").pem() + &between.pem();
    // Both in one file, as some tools write them.
    let file = authority.write("both.pem", key.serialize_pem() + &chain);
    let pair = Pair {
        certificate: file.clone(),
        key: file,
    };
    let server = launch(&[pair]).start();
    let mut stream = connect(&server, &authority.client(), "localhost");
    ask(&mut stream).expect("an answer");
}
