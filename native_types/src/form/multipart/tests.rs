//! Multipart bodies: as browsers write them, at every length, broken and beyond the limits.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::form::Parsed;

const TYPE: &str = "multipart/form-data; boundary=XyZ";

const LIMITS: Limits = Limits {
    fields: 2,
    files: 1,
};

fn parsed(body: impl Into<Vec<u8>>) -> Result<Vec<Part>, Refusal> {
    parse(&Bytes::from(body.into()), TYPE, &LIMITS)
}

/// Parts, each a header and its data.
type Parts<'a> = &'a [(&'a str, &'a [u8])];

fn body(parts: Parts<'_>) -> Vec<u8> {
    let mut body = Vec::new();
    for (header, data) in parts {
        body.extend_from_slice(format!("--XyZ\r\n{header}\r\n\r\n").as_bytes());
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XyZ--\r\n");
    body
}

const FIELD: &str = "Content-Disposition: form-data; name=\"a\"";
const FILE: &str =
    "Content-Disposition: form-data; name=\"f\"; filename=\"x.bin\"\r\nContent-Type: image/png";

#[test]
fn data_are_slices_of_the_body() {
    let long = vec![b'\r'; 200 << 10];
    let body = Bytes::from(body(&[(FIELD, b"text"), (FILE, &long), (FIELD, b"")]));
    let parts = parse(&body, TYPE, &LIMITS).unwrap();
    let seen: Vec<_> = parts
        .iter()
        .map(|part| (&*part.name, part.filename.as_deref(), part.data.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("a", None, 4),
            ("f", Some("x.bin"), long.len()),
            ("a", None, 0)
        ]
    );
    assert_eq!(parts[1].content_type.as_ref().unwrap(), "image/png");
    for part in &parts {
        assert!(body.as_ptr_range().contains(&part.data.as_ptr()));
    }
}

#[test]
fn what_stands_around_the_parts_is_passed_over() {
    let inner = String::from_utf8(body(&[(FIELD, b"--XyZ")])).unwrap();
    for body in [
        format!("a preamble\r\n{inner}"),
        format!("{inner}an epilogue --XyZ\r\n"),
        inner.replace("XyZ--\r\n", "XyZ--"),
        inner.replace("XyZ\r\nC", "XyZ \t\r\nC"),
        inner.replace("XyZ--\r\n", "XyZ-- \t\r\n"),
    ] {
        let parts = parsed(body.clone()).unwrap_or_else(|why| panic!("{body:?}: {why:?}"));
        assert_eq!(parts.len(), 1, "{body:?}");
        assert_eq!(parts[0].data, "--XyZ", "{body:?}");
    }
    assert_eq!(parsed("--XyZ--").unwrap(), []);
}

#[test]
fn broken_bodies_are_refused_by_name() {
    let whole = String::from_utf8(body(&[(FIELD, b"text")])).unwrap();
    let cases = [
        (String::new(), "not in the body"),
        (String::from("a=1&b=2"), "not in the body"),
        (whole.replace("XyZ", "Other"), "not in the body"),
        (
            whole.replace("\r\n--XyZ--\r\n", ""),
            "without its last boundary",
        ),
        (whole.replace("XyZ--", "XyZ-"), "without its last boundary"),
        (String::from("--XyZ\r\n"), "without its last boundary"),
        (whole.replace("XyZ--", "XyZ--nonsense"), "is malformed"),
        (
            whole.replace("XyZ\r\nC", "XyZnonsense\r\nC"),
            "is malformed",
        ),
        (whole.replace(FIELD, "nonsense"), "header of part 1"),
        (whole.replace(FIELD, "X-Other: 1"), "no Content-Disposition"),
        (whole.replace("form-data", "other"), "is not form-data"),
        (whole.replace("; name=\"a\"", ""), "has no name"),
        (
            whole.replace(&format!("{FIELD}\r\n\r\n"), "\r\n"),
            "part 1 has no Content-Disposition",
        ),
        (
            whole.replace(FIELD, &format!(" {FIELD}")),
            "header of part 1",
        ),
        (
            whole.replace("name=\"a\"", "name=\"a\nb\""),
            "header of part 1",
        ),
        (
            whole.replace("\r\n\r\n", "\r\n"),
            "header of part 1 does not end",
        ),
    ];
    for (body, word) in cases {
        let refusal = parsed(body.clone()).expect_err(&body);
        assert_eq!(refusal.status, 400, "{body:?}");
        assert!(
            refusal.detail.contains(word),
            "{body:?}: {}",
            refusal.detail
        );
    }
}

#[test]
fn content_types_name_a_boundary() {
    let body = Bytes::from(body(&[(FIELD, b"text")]));
    let read =
        |content_type: &str| crate::form::parse(&body, Some(content_type.as_bytes()), &LIMITS);
    for content_type in [
        "multipart/form-data; boundary=\"XyZ\"",
        "Multipart/Form-Data;charset=utf-8;BOUNDARY=XyZ",
        "multipart/form-data; boundary=XyZ; ",
        "multipart/form-data ; boundary=XyZ",
        "multipart/form-data\t;\tboundary=XyZ ; charset=utf-8",
        "multipart/form-data;; boundary=XyZ;",
        "multipart/form-data; charset=\"a;boundary=b\" ; boundary=\"XyZ\" ; x",
        "multipart/form-data; boundary=XyZ; boundary=Other",
    ] {
        let read = read(content_type);
        assert!(
            matches!(&read, Ok(Parsed::Parts(parts)) if parts.len() == 1),
            "{content_type}: {read:?}"
        );
    }
    for (content_type, status, word) in [
        ("multipart/form-data", 400, "names no boundary"),
        ("multipart/form-data; boundary=", 400, "boundary"),
        ("multipart/form-data; boundary=\"\"", 400, "not allowed"),
        ("multipart/form-data; boundary=\"a \"", 400, "not allowed"),
        (
            "multipart/form-data; boundary=\"a\\\"b\"",
            400,
            "not allowed",
        ),
        ("multipart/form-data; boundary=a\u{e9}", 400, "not allowed"),
        (
            "multipart/form-data; boundary=Other",
            400,
            "not in the body",
        ),
        ("multipart/mixed; boundary=XyZ", 415, "multipart/mixed"),
        ("", 415, "\"\""),
    ] {
        let refusal = read(content_type).expect_err(content_type);
        assert_eq!(refusal.status, status, "{content_type}");
        assert!(
            refusal.detail.contains(word),
            "{content_type}: {}",
            refusal.detail
        );
    }
}

#[test]
fn boundaries_are_of_any_text_that_clients_make_up() {
    let longest = "x".repeat(70);
    for boundary in ["a@b", "=_Part_0_1.2", "{5f-1}", "a b", "--", &longest] {
        let body = format!("--{boundary}\r\n{FIELD}\r\n\r\ntext\r\n--{boundary}--");
        for quote in ["", "\""] {
            let content_type = format!("multipart/form-data; boundary={quote}{boundary}{quote}");
            let parts = parse(&Bytes::from(body.clone()), &content_type, &LIMITS).unwrap();
            assert_eq!(parts[0].data, "text", "{content_type}");
        }
    }
    let long = format!("multipart/form-data; boundary={longest}x");
    let refusal = parse(&Bytes::new(), &long, &LIMITS).unwrap_err();
    assert!(refusal.detail.contains("not allowed"), "{}", refusal.detail);
}

#[test]
fn limits_are_met_and_not_crossed() {
    let long = vec![b'x'; FIELD_BYTES_MAX + 1];
    let longest = &long[1..];
    let padding = PART_HEADER_BYTES_MAX - FIELD.len() - "\r\nX: \r\n\r\n".len();
    let widest = format!("{FIELD}\r\nX: {}", "x".repeat(padding));
    let wide = format!("{widest}x");
    let wider = format!("{wide}{}", "x".repeat(64 << 10));
    let within: [Parts<'_>; 3] = [
        &[(FIELD, b""), (FILE, &long), (FIELD, b"")],
        &[(FIELD, longest)],
        &[(&widest, b"")],
    ];
    for parts in within {
        assert_eq!(parsed(body(parts)).unwrap().len(), parts.len());
    }
    let beyond: [(Parts<'_>, &str); 5] = [
        (
            &[(FIELD, b""), (FIELD, b""), (FIELD, b"")],
            "2 fields (max-form-fields)",
        ),
        (&[(FILE, b""), (FILE, b"")], "1 files (max-form-files)"),
        (&[(FIELD, &long)], "part 1 is longer than 1048576"),
        (&[(&wide, b"")], "header of part 1 is longer than 16384"),
        (&[(&wider, b"")], "header of part 1 is longer than 16384"),
    ];
    for (parts, word) in beyond {
        let refusal = parsed(body(parts)).unwrap_err();
        assert_eq!(refusal.status, 413, "{word}");
        assert!(refusal.detail.contains(word), "{}", refusal.detail);
    }
}

/// Bytes in which boundaries begin again and again.
fn data() -> impl Strategy<Value = Vec<u8>> {
    let bits: [&[u8]; 6] = [b"\r", b"\n", b"\r\n--XyY", b"\r\n--Xy", b"--XyZ", b"-"];
    let end = vec(prop::sample::select(bits.to_vec()), 0..12).prop_map(|bits| bits.concat());
    let begin = 0..300_usize;
    let data = (begin, end).prop_map(|(begin, end)| [vec![b'x'; begin], end].concat());
    data.prop_filter("a boundary", |data| {
        memmem::find(data, b"\r\n--XyZ").is_none()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(files in vec((any::<bool>(), data()), 0..5)) {
        let parts: Vec<_> = files
            .iter()
            .map(|(is_file, data)| (if *is_file { FILE } else { FIELD }, &data[..]))
            .collect();
        let limits = Limits { fields: 5, files: 5 };
        let read = parse(&Bytes::from(body(&parts)), TYPE, &limits).unwrap();
        prop_assert_eq!(read.len(), files.len());
        for (read, (is_file, data)) in read.iter().zip(&files) {
            prop_assert_eq!(&read.data[..], &data[..]);
            prop_assert_eq!(read.filename.is_some(), *is_file);
        }
    }

    #[test]
    fn a_body_that_is_cut_off_is_refused(
        data in data(),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole = body(&[(FIELD, &data)]);
        let end = whole.len() - b"--\r\n".len();
        let part = whole[..cut.index(end + 1)].to_vec();
        prop_assert_eq!(parsed(part).unwrap_err().status, 400);
    }
}
