//! What becomes of a handler's return value. The values stand in `handlers/behaviour/responses.py`.

use serde_json::json;

use crate::support::server::shared;
use crate::support::{Call, Launch, Mode, eventually};

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

/// The handler at `target` checks in Python and answers "ok".
fn is_ok(mode: Mode, target: &str) {
    assert_eq!(shared(mode).get(target).expect(200).text(), "ok");
}

pub(crate) fn follow_the_returned_value(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    let rows: [(&str, u16, &str, &[u8]); 14] = [
        ("str", 200, TEXT, "grüße".as_bytes()),
        ("str-subclass", 200, TEXT, b"text"),
        ("str-empty", 200, TEXT, b""),
        ("bytes", 200, BYTES, b"\x00\xff"),
        ("bytearray", 200, BYTES, b"array"),
        ("memoryview", 200, BYTES, b"memory"),
        ("int", 200, JSON, b"42"),
        ("float", 200, JSON, b"2.5"),
        ("true", 200, JSON, b"true"),
        ("false", 200, JSON, b"false"),
        ("response-str", 200, TEXT, b"text"),
        ("response-bytes", 200, BYTES, b"bytes"),
        ("response-full", 201, "text/html", b"<p>"),
        ("tuple", 201, TEXT, b"made"),
    ];
    for (name, status, content_type, body) in rows {
        let answer = connection
            .call(&Call::get(&format!("/value/{name}")))
            .expect(status);
        assert_eq!(answer.header("content-type"), Some(content_type), "{name}");
        assert_eq!(answer.body, body, "{name}");
        assert_eq!(
            answer.header("content-length"),
            Some(body.len().to_string().as_str()),
            "{name}"
        );
    }
    let rows = [
        (
            "dict",
            200,
            json!({"name": "é", "list": [1, 2.5, null, true], "nested": {"empty": {}}}),
        ),
        ("list", 200, json!([1, "two", [3]])),
        ("response-json", 202, json!({"a": [1]})),
        ("tuple-headers", 201, json!({"made": true})),
    ];
    for (name, status, value) in rows {
        let answer = connection
            .call(&Call::get(&format!("/value/{name}")))
            .expect(status);
        assert_eq!(answer.header("content-type"), Some(JSON), "{name}");
        assert_eq!(answer.json(), value, "{name}");
        let one = (status != 200).then_some("1");
        assert_eq!(answer.header("x-one"), one, "{name}");
    }
    let pairs = connection
        .call(&Call::get("/value/tuple-pairs"))
        .expect(203);
    assert_eq!(pairs.all("x-one"), ["1", "2"]);
    for (name, status, target) in [
        ("redirect", 302, "/elsewhere"),
        ("redirect-permanent", 308, "https://example.org/"),
    ] {
        let answer = connection
            .call(&Call::get(&format!("/value/{name}")))
            .expect(status);
        assert_eq!(answer.header("location"), Some(target));
    }
}

pub(crate) fn keep_every_digit_of_an_integer(mode: Mode) {
    assert_eq!(
        shared(mode).get("/value/int-long").expect(200).text(),
        "123456789012345678901234567890"
    );
}

pub(crate) fn have_no_body_for_none(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    let answer = connection.call(&Call::get("/value/none")).expect(204);
    assert_eq!(answer.header("content-type"), None);
    assert_eq!(answer.header("transfer-encoding"), None);
    assert_eq!(
        connection
            .call(&Call::get("/value/response"))
            .expect(200)
            .text(),
        "",
        "the connection goes on"
    );
}

/// Each is one 500; the log names the handler and, for a type that has no answer, that type.
pub(crate) fn answer_500_to_nonsense_and_log_its_type(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1"])
        .start();
    let mut connection = server.connect();
    for name in [
        "tuple-of-one",
        "tuple-of-four",
        "tuple-without-status",
        "tuple-with-bad-status",
        "tuple-of-nonsense",
        "nan",
        "infinity-inside",
        "key-not-str",
        "value-not-json",
        "surrogate",
        "surrogate-inside",
        "endless",
    ] {
        connection
            .call(&Call::get(&format!("/nonsense/{name}")))
            .expect(500);
    }
    for (name, kind) in [
        ("object", "object"),
        ("set", "set"),
        ("complex", "complex"),
        ("class", "type"),
    ] {
        let path = format!("/nonsense/{name}");
        let answer = connection.call(&Call::get(&path)).expect(500);
        assert!(
            !answer.text().contains("complex"),
            "the answer does not tell the cause: {}",
            answer.text()
        );
        eventually(
            &format!("a record that names {path}, the handler and {kind}"),
            || {
                let stderr = server.stderr();
                let at = stderr.find(&path)?;
                let line_start = stderr[..at].rfind('\n').map_or(0, |at| at + 1);
                let record = &stderr[line_start..];
                (record.contains("nonsense") && record.contains(kind)).then_some(())
            },
        );
    }
    assert_eq!(
        connection.call(&Call::get("/value/int")).expect(200).text(),
        "42"
    );
}

