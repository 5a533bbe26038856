//! Multipart forms. An input is a `Content-Type`, a line end (LF), and the body.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use native_types::form::{Limits, Parsed, Part, parse};

const TYPE: &[u8] = b"multipart/form-data; boundary=------a-boundary-that-no-data-hold";

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
    // What was read comes back when it is written anew.
    match parse(&Bytes::from(written(&parts)), Some(TYPE), &Limits::DEFAULT) {
        Ok(Parsed::Parts(again)) => {
            assert_eq!(parts.len(), again.len());
            for (part, again) in parts.iter().zip(&again) {
                assert_eq!(part.data, again.data);
                assert_eq!(part.filename, again.filename);
            }
        }
        other => panic!("{other:?}"),
    }
});

fn written(parts: &[Part]) -> Vec<u8> {
    let boundary = &TYPE[b"multipart/form-data; boundary=".len()..];
    let mut body = Vec::new();
    for part in parts {
        let filename = match &part.filename {
            Some(name) => format!("; filename*=UTF-8''{}", percent_encoded(name)),
            None => String::new(),
        };
        let head = format!("\r\nContent-Disposition: form-data; name=a{filename}\r\n\r\n");
        body.extend([b"--", boundary, head.as_bytes(), &part.data, b"\r\n"].concat());
    }
    body.extend([b"--", boundary, b"--"].concat());
    body
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
