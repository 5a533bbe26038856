//! Which types of content gain from being compressed.

use http::HeaderValue;

/// Whether a body of that type becomes shorter: text, and what is written as text. Images, sounds and archives are
/// compressed already; events must not wait for each other.
pub(super) fn is_compressible(content_type: &HeaderValue) -> bool {
    let mut parts = content_type.as_bytes().split(|byte| *byte == b';');
    let name = parts.next().unwrap_or_default();
    let name = name.trim_ascii().to_ascii_lowercase();
    let is_event_stream = name == b"text/event-stream";
    let is_text = name.starts_with(b"text/") || TEXTS.contains(&&*name);
    let is_written_as_text = [&b"+json"[..], b"+xml", b"+text"];
    let has_suffix = is_written_as_text
        .iter()
        .any(|suffix| name.ends_with(suffix));
    !is_event_stream && (is_text || has_suffix)
}

/// The types of text, and others that gain as much, whose names do not tell.
const TEXTS: [&[u8]; 10] = [
    b"application/json",
    b"application/javascript",
    b"application/x-javascript",
    b"application/xml",
    b"application/x-ndjson",
    b"application/yaml",
    b"application/toml",
    b"application/wasm",
    b"font/ttf",
    b"font/otf",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_gain_from_it_are_known() {
        let rows = [
            ("text/plain; charset=utf-8", true),
            ("TEXT/CSV", true),
            ("application/json", true),
            ("application/problem+json;q=1", true),
            ("application/atom+xml", true),
            ("image/svg+xml", true),
            ("application/wasm", true),
            ("text/event-stream", false),
            ("Text/Event-Stream; charset=utf-8", false),
            ("image/png", false),
            ("application/octet-stream", false),
            ("application/zip", false),
            ("multipart/form-data", false),
            ("", false),
        ];
        for (content_type, expected) in rows {
            let kind = HeaderValue::from_static(content_type);
            assert_eq!(is_compressible(&kind), expected, "{content_type:?}");
        }
    }
}
