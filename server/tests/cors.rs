//! CORS by configuration: preflights, what pages of other origins may read, and nothing of that without it.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use support::{Answer, Call, Launch, Server};

const HERE: &str = "https://here.example";
const THERE: &str = "https://there.example";

fn server(args: &[&str]) -> Server {
    Launch::app("layers").args(args).start()
}

fn preflight(target: &str, origin: &str, method: &str) -> Call {
    Call::new("OPTIONS", target)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", "content-type, x-own")
}

/// The header fields of CORS, sorted, and `Vary`.
fn told(answer: &Answer) -> Vec<(&str, &str)> {
    let is_told = |name: &str| name.starts_with("access-control-") || name == "vary";
    let fields = answer.headers.iter();
    let mut told: Vec<(&str, &str)> = fields
        .filter(|(name, _)| is_told(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    told.sort_unstable();
    told
}

#[test]
fn nothing_is_told_without_configuration() {
    let server = server(&[]);
    let answer = server.call(&Call::get("/json").header("Origin", HERE));
    assert_eq!(told(&answer.expect(200)), []);
    let answer = server.call(&preflight("/json", HERE, "GET")).expect(204);
    assert_eq!(told(&answer), []);
    assert_eq!(answer.allowed(), ["GET", "HEAD", "OPTIONS"]);
}

#[test]
fn pages_of_the_origins_may_read_every_answer() {
    let server = server(&[
        "--cors-origins",
        HERE,
        "--cors-expose-headers",
        "X-Length",
        "--cors-expose-headers",
        "etag",
    ]);
    let mut connection = server.connect();
    let mut ask = |method: &str, target: &str, origin: &str| {
        connection.call(&Call::new(method, target).header("Origin", origin))
    };
    let rows = [
        ("GET", "/answers/text", 200),
        ("HEAD", "/answers/text", 200),
        ("GET", "/refused", 403),
        ("GET", "/answers/unknown", 500),
        ("GET", "/nowhere", 404),
        ("DELETE", "/json", 405),
        ("OPTIONS", "/json", 204),
        ("OPTIONS", "/own-options", 200),
    ];
    for (method, target, status) in rows {
        let answer = ask(method, target, HERE).expect(status);
        let expected = [
            ("access-control-allow-origin", HERE),
            ("access-control-expose-headers", "x-length,etag"),
            ("vary", "origin"),
        ];
        assert_eq!(told(&answer), expected, "{method} {target}");
        let answer = ask(method, target, THERE).expect(status);
        assert_eq!(
            told(&answer),
            expected[1..],
            "{method} {target} from elsewhere"
        );
    }
    assert_eq!(
        ask("OPTIONS", "/own-options", HERE).text(),
        "OPTIONS in Python"
    );
    let varying = ask("GET", "/answers/varying", HERE);
    assert_eq!(varying.all("vary"), ["Cookie", "origin"]);
    let same_origin = connection.call(&Call::get("/json")).expect(200);
    assert_eq!(same_origin.header("access-control-allow-origin"), None);
    assert_eq!(
        same_origin.header("vary"),
        Some("origin"),
        "caches must know"
    );
}

/// They do not reach Python: an unknown path and a path with an `OPTIONS` of its own are answered alike.
#[test]
fn preflights_are_answered_natively() {
    let server = server(&[
        "--cors-origins",
        HERE,
        "--cors-origins",
        "http://localhost:5173",
        "--cors-methods",
        "GET",
        "--cors-methods",
        "PUT",
        "--cors-headers",
        "Content-Type",
        "--cors-headers",
        "x-own",
        "--cors-max-age",
        "60",
        "--cors-credentials",
    ]);
    let mut connection = server.connect();
    for target in ["/json", "/nowhere", "/own-options"] {
        for origin in [HERE, "http://localhost:5173"] {
            let answer = connection
                .call(&preflight(target, origin, "PUT"))
                .expect(200);
            let expected = [
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-headers", "content-type,x-own"),
                ("access-control-allow-methods", "GET,PUT"),
                ("access-control-allow-origin", origin),
                ("access-control-max-age", "60"),
                ("vary", "origin"),
            ];
            assert_eq!(told(&answer), expected, "{target} {origin}");
            assert_eq!(
                (answer.text().as_str(), answer.header("server")),
                ("", Some("coachwhip"))
            );
            assert_eq!(answer.header("content-length"), Some("0"));
        }
        let answer = connection
            .call(&preflight(target, THERE, "PUT"))
            .expect(200);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{target}"
        );
    }
    let answer = connection
        .call(&Call::get("/json").header("Origin", HERE))
        .expect(200);
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true")
    );
}

#[test]
fn everything_may_be_allowed() {
    let any = ["--cors-origins", "--cors-methods", "--cors-headers"].map(|option| [option, "*"]);
    let server = server(any.as_flattened());
    let expected = [
        ("access-control-allow-headers", "*"),
        ("access-control-allow-methods", "*"),
        ("access-control-allow-origin", "*"),
        ("access-control-max-age", "600"),
    ];
    let answer = server
        .call(&preflight("/json", THERE, "DELETE"))
        .expect(200);
    assert_eq!(told(&answer), expected);
    let answer = server
        .call(&Call::get("/json").header("Origin", THERE))
        .expect(200);
    assert_eq!(told(&answer), [("access-control-allow-origin", "*")]);
}

#[test]
fn wrong_values_exit_2_before_anything_starts() {
    let rows: [(&[&str], &str); 3] = [
        (
            &["--cors-origins", "example.org"],
            "cors_origins = example.org is not allowed",
        ),
        (
            &["--cors-origins", "*", "--cors-credentials"],
            "--cors-origins: cors_origins = * is not allowed; expected no \"*\" together with cors_credentials",
        ),
        (
            &["--compression", "rar"],
            "compression = rar is not allowed",
        ),
    ];
    for (args, message) in rows {
        let ended = Launch::app("layers").args(args).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
}

/// A page of the internet that asks for a server of the intranet (Private Network Access).
#[test]
fn private_networks_are_opened_on_demand_alone() {
    for (args, expected) in [
        (&["--cors-origins", HERE][..], None),
        (
            &["--cors-origins", HERE, "--cors-private-network"],
            Some("true"),
        ),
    ] {
        let server = server(args);
        let field = "access-control-allow-private-network";
        let ask = preflight("/json", HERE, "GET");
        let private = ask
            .clone()
            .header("Access-Control-Request-Private-Network", "true");
        let answer = server.call(&private).expect(200);
        assert_eq!(answer.header(field), expected);
        assert_eq!(answer.header("access-control-allow-origin"), Some(HERE));
        assert_eq!(server.call(&ask).expect(200).header(field), None);
        let plain = Call::get("/json").header("Origin", HERE);
        assert_eq!(server.call(&plain).expect(200).header(field), None);
    }
}
