//! Multipart forms. An input is a `Content-Type`, a line end (LF), and the body.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use native_types::form::{Limits, Parsed, Part, parse};

const TYPE: &[u8] =
    b"multipart/form-data ; boundary=\"------a-boundary-that-no-data-hold\" ; charset=utf-8";
const BOUNDARY: &[u8] = b"------a-boundary-that-no-data-hold";

fuzz_target!(|data: &[u8]| {
    let Some(line) = data.iter().position(|&byte| byte == b'\n') else {
        return;
    };
    let body = Bytes::copy_from_slice(&data[line + 1..]);
    let parts = match parse(&body, Some(&data[..line]), &Limits::DEFAULT) {
        Ok(Parsed::Parts(parts)) => parts,
        Ok(Parsed::Pairs(_)) => return,
        Err(refusal) => {
            assert!([400, 413, 415].contains(&refusal.status.as_u16()));
            return;
        }
    };
    let whole = body.as_ptr_range();
    for part in &parts {
        let data = part.data.as_ptr_range();
        assert!(part.data.is_empty() || whole.start <= data.start && data.end <= whole.end);
    }
    // What was read comes back when it is written anew, in each way that clients have.
    for style in [extended, in_pieces, with_backslashes, with_percent_escapes] {
        let written = Bytes::from(written(&parts, style));
        match parse(&written, Some(TYPE), &Limits::DEFAULT) {
            Ok(Parsed::Parts(again)) => {
                assert_eq!(parts.len(), again.len());
                for (part, again) in parts.iter().zip(&again) {
                    assert_eq!(part.data, again.data);
                    assert_eq!(part.filename, again.filename);
                    assert_eq!(part.name, again.name);
                }
            }
            // Percent signs take three times as much room.
            Err(refusal) if refusal.status == 413 => {}
            other => panic!("{other:?}"),
        }
    }
});

/// One parameter of `Content-Disposition`.
type Style = fn(&str, &str) -> String;

fn written(parts: &[Part], style: Style) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        let filename = match &part.filename {
            Some(name) => format!(";\r\n {}", style("filename", name)),
            None => String::new(),
        };
        let name = extended("name", &part.name);
        let head = format!("\r\nContent-Disposition: form-data ;\r\n\t{name}{filename}\r\n\r\n");
        body.extend([b"--", BOUNDARY, head.as_bytes(), &part.data, b"\r\n"].concat());
    }
    body.extend([b"--", BOUNDARY, b"--"].concat());
    body
}

/// RFC 8187.
fn extended(key: &str, text: &str) -> String {
    format!("{key}*=UTF-8''{}", percent_encoded(text))
}

/// RFC 2231.
fn in_pieces(key: &str, text: &str) -> String {
    let encoded = percent_encoded(text);
    let (begin, end) = encoded.split_at(encoded.len() / 6 * 3);
    format!("{key}*1*=\"{end}\";\r\n {key}*0*=UTF-8''{begin}")
}

/// Go, Java.
fn with_backslashes(key: &str, text: &str) -> String {
    if text.contains(['%', '\r', '\n']) {
        return extended(key, text);
    }
    format!(
        "{key}=\"{}\"",
        text.replace('\\', "\\\\").replace('"', "\\\"")
    )
}

/// Browsers, curl.
fn with_percent_escapes(key: &str, text: &str) -> String {
    if text.contains('%') || text.contains("\\\\") {
        return extended(key, text);
    }
    let text = text
        .replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    format!("{key}=\"{text}\"")
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
