//! Forms: urlencoded and multipart, files, what is refused and the limits.

use serde_json::{Value, json};

use crate::support::server::shared;
use crate::support::{Answer, Call, Launch, Mode, Server};

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=XyZ";

const FILE: &str = "form-data; name=\"file\"; filename=\"x.bin\"\r\nContent-Type: image/png";

fn post(target: &str, content_type: &str, body: impl AsRef<[u8]>) -> Call {
    Call::post(target, body).header("Content-Type", content_type)
}

/// A multipart body of parts, each what follows `Content-Disposition:` and the data.
fn multipart(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (header, data) in parts {
        let head = format!("--XyZ\r\nContent-Disposition: {header}\r\n\r\n");
        body.extend([head.as_bytes(), data, b"\r\n"].concat());
    }
    body.extend_from_slice(b"--XyZ--\r\n");
    body
}

fn read(server: &Server, content_type: &str, body: impl AsRef<[u8]>) -> Value {
    let call = post("/form", content_type, body);
    server.call(&call).expect(200).json()
}

pub(crate) fn are_mappings_of_the_first_value(mode: Mode) {
    let body = "a=1&a=2&b+c=%E2%82%AC&=";
    let call = post("/form/mapping", URLENCODED, body);
    assert_eq!(shared(mode).call(&call).expect(200).text(), "ok");
    let parts: [(&str, &[u8]); 4] = [
        ("form-data; name=\"a\"", b"1"),
        ("form-data; name=\"a\"", b"2"),
        ("form-data; name=\"b c\"", "€".as_bytes()),
        ("form-data; name=\"\"", b""),
    ];
    let call = post("/form/mapping", MULTIPART, multipart(&parts));
    assert_eq!(shared(mode).call(&call).expect(200).text(), "ok");
}

pub(crate) fn are_read_urlencoded(mode: Mode) {
    let server = shared(mode);
    let rows = [
        ("", json!([])),
        ("a=1", json!([["a", ["1"]]])),
        (
            "b=x+y%2B&a=%00&b=",
            json!([["b", ["x y+", ""]], ["a", ["\0"]]]),
        ),
        ("flag&e=x=y&&", json!([["flag", [""]], ["e", ["x=y"]]])),
        ("gr%C3%BC%C3%9Fe=€", json!([["grüße", ["€"]]])),
    ];
    for (body, expected) in rows {
        for content_type in [
            URLENCODED,
            "Application/X-WWW-Form-URLencoded ; charset=UTF-8",
        ] {
            assert_eq!(read(&server, content_type, body), expected, "{body}");
        }
    }
}

pub(crate) fn are_read_multipart(mode: Mode) {
    let server = shared(mode);
    let parts: [(&str, &[u8]); 6] = [
        ("form-data; name=\"text\"", "é\r\n-XyZ".as_bytes()),
        (
            "form-data; name=\"file\"; filename=\"gr\u{fc}n%22.txt\"\r\nContent-Type: text/x",
            b"\xff\0",
        ),
        (
            "form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream",
            b"",
        ),
        (
            "form-data; name=\"a%22b\"; filename=b; filename*=UTF-8''%E2%82%AC",
            b"no type",
        ),
        (
            "form-data; name=latin\r\nContent-Type: text/plain; charset=ISO-8859-1",
            b"\xe9",
        ),
        ("form-data; name=\"text\"", b"second"),
    ];
    let expected = json!([
        ["text", ["é\r\n-XyZ", "second"]],
        [
            "file",
            [
                ["grün\".txt", "text/x", "\u{ff}\0"],
                ["", "application/octet-stream", ""]
            ]
        ],
        ["a\"b", [["€", null, "no type"]]],
        ["latin", ["é"]],
    ]);
    let body = multipart(&parts);
    assert_eq!(read(&server, MULTIPART, &body), expected);
    assert_eq!(
        read(&server, "multipart/form-data; boundary=\"XyZ\"", &body),
        expected
    );
    let call = post("/form/async", MULTIPART, &body);
    assert_eq!(server.call(&call).expect(200).json(), expected);
    assert_eq!(read(&server, MULTIPART, multipart(&[])), json!([]));
}

