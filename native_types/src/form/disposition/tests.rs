//! Names and file names in each way that clients write them, and what is refused.

use proptest::prelude::*;

use super::*;

#[test]
fn names_are_read_as_clients_write_them() {
    let cases: [(&str, &str, Option<&str>); 14] = [
        ("form-data; name=\"a\"", "a", None),
        ("Form-Data;NAME=a ;x=y", "a", None),
        ("form-data; name=\"\"; filename=\"\"", "", Some("")),
        (
            "form-data; name=\"a; filename=\\\"b\"; c=d",
            "a; filename=\"b",
            None,
        ),
        ("form-data; name=\"gr\u{fc}\u{df}e\"", "grüße", None),
        (
            "form-data; name=\"a%22b%0D%0Ac%20d\"",
            "a\"b\r\nc%20d",
            None,
        ),
        (
            "form-data; name=\"f\"; filename=\"100%ff%41.txt\"",
            "f",
            Some("100%ff%41.txt"),
        ),
        (
            "form-data; name=\"f\"; filename=\"a\\\"b\\\\c\\d\"",
            "f",
            Some("a\"b\\c\\d"),
        ),
        (
            "form-data; name=f; filename=x; filename*=UTF-8''na%C3%AFve%00",
            "f",
            Some("naïve\0"),
        ),
        (
            "form-data; name=f; filename*=iso-8859-1'en'%A3",
            "f",
            Some("£"),
        ),
        (
            "form-data; name=f; filename*=\"utf-8'en'a%20b\"",
            "f",
            Some("a b"),
        ),
        ("form-data; name=a; name=b", "a", None),
        ("form-data; name=\"a\";", "a", None),
        ("form-data; name=\"a\\\\\"", "a\\", None),
    ];
    for (value, name, filename) in cases {
        let disposition = Disposition::parse(value.as_bytes()).unwrap();
        assert_eq!(disposition.name, name, "{value}");
        assert_eq!(disposition.filename.as_deref(), filename, "{value}");
    }
}

#[test]
fn malformed_ones_are_refused() {
    let cases: [&[u8]; 9] = [
        b"",
        b"attachment; name=a",
        b"form-data",
        b"form-data; filename=a",
        b"form-data; name",
        b"form-data; name=\"a",
        b"form-data; name=\"a\"b",
        b"form-data; name=\"\xff\"",
        b"form-data; name=a; filename*=b",
    ];
    for value in cases {
        let parsed = Disposition::parse(value);
        assert!(parsed.is_err(), "{}: {parsed:?}", value.escape_ascii());
    }
    for value in [
        "form-data; name=\"a\"; filename=\"b\"c",
        "form-data; name=a; filename*0=b; filename*2=c",
        "form-data; name=a; filename*1=b",
        "form-data; name=a; filename*0=b; filename*0=c",
        "form-data; name=a; filename*00=b",
        "form-data; name=a; filename*x=b",
        "form-data; name=a; filename**=b",
        "form-data; name=a; filename*0*=b",
        "form-data; name=a; filename*0*=utf-8''%ff",
        "form-data; name=a; filename*99999999999999999999=b",
        "form-data; name*1=a",
    ] {
        assert!(Disposition::parse(value.as_bytes()).is_err(), "{value}");
    }
    for charset in ["utf-16", ""] {
        let value = format!("form-data; name=a; filename*={charset}''b");
        assert!(Disposition::parse(value.as_bytes()).is_err(), "{value}");
    }
    assert!(Disposition::parse(b"form-data; name=a; filename*=utf-8''%ff").is_err());
}

