//! The files of TLS, which have to go together.

use std::path::PathBuf;

use super::Scene;
use crate::net::TlsFiles;

fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

#[test]
fn certificates_and_keys_are_paired_in_order_in_every_source() {
    let expected = TlsFiles {
        certificates: paths(&["a.pem", "b.pem"]),
        keys: paths(&["a.key", "b.key"]),
        client_ca: Some("ca.pem".into()),
    };
    let options =
        "--tls-cert a.pem --tls-key a.key --tls-key b.key --tls-cert b.pem --tls-client-ca ca.pem";
    let options: Vec<_> = options.split(' ').collect();
    assert_eq!(Scene::new().config(&options).tls, expected);
    let scene = Scene::new()
        .with_variable("COACHWHIP_TLS_CERT", "a.pem,b.pem")
        .with_variable("COACHWHIP_TLS_KEY", "a.key,b.key")
        .with_variable("COACHWHIP_TLS_CLIENT_CA", "ca.pem");
    assert_eq!(scene.config(&[]).tls, expected);
    let file = "[server]\ntls_cert = [\"a.pem\", \"b.pem\"]\ntls_key = [\"a.key\", \"b.key\"]\ntls_client_ca = \"ca.pem\"\n";
    assert_eq!(Scene::with_file(file).config(&[]).tls, expected);
    let one = "[server]\ntls_cert = \"a.pem\"\ntls_key = \"a.key\"\n";
    assert_eq!(
        Scene::with_file(one).config(&[]).tls.keys,
        paths(&["a.key"])
    );
}

#[test]
fn without_files_there_is_no_tls() {
    assert_eq!(Scene::new().config(&[]).tls, TlsFiles::default());
    let file = "[server]\ntls_cert = \"a.pem\"\ntls_key = \"a.key\"\ntls_client_ca = \"ca.pem\"\n";
    let none = ["--tls-cert=", "--tls-key=", "--tls-client-ca="];
    assert_eq!(
        Scene::with_file(file).config(&none).tls,
        TlsFiles::default()
    );
}

#[test]
fn files_that_do_not_go_together_are_refused_by_name() {
    for (options, message) in [
        (
            "--tls-cert a.pem",
            "--tls-cert: tls_cert = a.pem is not allowed; expected as many files in tls_key, which has 0",
        ),
        (
            "--tls-key a.key",
            "--tls-key: tls_key = a.key is not allowed; expected as many files in tls_cert, which has 0",
        ),
        (
            "--tls-cert a.pem --tls-cert b.pem --tls-key a.key",
            "--tls-cert: tls_cert = a.pem,b.pem is not allowed; expected as many files in tls_key, which has 1",
        ),
        (
            "--tls-client-ca ca.pem",
            "--tls-client-ca: tls_client_ca = ca.pem is not allowed; expected none without tls_cert and tls_key",
        ),
    ] {
        let options: Vec<_> = options.split(' ').collect();
        assert_eq!(Scene::new().message(&options), message);
    }
    let message =
        Scene::with_file("[server]\n\ntls_cert = [\"a.pem\", \"\"]\ntls_key = \"a.key\"\n")
            .message(&[]);
    let expected =
        "config/default.toml:3: tls_cert = \"\" is not allowed; expected a file, or a list of them";
    assert_eq!(message, expected);
}
