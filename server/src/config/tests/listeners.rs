//! Sockets, those that were handed over, and proxies.

use super::Scene;
use crate::http::Allowed;

fn addresses(scene: &Scene, args: &[&str]) -> Vec<String> {
    let bind = scene.config(args).bind;
    bind.iter().map(ToString::to_string).collect()
}

fn handed_over(process: u32, count: &str) -> Scene {
    Scene::new()
        .with_variable("LISTEN_PID", process.to_string())
        .with_variable("LISTEN_FDS", count)
        .with_variable("LISTEN_FDNAMES", "a:b")
}

#[test]
fn sockets_that_were_handed_over_stand_in_for_the_default() {
    let this = std::process::id();
    assert_eq!(addresses(&handed_over(this, "1"), &[]), ["fd:3"]);
    let two = handed_over(this, "2");
    assert_eq!(addresses(&two, &[]), ["fd:3", "fd:4"]);
    assert_eq!(addresses(&two, &["--bind", "fd:4"]), ["fd:4"]);
    two.write(
        "config/default.toml",
        "[server]\nbind = [\"localhost:1\"]\n",
    );
    assert_eq!(addresses(&two, &[]), ["localhost:1"]);
    let two = two.with_variable("COACHWHIP_BIND", "localhost:2");
    assert_eq!(addresses(&two, &[]), ["localhost:2"]);
}

#[test]
fn sockets_for_another_process_are_left_alone() {
    let default = ["127.0.0.1:8000"];
    assert_eq!(
        addresses(&handed_over(std::process::id() + 1, "1"), &[]),
        default
    );
    assert_eq!(
        addresses(&handed_over(std::process::id(), "0"), &[]),
        default
    );
    let without = Scene::new().with_variable("LISTEN_FDS", "1");
    assert_eq!(addresses(&without, &[]), default);
    let nonsense = handed_over(1, "nonsense");
    assert_eq!(addresses(&nonsense, &[]), default);
}

#[test]
fn a_count_that_is_none_is_refused() {
    for count in ["", "-1", "257", "two"] {
        let message = handed_over(std::process::id(), count).message(&[]);
        let expected = format!(
            "LISTEN_FDS: bind = {count:?} is not allowed; expected the number of sockets that are handed over, at most 256"
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn proxies_are_repeated_or_listed() {
    let expected = Allowed::These(["unix", "::1"].map(|text| text.parse().unwrap()).to_vec());
    for args in [
        &["--trusted-proxies", "unix", "--trusted-proxies", "::1"][..],
        &["--trusted-proxies", "unix,::1"],
        &["--trusted-proxies=unix,::1"],
    ] {
        assert_eq!(Scene::new().config(args).trusted_proxies, expected);
    }
    let by_variable = Scene::new().with_variable("COACHWHIP_TRUSTED_PROXIES", "unix,::1");
    assert_eq!(by_variable.config(&[]).trusted_proxies, expected);
    let by_file = Scene::with_file("[server]\ntrusted_proxies = [\"unix\", \"::1\"]\n");
    assert_eq!(by_file.config(&[]).trusted_proxies, expected);
}

#[test]
fn what_is_allowed_of_sockets_and_proxies_is_told() {
    for (args, message) in [
        (
            ["--unix-mode", "rw"],
            "--unix-mode: unix_mode = rw is not allowed; \
             expected permissions as three or four octal digits from \"0000\" to \"0777\", in a file as a string",
        ),
        (
            ["--trusted-proxies", "10.0.0.1/8"],
            "--trusted-proxies: trusted_proxies = 10.0.0.1/8 is not allowed; \
             expected an address, a network such as \"10.0.0.0/8\" without host bits, or \"unix\" for the peers on unix sockets, \
             or a list of them, or \"*\" alone",
        ),
        (
            ["--proxy-protocol", "--debug"],
            "--proxy-protocol: proxy_protocol = true is not allowed; \
             expected false, or trusted_proxies that name who sends the header",
        ),
    ] {
        assert_eq!(Scene::new().message(&args), message);
    }
    let in_file = Scene::with_file("[server]\nunix_mode = 660\n").message(&[]);
    assert!(
        in_file.starts_with("config/default.toml:2: unix_mode = 660 is not allowed"),
        "{in_file}"
    );
}
