//! Functions before and after the handlers, and for errors. They stand in `handlers/middleware.py`.

use serde_json::Value;

use crate::support::socket::{SocketClient, handshake};
use crate::support::{Answer, Call, Connection, Launch, Mode, Server, eventually};

/// Of what kind the functions are; each must do the same.
const KINDS: [&str; 3] = ["sync", "async", "coroutine"];

/// Handlers of both kinds.
const HANDLERS: [&str; 2] = ["/sync", "/async"];

/// One worker, so that what one request leaves behind would meet the next.
fn server(mode: Mode, kind: &str) -> Server {
    Launch::under(mode, "middleware")
        .args(["--workers", "1", "--log-format", "json"])
        .env("MIDDLEWARE_KIND", kind)
        .start()
}

/// Checks `promise` with functions of each kind, on one connection to each server.
fn with_each_kind(mode: Mode, promise: impl Fn(&mut Connection, &str)) {
    for kind in KINDS {
        let server = server(mode, kind);
        let mut connection = server.connect();
        promise(&mut connection, kind);
    }
}

fn get(connection: &mut Connection, target: &str, status: u16) -> Answer {
    let answer = connection.call(&Call::get(target));
    assert_eq!(answer.status, status, "{target}: {}", answer.text());
    answer
}

/// The functions that have seen the request, in order.
fn marks(answer: &Answer) -> &str {
    answer.header("x-marks").unwrap_or("none")
}

