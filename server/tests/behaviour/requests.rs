//! What a handler sees of its request. Most checks are made in Python, in `handlers/behaviour/requests.py`.

use serde_json::json;

use crate::support::server::shared;
use crate::support::{Call, Launch, Mode};

/// The handler at `call`'s target checks in Python and answers "ok".
fn is_ok(mode: Mode, call: &Call) {
    assert_eq!(shared(mode).call(call).expect(200).text(), "ok");
}

pub(crate) fn has_each_attribute(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    let target = "/request/describe/a%20b/%C3%A9?b=1&a=2&b=3%20+";
    let call = Call::post(target, "the body").header("Host", "example.org:81");
    let told = connection.call(&call).expect(200).json();
    let client = connection.local_address();
    let expected = json!({
        "method": "POST",
        "path": "/request/describe/a b/é",
        "raw_path": "/request/describe/a%20b/%C3%A9",
        "query": [["b", "1"], ["a", "2"]],
        "raw_query": "b=1&a=2&b=3%20+",
        "params": {"rest": "a b/é"},
        "body": "the body",
        "client": [client.ip().to_string(), client.port()],
        "scheme": if server.ready.is_https() { "https" } else { "http" },
        "host": "example.org:81",
        "http_version": "1.1",
    });
    assert_eq!(told, expected);
    let told = connection
        .call(&Call::new("PUT", "/request/describe/x"))
        .expect(200)
        .json();
    for (name, value) in [
        ("method", "PUT"),
        ("raw_query", ""),
        ("body", ""),
        ("path", "/request/describe/x"),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    assert_eq!(told["query"], json!([]));
}

pub(crate) fn has_attributes_of_the_promised_types(mode: Mode) {
    is_ok(mode, &Call::post("/request/types?a=b", "body"));
}

pub(crate) fn makes_each_attribute_once(mode: Mode) {
    is_ok(mode, &Call::post("/request/made-once?a=b", "a body"));
}

pub(crate) fn is_immutable(mode: Mode) {
    is_ok(mode, &Call::get("/request/immutable"));
}

pub(crate) fn shows_the_body_without_a_copy(mode: Mode) {
    is_ok(
        mode,
        &Call::post("/request/body-view", "seen without a copy"),
    );
}

pub(crate) fn decodes_text_by_charset(mode: Mode) {
    let server = shared(mode);
    let rows: [(&str, &[u8], u16); 8] = [
        ("text/plain", "é€".as_bytes(), 200),
        ("text/plain; charset=utf-8", "é€".as_bytes(), 200),
        ("text/plain; charset=ISO-8859-1", b"\xe9", 200),
        ("text/plain;charset=\"latin-1\"", b"\xe9", 200),
        ("text/plain; format=flowed; Charset=latin1", b"\xe9", 200),
        ("text/plain", b"\xe9", 400),
        ("text/plain; charset=ascii", b"\xe9", 400),
        ("text/plain; charset=no-such-charset", b"e", 400),
    ];
    for (content_type, body, status) in rows {
        let call = Call::post("/request/text", body).header("Content-Type", content_type);
        let answer = server.call(&call).expect(status);
        if status == 200 {
            assert!(
                ["é€", "é"].contains(&answer.text().as_str()),
                "{content_type}: {}",
                answer.text()
            );
        }
    }
    assert_eq!(
        server
            .call(&Call::post("/request/text", "é without a type"))
            .expect(200)
            .text(),
        "é without a type"
    );
    assert_eq!(
        server
            .call(&Call::post("/request/text", ""))
            .expect(200)
            .text(),
        ""
    );
}

pub(crate) fn reads_json(mode: Mode) {
    let server = shared(mode);
    let rows = [
        (r#"{"a": [1, 2.5, null, true, "é€😀"], "b": {}}"#, "dict"),
        (r#"["\u00e9\ud83d\ude00\n"]"#, "list"),
        ("  42 ", "int"),
        ("-0.5e-3", "float"),
        ("\"text\"", "str"),
        ("true", "bool"),
        ("null", "NoneType"),
    ];
    for (body, kind) in rows {
        let told = server
            .call(&Call::post("/request/json", body))
            .expect(200)
            .json();
        let sent: serde_json::Value = serde_json::from_str(body).expect("the row is JSON");
        assert_eq!(told, json!({"value": sent, "type": kind}), "{body}");
    }
    let long = server
        .call(&Call::post(
            "/request/json",
            "123456789012345678901234567890",
        ))
        .expect(200)
        .text();
    assert!(long.contains("123456789012345678901234567890"), "{long}");
}

pub(crate) fn answers_400_to_bad_json_naming_line_and_column(mode: Mode) {
    let server = shared(mode);
    let answer = server
        .call(&Call::post("/request/json", "{\n  \"a\": nonsense\n}"))
        .expect(400);
    let caught = server
        .call(&Call::post(
            "/request/json-caught",
            "{\n  \"a\": nonsense\n}",
        ))
        .expect(200)
        .text();
    assert!(caught.starts_with("400 "), "{caught}");
    for told in [answer.text(), caught] {
        assert!(told.contains("line 2") && told.contains("column"), "{told}");
    }
    let deep = "[".repeat(200_000);
    for body in [
        "",
        "{",
        "[1,]",
        "{'a': 1}",
        "1 2",
        "NaN",
        "\"\t\"",
        deep.as_str(),
    ] {
        server.call(&Call::post("/request/json", body)).expect(400);
    }
    server
        .call(&Call::post("/request/json", b"\"\xff\""))
        .expect(400);
}

pub(crate) fn reads_query(mode: Mode) {
    let query =
        "b=1&a=2&b=3%20&space=one+two%20three&gr%C3%BC%C3%9Fe=%E2%82%AC&flag&empty=&equation=x=y";
    is_ok(mode, &Call::get(&format!("/request/query?{query}")));
}

pub(crate) fn reads_headers(mode: Mode) {
    let call = Call::get("/request/headers")
        .header("X-Single", "one")
        .header("X-Many", "first")
        .header("x-many", "second")
        .header("X-Latin", b"caf\xe9")
        .header("X-MANY", "third");
    is_ok(mode, &call);
}

pub(crate) fn reads_cookies(mode: Mode) {
    let call = Call::get("/request/cookies")
        .header(
            "Cookie",
            "a=1; b=\"x y\"; a=2; nonsense; =nameless; e=x=y%20",
        )
        .header("Cookie", b"c=\xc3\xa9;b=3")
        .header("Cookie", b"latin=\xe9");
    is_ok(mode, &call);
    let none = shared(mode).get("/request/no-cookies").expect(200);
    assert_eq!(none.json(), json!({}));
}

pub(crate) fn has_headers_that_are_a_mapping(mode: Mode) {
    is_ok(mode, &Call::get("/request/headers-are-a-mapping"));
}

pub(crate) fn parses_a_raw_buffer(mode: Mode) {
    is_ok(mode, &Call::get("/request/parse"));
}

/// What is made when it is first read is made for all of them, though several make it.
pub(crate) fn is_read_by_several_threads_at_once(mode: Mode) {
    for _ in 0..5 {
        let call = Call::post("/request/threads/7?q=1", "a=1&b=2")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Cookie", "c=3");
        is_ok(mode, &call);
    }
}

/// Requests that the module keeps are read again after hundreds of others went through the same buffers.
pub(crate) fn stays_valid_when_kept(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--debug"])
        .start();
    let mut connection = server.connect();
    let mut expected = Vec::new();
    for number in 0..10 {
        let (mark, body) = (
            format!("mark {number}"),
            format!("body {number} ").repeat(number * 100 + 1),
        );
        connection
            .call(&Call::post("/request/keep", &body).header("X-Mark", &mark))
            .expect(200);
        expected.push(json!(["/request/keep", mark, body, body]));
    }
    for number in 0..300 {
        connection
            .call(&Call::post("/request/text", format!("other {number}")))
            .expect(200);
    }
    drop(connection);
    assert_eq!(
        server.get("/request/kept").expect(200).json(),
        json!(expected)
    );
}