pub(crate) fn have_date_server_and_length(mode: Mode) {
    let server = shared(mode);
    let rows = [
        (Call::get("/value/str"), 200),
        (Call::get("/value/str-empty"), 200),
        (Call::get("/value/none"), 204),
        (Call::get("/value/redirect"), 302),
        (Call::get("/nowhere"), 404),
        (Call::get("/error/detail"), 422),
        (Call::new("DELETE", "/value/str"), 405),
        (Call::new("OPTIONS", "/value/str"), 204),
        (Call::get("/nonsense/object"), 500),
    ];
    for (call, status) in rows {
        let answer = server.call(&call).expect(status);
        assert_eq!(answer.header("server"), Some("coachwhip"), "{call:?}");
        let date = answer.header("date").expect("a Date header");
        assert!(
            date.ends_with(" GMT") && date.len() == "Sun, 06 Nov 1994 08:49:37 GMT".len(),
            "{date}"
        );
        if status != 204 {
            let length = answer.body.len().to_string();
            assert_eq!(
                answer.header("content-length"),
                Some(length.as_str()),
                "{call:?}"
            );
        }
        assert_eq!(answer.version, "HTTP/1.1");
    }
}

pub(crate) fn take_headers_in_order(mode: Mode) {
    let answer = shared(mode).get("/response/headers").expect(200);
    let ours: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-"))
        .cloned()
        .collect();
    let expected = [
        ("x-first", "1"),
        ("x-again", "a"),
        ("x-again", "b"),
        ("x-second", "2"),
        ("x-changed", "after"),
        ("x-third", "3"),
    ];
    assert_eq!(
        ours,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

pub(crate) fn write_dataclasses_dates_and_uuids(mode: Mode) {
    let told = shared(mode).get("/response/dataclass").expect(200).json();
    let expected = json!({
        "point": {"x": 3, "y": 6},
        "day": "2024-02-29",
        "id": "00000000-0000-0000-0000-000000000007",
    });
    assert_eq!(told, expected);
}

pub(crate) fn refuse_keywords_that_are_no_strings(mode: Mode) {
    shared(mode).get("/response/odd-keywords").expect(200);
}

pub(crate) fn set_cookies(mode: Mode) {
    let answer = shared(mode).get("/response/cookies").expect(200);
    let cookies = answer.all("set-cookie");
    assert_eq!(cookies.len(), 4, "{cookies:?}");
    assert_eq!(
        cookies[3],
        "embedded=3; Path=/; Secure; SameSite=None; Partitioned"
    );
    assert_eq!(cookies[0].split(';').next(), Some("plain=1"));
    for unasked in ["Max-Age", "Domain", "Secure", "HttpOnly", "Partitioned"] {
        assert!(
            !cookies[0].to_lowercase().contains(&unasked.to_lowercase()),
            "{unasked} in {}",
            cookies[0]
        );
    }
    let mut parts = cookies[1].split(';').map(str::trim);
    assert_eq!(parts.next(), Some("full=2"));
    let mut attributes: Vec<_> = parts.map(str::to_lowercase).collect();
    attributes.sort_unstable();
    assert_eq!(
        attributes,
        [
            "domain=example.org",
            "httponly",
            "max-age=60",
            "path=/deep",
            "samesite=strict",
            "secure"
        ]
    );
    assert!(
        cookies[2].starts_with("gone=;") && cookies[2].to_lowercase().contains("max-age=0"),
        "{}",
        cookies[2]
    );
}

pub(crate) fn refuse_control_characters(mode: Mode) {
    is_ok(mode, "/response/refuses-control-characters");
}

pub(crate) fn refuse_status_outside_200_to_599(mode: Mode) {
    is_ok(mode, "/response/refuses-status");
    let server = shared(mode);
    for status in [200, 299, 418, 599] {
        server
            .get(&format!("/response/status/{status}"))
            .expect(status);
    }
    for status in [100, 199, 600] {
        server
            .get(&format!("/response/status/{status}"))
            .expect(500);
    }
}

pub(crate) fn refuse_values_that_are_no_json(mode: Mode) {
    is_ok(mode, "/response/refuses-json");
}

pub(crate) fn carry_an_http_error(mode: Mode) {
    let server = shared(mode);
    server.get("/error/plain").expect(404);
    let answer = server.get("/error/detail").expect(422);
    assert!(
        answer.text().contains("the detail of it"),
        "{}",
        answer.text()
    );
    assert_eq!(
        (answer.header("x-reason"), answer.header("x-more")),
        (Some("detail"), Some("1"))
    );
    let answer = server.get("/error/keywords").expect(409);
    assert!(answer.text().contains("by keyword"), "{}", answer.text());
    assert_eq!(answer.header("x-reason"), Some("pairs"));
    is_ok(mode, "/error/attributes");
}