pub(crate) fn are_called_in_their_order(mode: Mode) {
    with_each_kind(mode, |connection, kind| {
        for prefix in HANDLERS {
            let answer = get(connection, &format!("{prefix}/plain"), 200);
            assert_eq!(answer.text(), r#"{"kind":"plain"}"#, "{kind}");
            assert_eq!(
                marks(&answer),
                "first second handler inner outer",
                "{kind} {prefix}"
            );
            assert_eq!(answer.header("x-seen"), Some("200"));
            get(connection, &format!("{prefix}/none"), 204);
        }
        assert_eq!(get(connection, "/number/42", 200).text(), "42");
        assert_eq!(
            connection.call(&Call::post("/no-argument", "")).text(),
            "no argument"
        );
        let head = connection.call(&Call::new("HEAD", "/sync/plain"));
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(marks(&head), "first second handler inner outer");
        let file = get(connection, "/file", 200);
        assert!(
            file.text().contains("def file()"),
            "{kind}: {}",
            file.text()
        );
        assert_eq!(
            (file.header("x-own"), file.header("x-seen")),
            (Some("yes"), Some("200"))
        );
        for _ in 0..2 {
            let answer = get(connection, "/shared", 200);
            assert_eq!(answer.all("x-marks").len(), 1, "{kind}: a shared Response");
        }
    });
}

pub(crate) fn may_answer_before_the_handler(mode: Mode) {
    with_each_kind(mode, |connection, kind| {
        for prefix in HANDLERS {
            let answer = get(connection, &format!("{prefix}/plain?before=text"), 200);
            assert_eq!(answer.text(), "from before");
            assert_eq!(marks(&answer), "first inner outer", "{kind} {prefix}");
            let answer = get(connection, &format!("{prefix}/plain?before=tuple"), 202);
            assert_eq!(answer.json(), serde_json::json!({"from": "before"}));
            assert_eq!(answer.header("x-own"), Some("yes"));
        }
    });
}

pub(crate) fn may_replace_the_answer(mode: Mode) {
    with_each_kind(mode, |connection, kind| {
        for prefix in HANDLERS {
            let answer = get(connection, &format!("{prefix}/plain?after=other"), 203);
            assert_eq!(
                answer.json(),
                serde_json::json!({"instead": true}),
                "{kind}"
            );
            assert_eq!(
                marks(&answer),
                "first second handler inner outer",
                "{kind} {prefix}"
            );
        }
    });
}

/// The rows are: what is asked for, the status, the body, the functions that have seen it.
pub(crate) fn answer_for_errors(mode: Mode) {
    let seen = "first second handler inner outer";
    let rows = [
        ("lost", 409, "lost handler", seen),
        ("lost-for-good", 200, "lost for good", seen),
        ("unheard", 500, "sorry: Unheard", seen),
        ("key", 500, "sorry: KeyError", seen),
        ("stop-iteration", 500, "sorry: ", seen),
        ("nonsense", 500, "sorry: TypeError", seen),
        ("http-403", 403, "not yours", seen),
        ("http-404", 404, "no such thing", seen),
        ("http-405", 405, "try BREW", seen),
        ("teapot", 418, "short and stout", seen),
        ("lost?error=http", 410, "gone", seen),
        ("plain?before=lost", 409, "lost before", "first inner outer"),
        (
            "plain?before=http",
            401,
            "who are you?",
            "first inner outer",
        ),
        ("plain?after=lost", 409, "lost after", seen),
        ("plain?after=unheard", 500, "sorry: Unheard", seen),
    ];
    with_each_kind(mode, |connection, kind| {
        for (target, status, body, marked) in rows {
            for prefix in HANDLERS {
                let target = format!("{prefix}/{target}");
                let answer = get(connection, &target, status);
                let text = answer.text();
                assert!(text.contains(body), "{kind} {target}: {text}");
                assert_eq!(marks(&answer), marked, "{kind} {target}");
            }
        }
        let answer = get(connection, "/sync/plain?before=http", 401);
        assert_eq!(answer.header("www-authenticate"), Some("Basic"));
        let answer = get(connection, "/sync/unheard", 500);
        assert_eq!(answer.header("x-failed"), Some("yes"));
    });
}

pub(crate) fn keep_status_and_headers_of_the_error(mode: Mode) {
    let rows = [
        ("none", 402, "pay"),
        ("given", 200, "free today"),
        ("set", 203, "elsewhere"),
        ("tuple", 418, "a coffee"),
        ("redirect", 302, ""),
        ("json", 402, r#"{"price":1}"#),
        ("file", 402, "Functions around the handlers"),
        ("stream", 402, "pay me"),
        ("own", 402, "pay"),
    ];
    with_each_kind(mode, |connection, kind| {
        for prefix in HANDLERS {
            for (how, status, body) in rows {
                let answer = get(connection, &format!("{prefix}/unpaid?how={how}"), status);
                let shown = format!("{kind} {prefix} {how}");
                assert!(answer.text().contains(body), "{shown}");
                assert_eq!(
                    answer.all("www-authenticate"),
                    ["Basic", "Bearer"],
                    "{shown}"
                );
                let is_own = how == "own";
                let (after, cookies): (_, &[&str]) = if is_own {
                    ("7", &["own=1", "error=1"])
                } else {
                    ("5", &["error=1"])
                };
                assert_eq!(answer.all("retry-after"), [after], "{shown}");
                assert_eq!(answer.all("set-cookie"), cookies, "{shown}");
                assert_ne!(
                    answer.header("content-type"),
                    Some("text/x-error"),
                    "{shown}"
                );
                assert_ne!(answer.header("etag"), Some("\"error\""), "{shown}");
                let seen = status.to_string();
                assert_eq!(answer.header("x-seen"), Some(&*seen), "{shown}");
            }
            // The function returns the same `Response` for both.
            for _ in 0..2 {
                let busy = get(connection, &format!("{prefix}/busy"), 429);
                assert_eq!(busy.all("retry-after"), ["5"], "{kind} {prefix}");
                assert_eq!(busy.header("x-owner"), None, "{kind} {prefix}");
                let locked = get(connection, &format!("{prefix}/locked"), 423);
                assert_eq!(locked.header("x-owner"), Some("me"), "{kind} {prefix}");
                assert_eq!(locked.header("retry-after"), None, "{kind} {prefix}");
            }
        }
    });
}

/// How many log records there are of the failure at `path`.
fn records(stderr: &str, path: &str) -> Vec<Value> {
    let records = stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let is_of = |record: &Value| record["fields"]["path"] == path || record["path"] == path;
    records.filter(is_of).collect()
}

pub(crate) fn leave_one_record_of_what_nothing_took(mode: Mode) {
    for kind in KINDS {
        let server = server(mode, kind);
        let mut connection = server.connect();
        let (mut once, mut never) = (Vec::new(), Vec::new());
        for prefix in HANDLERS {
            get(&mut connection, &format!("{prefix}/unheard"), 500);
            get(&mut connection, &format!("{prefix}/key?error=raises"), 500);
            once.extend([format!("{prefix}/unheard"), format!("{prefix}/key")]);
            for (target, status) in [("lost", 409), ("http-404", 404), ("http-403", 403)] {
                get(&mut connection, &format!("{prefix}/{target}"), status);
                never.push(format!("{prefix}/{target}"));
            }
        }
        get(&mut connection, "/nowhere?error=raises", 500);
        once.push(String::from("/nowhere"));
        drop(connection);
        let stderr = server.stop().stderr;
        for path in once {
            let found = records(&stderr, &path);
            assert_eq!(found.len(), 1, "{kind} {path}:\n{stderr}");
            let text = found[0].to_string();
            assert!(text.contains("Traceback"), "{kind} {path}: {text}");
            if path.ends_with("/key") {
                let both = [
                    "KeyError: 'handler'",
                    "ValueError: the handler of the failure fails",
                ];
                for part in both {
                    assert!(text.contains(part), "{kind}: no {part:?} in {text}");
                }
            }
        }
        for path in never {
            assert!(
                records(&stderr, &path).is_empty(),
                "{kind} {path}:\n{stderr}"
            );
        }
    }
}

pub(crate) fn answer_for_requests_without_a_route(mode: Mode) {
    with_each_kind(mode, |connection, kind| {
        get(connection, "/sync/plain", 200);
        let answer = get(connection, "/nowhere/a%20b", 404);
        assert_eq!(answer.json()["missing"], "/nowhere/a b", "{kind}");
        // No function that comes before a handler is called, since there is none; nor has it left anything behind.
        assert_eq!(marks(&answer), "outer", "{kind}");
        assert_eq!(
            get(connection, "/number/none", 404).json()["missing"],
            "/number/none"
        );
        let posted = connection.call(&Call::post("/nowhere", "a body"));
        assert_eq!((posted.status, marks(&posted)), (404, "outer"));
        let answer = connection.call(&Call::new("DELETE", "/sync/plain"));
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (405, "try GET, HEAD, OPTIONS")
        );
        assert_eq!(answer.allowed(), ["GET", "HEAD", "OPTIONS"], "{kind}");
        let options = connection.call(&Call::new("OPTIONS", "/sync/plain"));
        assert_eq!((options.status, marks(&options)), (204, "none"));
        assert_eq!(
            connection.call(&Call::new("OPTIONS", "/nowhere")).status,
            404
        );
    });
}

pub(crate) fn leave_refusals_native_without_a_function_for_them(mode: Mode) {
    let server = Launch::under(mode, "after_only")
        .args(["--workers", "1"])
        .start();
    assert_eq!(server.get("/").expect(200).header("x-seen"), Some("200"));
    assert_eq!(server.get("/nowhere").expect(404).header("x-seen"), None);
    let failed = server.get("/fails").expect(500);
    assert_eq!(failed.header("x-seen"), Some("500"));
    assert!(!failed.text().contains("secret"));
    eventually("a record", || {
        server
            .stderr()
            .contains("ValueError: the secret cause")
            .then_some(())
    });
}

/// They may change the head of a streamed answer; its body is still to be made.
pub(crate) fn see_answers_that_are_streamed(mode: Mode) {
    with_each_kind(mode, |connection, kind| {
        for target in ["/streamed", "/streamed-async"] {
            let answer = get(connection, target, 200);
            assert_eq!(answer.text(), "one two", "{kind} {target}");
            assert_eq!(
                marks(&answer),
                "first second inner outer",
                "{kind} {target}"
            );
            assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
        }
    });
}

/// Those before the handler are called before the handshake is answered.
pub(crate) fn come_before_handshakes(mode: Mode) {
    for kind in KINDS {
        let server = server(mode, kind);
        for (path, room) in [("/socket", None), ("/rooms/7", Some("7"))] {
            let mut client = SocketClient::open(&server, path);
            assert_eq!(client.receive_text(), "first second handler", "{kind}");
            let headers = client.response.headers();
            let found = headers
                .get("x-room")
                .map(|room| room.to_str().expect("text"));
            assert_eq!(found, room, "{kind}");
            assert!(!headers.contains_key("x-marks"), "{kind}: {headers:?}");
            assert_eq!(client.closed().0, 1000, "{kind}");
        }
        let mut client = SocketClient::open(&server, "/socket?then=waits");
        client.receive_text();
        client.send("and back");
        assert_eq!(client.receive_text(), "and back", "{kind}");
        // What a handler raises after the handshake can't be answered any more.
        let mut client = SocketClient::open(&server, "/socket?then=lost");
        client.receive_text();
        assert_eq!(client.closed().0, 1011, "{kind}");
        eventually("a record", || {
            (records(&server.stderr(), "/socket").len() == 1).then_some(())
        });
    }
}

/// The rows are: what is asked for, the status, the body, the functions that have seen it.
pub(crate) fn refuse_handshakes(mode: Mode) {
    let (early, late) = ("first inner outer", "first second handler inner outer");
    let rows = [
        ("/socket?before=text", 200, "from before", early),
        ("/socket?before=tuple", 202, "from", early),
        ("/socket?before=lost", 409, "lost before", early),
        ("/socket?before=http", 401, "who are you?", early),
        ("/socket?before=file", 200, "KIND = ", early),
        ("/socket?before=stream", 200, "one two", early),
        ("/socket?before=text&after=other", 203, "instead", early),
        ("/rooms/401", 401, "who are you?", late),
        ("/rooms/403", 403, "not yours", late),
        ("/rooms/404", 404, "no such thing", late),
        ("/rooms/409", 409, "lost room", late),
        ("/rooms/500", 500, "sorry: Unheard", late),
        ("/rooms/501", 500, "sorry: RuntimeError", late),
    ];
    with_each_kind(mode, |connection, kind| {
        for (target, status, body, marked) in rows {
            let answer = connection.call(&handshake(target));
            let text = answer.text();
            assert_eq!(answer.status, status, "{kind} {target}: {text}");
            assert!(text.contains(body), "{kind} {target}: {text}");
            assert_eq!(marks(&answer), marked, "{kind} {target}");
            let asks = (status == 401).then_some("Basic");
            assert_eq!(answer.header("www-authenticate"), asks, "{target}");
        }
        // The connection and its worker go on.
        get(connection, "/sync/plain", 200);
    });
}
