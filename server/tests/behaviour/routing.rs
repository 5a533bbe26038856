//! Routes: methods, path parameters, and the answers that need no Python.

use std::time::{Duration, Instant};

use crate::support::server::shared;
use crate::support::{Call, Launch, Mode};

pub(crate) fn answers_each_method_with_its_handler(mode: Mode) {
    let server = shared(mode);
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let answer = server.call(&Call::new(method, "/verbs")).expect(200);
        assert_eq!(answer.text(), method.to_lowercase());
    }
}

pub(crate) fn takes_several_methods_in_one_route(mode: Mode) {
    let server = shared(mode);
    for method in ["GET", "PUT"] {
        assert_eq!(
            server
                .call(&Call::new(method, "/route/several"))
                .expect(200)
                .text(),
            method
        );
    }
    server
        .call(&Call::new("POST", "/route/several"))
        .expect(405);
    assert_eq!(server.get("/route/default").expect(200).text(), "GET");
    server
        .call(&Call::new("POST", "/route/default"))
        .expect(405);
    assert_eq!(
        server
            .call(&Call::new("PURGE", "/route/purge"))
            .expect(200)
            .text(),
        "PURGE"
    );
}

/// Methods that differ in case are different ones; a name all in lower case means the usual one.
pub(crate) fn tells_methods_apart_by_case(mode: Mode) {
    let server = shared(mode);
    let call = |method| server.call(&Call::new(method, "/route/cases"));
    for (method, told) in [
        ("REPORT", "upper REPORT"),
        ("Report", "mixed Report"),
        ("PATCH", "upper PATCH"),
    ] {
        assert_eq!(call(method).expect(200).text(), told);
    }
    for method in ["report", "patch", "RePort"] {
        let answer = call(method).expect(405);
        assert_eq!(answer.allowed(), ["OPTIONS", "PATCH", "REPORT", "Report"]);
    }
}

pub(crate) fn registers_each_of_stacked_decorators(mode: Mode) {
    let server = shared(mode);
    for path in ["/twice/one", "/twice/two"] {
        assert_eq!(server.get(path).expect(200).text(), path);
    }
}

pub(crate) fn returns_the_decorated_function_unchanged(mode: Mode) {
    let server = shared(mode);
    assert_eq!(
        server.get("/route/unchanged").expect(200).text(),
        "undecorated"
    );
    assert_eq!(
        server.get("/route/unchanged/check").expect(200).text(),
        "true"
    );
}

pub(crate) fn passes_path_parameters_by_name(mode: Mode) {
    let server = shared(mode);
    assert_eq!(server.get("/pair/l/and/7").expect(200).text(), "'l' 7");
    let told = server.get("/params/007").expect(200).json();
    assert_eq!(
        told,
        serde_json::json!({"params": {"number": "007"}, "type": "dict", "number": 7})
    );
}

pub(crate) fn converts_by_annotation(mode: Mode) {
    let server = shared(mode);
    let rows = [
        ("/int/42", "int 42"),
        ("/int/-5", "int -5"),
        ("/int/0", "int 0"),
        (
            "/int/123456789012345678901234567890",
            "int 123456789012345678901234567890",
        ),
        ("/float/2.5", "float 2.5"),
        ("/float/7", "float 7.0"),
        ("/float/-1e3", "float -1000.0"),
        (
            "/uuid/12345678-9ABC-def0-1234-56789abcdef0",
            "UUID 12345678-9abc-def0-1234-56789abcdef0",
        ),
        (
            "/uuid/123456789abcdef0123456789abcdef0",
            "UUID 12345678-9abc-def0-1234-56789abcdef0",
        ),
        ("/date/2024-02-29", "date 2024-02-29"),
        ("/date/%32024-02-29", "date 2024-02-29"),
        ("/even/42", "Even 42"),
        ("/even/later/%342", "later 42"),
        ("/str/42", "str 42"),
        ("/plain/42", "str 42"),
    ];
    for (path, expected) in rows {
        assert_eq!(server.get(path).expect(200).text(), expected, "{path}");
    }
}

pub(crate) fn converts_by_postponed_annotation(mode: Mode) {
    let server = Launch::under(mode, "postponed")
        .args(["--workers", "1"])
        .start();
    assert_eq!(server.get("/int/42").expect(200).text(), "int 42");
    server.get("/int/x").expect(404);
    assert_eq!(
        server.get("/day/2024-02-29").expect(200).text(),
        "date 2024-02-29"
    );
    server.get("/day/2023-02-29").expect(404);
}

pub(crate) fn answers_404_to_a_value_that_does_not_convert(mode: Mode) {
    let server = shared(mode);
    for path in [
        "/int/abc",
        "/int/1.5",
        "/int/1x",
        "/int/-",
        "/int/0x10",
        "/int/%00",
        "/float/abc",
        "/float/1,5",
        "/uuid/1",
        "/uuid/%7B12345678-9abc-def0-1234-56789abcdef0%7D",
        "/date/2023-02-29",
        "/date/20240229",
        "/date/2024-01-01T00:00",
        "/even/41",
        "/even/x",
        "/even/later/41",
    ] {
        server.get(path).expect(404);
    }
}

pub(crate) fn answers_500_where_a_converter_fails(mode: Mode) {
    let answer = shared(mode).get("/broken/1").expect(500);
    assert!(answer.text().contains("LookupError: 1"), "{answer:?}");
}