/// What clients send for odd names: recorded from curl 7.88, requests 2.32, httpx 0.28, aiohttp 3.13 and node 20; else by
/// the rules that each follows.
const REAL_CLIENTS: [(&str, &str, Option<&str>, &str); 21] = [
    // Browsers, curl, requests and node: percent escapes of quotes and line ends, backslashes and controls as they are.
    (
        r#"name="a%22b\"; filename="a%22b\""#,
        r#"a"b\"#,
        Some(r#"a"b\"#),
        "curl",
    ),
    (r#"name="a%22b\""#, r#"a"b\"#, None, "requests"),
    (
        r#"name="\"; filename="""#,
        "\\",
        Some(""),
        "chromium, no file chosen",
    ),
    (
        r#"name="f"; filename="C:\d\x\""#,
        "f",
        Some(r"C:\d\x\"),
        "node",
    ),
    (
        r#"name="f"; filename="\\srv\share""#,
        "f",
        Some(r"\\srv\share"),
        "firefox",
    ),
    (
        "name=\"a%0D%0Ab%0D%0Ac\td\x01e\"",
        "a\r\nb\r\nc\td\x01e",
        None,
        "node",
    ),
    (
        r#"name="f"; filename="100%22;x=y'z""#,
        "f",
        Some("100\";x=y'z"),
        "safari",
    ),
    (
        r#"name="f"; filename="grün €.txt""#,
        "f",
        Some("grün €.txt"),
        "firefox",
    ),
    (
        r#"name="f"; filename="a;b=c.txt""#,
        "f",
        Some("a;b=c.txt"),
        "chromium",
    ),
    // Go, Java and curl --form-escape: a backslash before quotes and backslashes.
    (
        r#"name="f"; filename="a\"b\\""#,
        "f",
        Some(r#"a"b\"#),
        "curl --form-escape",
    ),
    (
        r#"name="f"; filename="\"\\\\\"""#,
        "f",
        Some(r#""\\""#),
        "curl --form-escape",
    ),
    (
        r#"name="a\"; filename=\"x""#,
        r#"a"; filename="x"#,
        None,
        "go",
    ),
    (
        r#"name="f"; filename="C:\\d\\x\\""#,
        "f",
        Some(r"C:\d\x\"),
        "go",
    ),
    // httpx: percent escapes, and backslashes twice.
    (
        r#"name="a%22b\\"; filename="a%22b\\""#,
        r#"a"b\"#,
        Some(r#"a"b\"#),
        "httpx",
    ),
    // aiohttp: names are quoted one way, file names the other.
    (
        r#"name="a\"b\\"; filename="a%22b.txt""#,
        r#"a"b\"#,
        Some("a\"b.txt"),
        "aiohttp",
    ),
    // Tokens, and charsets beside them.
    (
        "name=file; filename=x.txt; filename*=utf-8''x.txt",
        "file",
        Some("x.txt"),
        ".NET",
    ),
    (
        r#"name="f"; filename="=?utf-8?B?w6Q=?="; filename*=utf-8''%C3%A4"#,
        "f",
        Some("ä"),
        ".NET",
    ),
    // Mail libraries: names in pieces, and names of fields with a charset.
    (
        "name=f; filename*0=\"a long \"; filename*1=\"name.txt\"",
        "f",
        Some("a long name.txt"),
        "javamail",
    ),
    (
        "name=f; filename*1*=%AFve; filename*2=\"%20.txt\"; filename*0*=UTF-8''na%C3; filename=x",
        "f",
        Some("naïve%20.txt"),
        "python's email",
    ),
    (
        "name*=utf-8''gr%C3%BCn; filename*=utf-8''a",
        "grün",
        Some("a"),
        "urllib3 1.24",
    ),
    (
        "name*0*=iso-8859-1''gr%FC; name*1=n",
        "grün",
        None,
        "python's email",
    ),
];

#[test]
fn odd_names_of_real_clients_are_read() {
    for (value, name, filename, client) in REAL_CLIENTS {
        let value = format!("form-data; {value}");
        let read = Disposition::parse(value.as_bytes());
        let read = read.unwrap_or_else(|why| panic!("{client}: {value}: {why}"));
        assert_eq!(read.name, name, "{client}: {value}");
        assert_eq!(read.filename.as_deref(), filename, "{client}: {value}");
    }
}

/// How one text is written by clients of one kind.
#[derive(Clone, Copy, Debug)]
enum Style {
    /// Browsers, curl, requests, node.
    Percent,
    /// Go, Java, `curl --form-escape`.
    Backslash,
    /// Mail libraries.
    Pieces,
}

impl Style {
    /// The parameter, where this style can write the text so that it can be told from others.
    fn write(self, key: &str, text: &str) -> Option<String> {
        match self {
            Self::Percent if text.contains("\\\\") || text.contains('%') => None,
            Self::Percent => {
                let text = text.replace('"', "%22");
                let text = text.replace('\r', "%0D").replace('\n', "%0A");
                Some(format!("{key}=\"{text}\""))
            }
            Self::Backslash if text.contains(['%', '\r', '\n']) => None,
            Self::Backslash => {
                let text = text.replace('\\', "\\\\").replace('"', "\\\"");
                Some(format!("{key}=\"{text}\""))
            }
            Self::Pieces => {
                let encoded: Vec<_> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
                let (begin, end) = encoded.split_at(encoded.len() / 2);
                Some(format!(
                    "{key}*1*={}; {key}*0*=UTF-8'de'{}",
                    end.concat(),
                    begin.concat()
                ))
            }
        }
    }
}

/// Text of what has a meaning to some client.
fn text() -> impl Strategy<Value = String> {
    let bits = [
        "\\", "\"", ";", "=", "%", "%22", "*", "'", "filename", " ", "\r\n", "a", "\u{e4}", "\0",
    ];
    proptest::collection::vec(prop::sample::select(bits.to_vec()), 0..8)
        .prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn file_names_that_are_written_are_read(
        style in prop::sample::select(vec![Style::Percent, Style::Backslash, Style::Pieces]),
        text in text(),
    ) {
        let Some(written) = style.write("filename", &text) else { return Ok(()) };
        for value in [
            format!("form-data; name=a; {written}"),
            format!("form-data ;{written} ; name=a"),
        ] {
            let read = Disposition::parse(value.as_bytes());
            prop_assert_eq!(read.as_ref().map(|read| read.filename.as_deref()), Ok(Some(&*text)), "{}", value);
        }
    }
}
