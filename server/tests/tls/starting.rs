//! Files that can't be used: one message that names the file and the cause.

use std::path::{Path, PathBuf};
use std::slice;

use rcgen::{KeyPair, date_time_ymd};

use crate::support::tls::{Authority, Pair, params};
use crate::support::{Ended, Launch};
use crate::{ask, connect, launch};

/// Runs what must fail with 1; its message says why, in a line that names the file.
fn fails(launch: Launch, file: &Path, cause: &str) {
    let Ended {
        code,
        stdout,
        stderr,
    } = launch.run();
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "stderr:\n{stderr}");
    let expected = format!("coachwhip: {}: {cause}", file.display());
    let is_said = stderr.lines().any(|line| line.starts_with(&expected));
    assert!(is_said, "no {expected:?} in\n{stderr}");
}

#[test]
fn each_file_that_is_wrong_is_named_with_its_cause() {
    let authority = Authority::new();
    let good = authority.issue("good", &["localhost"]);
    let other = authority.issue("other", &["localhost"]);
    let write = |name: &str, text: &str| authority.write(name, text);
    let missing = authority.path("missing.pem");
    let folder = authority.path("");
    let empty = write("empty.pem", "");
    let broken = write("broken.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    let no_base64 = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let no_base64 = write("no_base64.pem", no_base64);
    let no_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let no_der = write("no_der.pem", no_der);
    let no_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let no_key = write("no_key.key", no_key);
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let locked = write("locked.key", locked);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n\
               AAAA\n-----END RSA PRIVATE KEY-----\n";
    let old = write("old.key", old);
    for (file, cause) in [
        (&missing, "it can't be read: No such file"),
        (&folder, "it can't be read: Is a directory"),
        (&empty, "it holds no certificate"),
        (&good.key, "it holds no certificate"),
        (&broken, "it is not PEM: "),
        (&no_base64, "it is not PEM: "),
        (&no_der, "a certificate can't be used: "),
    ] {
        let pair = Pair {
            certificate: file.clone(),
            key: good.key.clone(),
        };
        // The second of two, so that each is looked at.
        fails(launch(&[good.clone(), pair]), file, cause);
    }
    for (file, cause) in [
        (&missing, "it can't be read: No such file"),
        (&empty, "it holds no private key"),
        (&good.certificate, "it holds no private key"),
        (&no_key, "the key can't be used: "),
        (&locked, "the key is encrypted"),
        (&old, "the key is encrypted"),
        (&other.key, "the key does not match the certificate in "),
    ] {
        let pair = Pair {
            certificate: good.certificate.clone(),
            key: file.clone(),
        };
        fails(launch(&[pair]), file, cause);
    }
    for (file, cause) in [
        (&missing, "it can't be read: No such file"),
        (&empty, "it holds no certificate"),
        (&no_der, "a certificate can't be used: "),
    ] {
        let option = [PathBuf::from("--tls-client-ca"), file.clone()];
        fails(launch(slice::from_ref(&good)).args(option), file, cause);
    }
}

#[test]
fn options_that_do_not_go_together_exit_2() {
    let authority = Authority::new();
    let pair = authority.issue("pair", &["localhost"]);
    let client = |option: &str, file: &Path| {
        let option = [PathBuf::from(option), file.to_owned()];
        Launch::app("slow_clients").args(option)
    };
    for (option, file) in [
        ("--tls-cert", &pair.certificate),
        ("--tls-key", &pair.key),
        ("--tls-client-ca", &authority.file()),
    ] {
        let ended = client(option, file).run();
        assert_eq!(ended.code, Some(2), "{option}: {}", ended.stderr);
        let expected = format!("coachwhip: {option}: ");
        assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    }
}

#[test]
fn certificates_out_of_time_are_shown_with_a_warning() {
    let authority = Authority::new();
    let key = KeyPair::generate().expect("a key");
    let (mut past, mut future) = (params(&["past.test"]), params(&["future.test"]));
    past.not_after = date_time_ymd(2020, 2, 3);
    future.not_before = date_time_ymd(2999, 2, 3);
    let good = authority.issue("good", &["good.test"]);
    let pairs = [
        good,
        authority.issue_for("past", &past, &key),
        authority.issue_for("future", &future, &key),
    ];
    let server = launch(&pairs).start();
    let mut stream = connect(&server, &authority.client(), "good.test");
    ask(&mut stream).expect("an answer");
    let said = server.stop().stderr;
    let warnings: Vec<_> = said.lines().filter(|line| line.contains("WARN")).collect();
    let [past, future] = warnings[..] else {
        panic!("two warnings in {said}");
    };
    for (warning, file, words) in [
        (past, "past.pem", "expired on Mon, 03 Feb 2020"),
        (future, "future.pem", "is not valid before Sun, 03 Feb 2999"),
    ] {
        assert!(
            warning.contains(file) && warning.contains(words),
            "{warning}"
        );
    }
}