/// The functions around the handlers see what a converter raises.
pub(crate) fn converts_within_the_middleware(mode: Mode) {
    let server = Launch::under(mode, "converters")
        .args(["--workers", "1"])
        .start();
    let rows = [
        ("/colour/red/7", 200, "Colour RED 7"),
        ("/later/red", 200, "later RED"),
        ("/nested/red", 200, "Outer.Colour red"),
        ("/colour/mud/7", 404, "no /colour/mud/7 ValueError"),
        ("/later/mud", 404, "no /later/mud ValueError"),
        ("/colour/red/x", 404, "no /colour/red/x NoneType"),
        ("/colour/mud/7?a=1", 200, "refused first"),
    ];
    for (path, status, text) in rows {
        assert_eq!(server.get(path).expect(status).text(), text, "{path}");
    }
    server.get("/unlucky/1").expect(500);
}

pub(crate) fn takes_the_tail(mode: Mode) {
    let server = shared(mode);
    for tail in ["one", "one/two/three.txt", "one//two", "one/"] {
        assert_eq!(
            server.get(&format!("/tail/{tail}")).expect(200).text(),
            tail
        );
    }
}

pub(crate) fn prefers_the_literal_segment(mode: Mode) {
    let server = shared(mode);
    assert_eq!(server.get("/users/me").expect(200).text(), "me");
    assert_eq!(server.get("/users/meme").expect(200).text(), "user meme");
}

pub(crate) fn calls_a_handler_without_argument(mode: Mode) {
    let server = shared(mode);
    assert_eq!(server.get("/argumentless").expect(200).text(), "nothing");
}

pub(crate) fn calls_a_handler_that_takes_the_request_only(mode: Mode) {
    let server = shared(mode);
    assert_eq!(server.get("/untaken/7").expect(200).text(), "7");
}

pub(crate) fn answers_404_to_an_unknown_path(mode: Mode) {
    let server = shared(mode);
    for path in [
        "/nowhere",
        "/verbs/",
        "/verbs/more",
        "/Verbs",
        "/int",
        "//",
        "/pair/l/or/7",
    ] {
        server.get(path).expect(404);
    }
    server.call(&Call::post("/nowhere", "body")).expect(404);
    server.call(&Call::new("OPTIONS", "/nowhere")).expect(404);
}

pub(crate) fn answers_405_with_allow(mode: Mode) {
    let server = shared(mode);
    let answer = server
        .call(&Call::post("/route/several", "body"))
        .expect(405);
    let allowed = answer.allowed();
    assert!(
        allowed.contains(&"GET") && allowed.contains(&"PUT"),
        "{allowed:?}"
    );
    let others: Vec<_> = allowed
        .iter()
        .filter(|name| !["GET", "HEAD", "OPTIONS", "PUT"].contains(name))
        .collect();
    assert!(others.is_empty(), "{others:?} in Allow");
    for method in ["HEAD", "DELETE", "NONSENSE"] {
        let answer = server.call(&Call::new(method, "/route/purge")).expect(405);
        assert!(answer.allowed().contains(&"PURGE"));
        assert!(!answer.allowed().contains(&"HEAD"), "no GET, so no HEAD");
    }
}

pub(crate) fn answers_head_through_get(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for path in ["/verbs", "/value/dict", "/int/42"] {
        let head = connection.call(&Call::new("HEAD", path)).expect(200);
        let get = connection.call(&Call::get(path)).expect(200);
        for name in ["content-length", "content-type"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
        assert!(!get.body.is_empty());
    }
    connection.call(&Call::new("HEAD", "/nowhere")).expect(404);
}

pub(crate) fn answers_options_with_allow(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    let answer = connection.call(&Call::new("OPTIONS", "/verbs")).expect(204);
    let allowed = answer.allowed();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
        assert!(allowed.contains(&method), "{method} in {allowed:?}");
    }
    assert_eq!(
        connection.call(&Call::get("/verbs")).expect(200).text(),
        "get",
        "the connection goes on"
    );
}

pub(crate) fn decodes_percent_encoding(mode: Mode) {
    let server = shared(mode);
    let rows = [
        ("/str/a%20b", "str a b"),
        ("/str/a+b", "str a+b"),
        ("/str/gr%C3%BC%c3%9fe", "str grüße"),
        ("/str/a%2Fb", "str a/b"),
        ("/str/100%25", "str 100%"),
        ("/str/%2525", "str %25"),
        ("/tail/a%20b/c%3Fd", "a b/c?d"),
        ("/gr%C3%BC%C3%9Fe", "/grüße"),
        ("/int/%34%32", "int 42"),
    ];
    for (path, expected) in rows {
        assert_eq!(server.get(path).expect(200).text(), expected, "{path}");
    }
}

/// The one worker is held by a handler; what needs no Python is answered meanwhile.
pub(crate) fn answers_without_an_interpreter(mode: Mode) {
    let server = Launch::under(mode, "queueing")
        .args(["--workers", "1"])
        .start();
    let mut busy = server.connect();
    let start = Instant::now();
    busy.send(Call::get("/slow/2000/busy").bytes());
    server.get("/nowhere").expect(404);
    server.call(&Call::post("/ran", "")).expect(405);
    server.call(&Call::new("OPTIONS", "/ran")).expect(204);
    assert!(
        start.elapsed() < Duration::from_millis(1500),
        "answered after {:?}",
        start.elapsed()
    );
    assert_eq!(busy.read().expect(200).text(), "busy");
    assert!(start.elapsed() >= Duration::from_secs(2));
}