/// What a header may look like by the rules for headers, and what browsers and mail libraries make of odd names. Each row is
/// what follows `Content-Disposition:`, and the field as it is read.
pub(crate) fn are_read_as_clients_write_them(mode: Mode) {
    let server = shared(mode);
    let file = |name: &str, filename: &str| json!([[name, [[filename, null, "data"]]]]);
    let rows = [
        (r#"form-data; name="a\""#, json!([["a\\", ["data"]]])),
        (
            r#"form-data; name="a\"; filename="C:\d\""#,
            file("a\\", "C:\\d\\"),
        ),
        (
            r#"form-data; name="a\"b\\"; filename="%22\""#,
            file("a\"b\\", "\"\\"),
        ),
        (
            "form-data; name=\"a\t\x01\"",
            json!([["a\t\u{1}", ["data"]]]),
        ),
        (
            "form-data;\r\n\tname=\"a\r\n b\"",
            json!([["a b", ["data"]]]),
        ),
        (
            "form-data; name=a; filename*0=\"long \"; filename*1=name.txt",
            file("a", "long name.txt"),
        ),
        (
            "form-data; name*=utf-8''gr%C3%BCn; filename*1*=%AFve; filename*0*=UTF-8''na%C3",
            file("grün", "naïve"),
        ),
    ];
    for (header, expected) in rows {
        let body = multipart(&[(header, b"data")]);
        for content_type in [
            MULTIPART,
            "multipart/form-data ; boundary=XyZ",
            "Multipart/Form-Data;boundary=XyZ ; charset=utf-8",
            "multipart/form-data; charset=utf-8 ; boundary=\"XyZ\" ; ",
        ] {
            let read = read(&server, content_type, &body);
            assert_eq!(read, expected, "{content_type}: {header:?}");
        }
    }
    let parts = multipart(&[("form-data; name=a; filename*1=x.txt", b"data")]);
    let told = refused(&server, MULTIPART, &parts, 400);
    assert!(told.contains("not numbered from 0"), "{told}");
}

/// The handler compares addresses: the file's bytes are where the body's are.
pub(crate) fn lend_files_without_a_copy(mode: Mode) {
    for length in [1, 100_000, 3_000_000] {
        let data: Vec<u8> = (0..=255).cycle().take(length).collect();
        let body = multipart(&[("form-data; name=a", b"text"), (FILE, &data)]);
        let offset = body.len() - data.len() - "\r\n--XyZ--\r\n".len();
        let call = post("/form/upload", MULTIPART, body).header("X-Offset", offset.to_string());
        assert_eq!(shared(mode).call(&call).expect(200).text(), "ok");
    }
}

/// Longer than what is parsed while others may run Python.
pub(crate) fn may_be_long(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--max-body-bytes", "32 MiB"])
        .start();
    let body = multipart(&[(FILE, &vec![b'\n'; 17 << 20])]);
    let offset = body.len() - (17 << 20) - "\r\n--XyZ--\r\n".len();
    let call = post("/form/upload", MULTIPART, body).header("X-Offset", offset.to_string());
    assert_eq!(server.call(&call).expect(200).text(), "ok");
}

/// The bytes of files that the module keeps are read again after other requests went through the same buffers.
pub(crate) fn keep_files_valid(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1"])
        .start();
    let mut connection = server.connect();
    let text = |number: usize| format!("file {number} ").repeat(number * 100 + 1);
    for number in 0..10 {
        let body = multipart(&[(FILE, text(number).as_bytes())]);
        connection
            .call(&post("/form/keep", MULTIPART, body))
            .expect(200);
    }
    for number in 0..100 {
        let body = multipart(&[(FILE, format!("other {number}").as_bytes())]);
        connection.call(&post("/form", MULTIPART, body)).expect(200);
    }
    let expected: Vec<_> = (0..10).map(text).collect();
    let kept = connection.call(&Call::get("/form/kept")).expect(200);
    assert_eq!(kept.json(), json!(expected));
}

/// The answer of a handler that lets the exception through, which one that catches it sees, too.
fn refused(server: &Server, content_type: &str, body: &[u8], status: u16) -> String {
    let answer: Answer = server
        .call(&post("/form", content_type, body))
        .expect(status);
    let caught = server.call(&post("/form/caught", content_type, body));
    assert_eq!(caught.expect(200).json(), json!([status, answer.text()]));
    answer.text()
}

pub(crate) fn are_refused_by_name(mode: Mode) {
    let server = shared(mode);
    let whole = String::from_utf8(multipart(&[("form-data; name=a", b"text")])).expect("text");
    let rows: [(&str, &str, u16, &str); 12] = [
        ("text/plain", "a=1", 415, "text/plain"),
        ("application/json", "{}", 415, "application/json"),
        (
            "multipart/mixed; boundary=XyZ",
            &whole,
            415,
            "multipart/mixed",
        ),
        ("multipart/form-data", &whole, 400, "no boundary"),
        (
            "multipart/form-data; boundary=Other",
            &whole,
            400,
            "boundary",
        ),
        (MULTIPART, "", 400, "boundary"),
        (
            MULTIPART,
            whole.trim_end_matches("--\r\n"),
            400,
            "last boundary",
        ),
        (MULTIPART, &whole[..whole.len() - 12], 400, "last boundary"),
        (
            MULTIPART,
            &whole.replace("Content-D", "Content D"),
            400,
            "header of part 1",
        ),
        (
            MULTIPART,
            &whole.replace("; name=a", ""),
            400,
            "part 1 has no name",
        ),
        (
            MULTIPART,
            &whole.replace("Content-Disposition", "X"),
            400,
            "no Content-Disposition",
        ),
        (URLENCODED, "a=1&b=%FF", 400, "field 2 is not UTF-8"),
    ];
    for (content_type, body, status, word) in rows {
        let told = refused(&server, content_type, body.as_bytes(), status);
        assert!(told.contains(word), "{body:?}: {told}");
    }
    let rows: [(&str, &[u8], &str); 3] = [
        ("form-data; name=a", b"\xff", "part 1 does not decode"),
        (
            "form-data; name=a\r\nContent-Type: text/plain; charset=x",
            b"x",
            "unknown charset",
        ),
        ("form-data; name=\"\u{e9}", b"x", "does not end"),
    ];
    for (header, data, word) in rows {
        let told = refused(&server, MULTIPART, &multipart(&[(header, data)]), 400);
        assert!(told.contains(word), "{told}");
    }
    let answer = server.call(&Call::post("/form", "a=1")).expect(415);
    assert!(answer.text().contains("missing"), "{}", answer.text());
}

pub(crate) fn are_limited(mode: Mode) {
    let server = Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--max-form-fields", "2"])
        .args(["--max-form-files", "1"])
        .start();
    let field: (&str, &[u8]) = ("form-data; name=a", b"x");
    let file: (&str, &[u8]) = (FILE, b"x");
    let long = vec![b'x'; (1 << 20) + 1];
    let header = format!("form-data; name=\"{}\"", "x".repeat(16 << 10));
    assert_eq!(
        read(&server, URLENCODED, "a=1&b=2"),
        json!([["a", ["1"]], ["b", ["2"]]])
    );
    let within = read(&server, MULTIPART, multipart(&[field, file, field]));
    assert_eq!(within.as_array().map(Vec::len), Some(2));
    read(&server, MULTIPART, multipart(&[(FILE, &long)]));
    let rows = [
        (URLENCODED, b"a&b&c".to_vec(), "max-form-fields"),
        (URLENCODED, long.clone(), "1048576 bytes"),
        (
            MULTIPART,
            multipart(&[field, field, field]),
            "max-form-fields",
        ),
        (MULTIPART, multipart(&[file, file]), "max-form-files"),
        (MULTIPART, multipart(&[(field.0, &long)]), "1048576 bytes"),
        (MULTIPART, multipart(&[(&header, b"")]), "16384 bytes"),
    ];
    for (content_type, body, word) in rows {
        let told = refused(&server, content_type, &body, 413);
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(server.get("/verbs").expect(200).text(), "get");
}
