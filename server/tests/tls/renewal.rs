//! Files that are exchanged while the server runs, and read anew on SIGHUP.

use std::fs;
use std::path::PathBuf;
use std::slice;

use rustix::process::Signal;
use tokio_rustls::rustls::HandshakeKind;

use super::clients::{is_let_in, with};
use crate::support::tls::Authority;
use crate::support::{Launch, Server, eventually};
use crate::{ask, connect, has_shown, launch};

/// SIGHUP; waits until the log tells what came of it for the `times`th time.
fn renew(server: &Server, told: &str, times: usize) {
    server.signal(Signal::HUP);
    eventually(told, || {
        (server.stderr().matches(told).count() == times).then_some(())
    });
}

const DONE: &str = "TLS read anew";
const FAILED: &str = "TLS can't be read anew, so the former stays: ";

#[test]
fn new_connections_have_the_new_certificates() {
    let authority = Authority::new();
    let pair = authority.issue("pair", &["localhost"]);
    let kept = fs::read(&pair.certificate).expect("a file");
    let server = launch(slice::from_ref(&pair)).start();
    let client = authority.client();
    let mut former = connect(&server, &client, "localhost");
    ask(&mut former).expect("an answer");
    authority.issue("pair", &["localhost"]);
    assert_ne!(fs::read(&pair.certificate).expect("a file"), kept);
    assert!(!has_shown(
        &mut connect(&server, &client, "localhost"),
        &pair
    ));
    renew(&server, DONE, 1);
    let mut new = connect(&server, &client, "localhost");
    assert!(has_shown(&mut new, &pair));
    // A session of before is worth nothing, or the client would not have seen the new certificate.
    assert_eq!(new.session().handshake_kind(), Some(HandshakeKind::Full));
    ask(&mut new).expect("an answer");
    ask(&mut former).expect("the connection of before goes on");
}

#[test]
fn bad_files_change_nothing() {
    let authority = Authority::new();
    let [first, second] = ["first.test", "second.test"].map(|name| authority.issue(name, &[name]));
    let server = launch(&[first.clone(), second.clone()]).start();
    let (certificate, key) = (fs::read(&second.certificate), fs::read(&second.key));
    let (certificate, key) = (certificate.expect("a file"), key.expect("a file"));
    // The first pair could be read, and is not taken either.
    let former = fs::read(&first.certificate).expect("a file");
    authority.issue("first.test", &["first.test"]);
    let new = fs::read(&first.certificate).expect("a file");
    fs::write(&second.key, "garbage").expect("a file");
    renew(&server, FAILED, 1);
    fs::write(&second.key, &key).expect("a file");
    fs::remove_file(&second.certificate).expect("a file");
    renew(&server, FAILED, 2);
    let said = server.stderr();
    for part in [
        "second.test.key: it holds no private key",
        "second.test.pem: it can't be read",
    ] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    fs::write(&second.certificate, &certificate).expect("a file");
    let shows = |file: &[u8]| {
        let mut stream = connect(&server, &authority.client(), "first.test");
        ask(&mut stream).expect("an answer");
        let shown = stream.session().peer_certificates().expect("one")[0].clone();
        shown == crate::support::tls::first_certificate(file)
    };
    assert!(shows(&former));
    renew(&server, DONE, 1);
    assert!(shows(&new));
}

#[test]
fn new_connections_have_the_new_authority_of_clients() {
    let (authority, former, new) = (Authority::new(), Authority::new(), Authority::new());
    let file = authority.write("clients.pem", fs::read(former.file()).expect("a file"));
    let launch = Launch::app("slow_clients").over_tls(&authority);
    let option = [PathBuf::from("--tls-client-ca"), file.clone()];
    let server = launch.args(option).start();
    let [_, client] = with(&authority, Some(&former.issue("client", &["former.test"])));
    let [_, newer] = with(&authority, Some(&new.issue("client", &["new.test"])));
    assert_eq!(is_let_in(&server, &client), Ok(()));
    assert!(is_let_in(&server, &newer).is_err());
    fs::write(&file, fs::read(new.file()).expect("a file")).expect("a file");
    renew(&server, DONE, 1);
    assert_eq!(is_let_in(&server, &newer), Ok(()));
    let refused = is_let_in(&server, &client).expect_err("not even by a session of before");
    assert!(refused.contains("alert"), "{refused}");
}
