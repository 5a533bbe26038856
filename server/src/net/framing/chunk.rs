//! The first line of a chunk: its size, and extensions, which are dropped (RFC 9112 section 7.1).

use super::line::{Bad, Line, is_token_byte};

/// The size of a chunk: hexadecimal digits, and extensions behind them.
///
/// # Errors
///
/// Anything else, and a line of which not all is there.
pub(super) fn size(line: &Line<'_>) -> Result<u64, Bad> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let digits = digits.count();
    let (size, rest) = line.split_at(digits);
    if line.is_long || !(1..=16).contains(&digits) || !are_extensions(rest) {
        return Err(Bad::Malformed);
    }
    let size = std::str::from_utf8(size).map_err(|_| Bad::Malformed)?;
    u64::from_str_radix(size, 16).map_err(|_| Bad::Malformed)
}

/// Whether these are extensions: each a semicolon and a word, most with `=` and a word or a quoted string. White space may
/// stand around the marks. Readers that pass over anything up to a line end disagree with those that read strings.
fn are_extensions(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        let name = trim_start(rest).strip_prefix(b";").map(trim_start);
        let Some(behind) = name.and_then(behind_token) else {
            return false;
        };
        rest = match trim_start(behind).strip_prefix(b"=").map(trim_start) {
            None => behind,
            Some(value) => match behind_token(value).or_else(|| behind_quoted(value)) {
                None => return false,
                Some(behind) => behind,
            },
        };
    }
    true
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let white = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    &bytes[white.count()..]
}

/// What follows the word at the beginning (RFC 9110 section 5.6.2).
fn behind_token(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().take_while(|byte| is_token_byte(**byte));
    let length = length.count();
    (length > 0).then(|| &bytes[length..])
}

/// What follows the quoted string at the beginning (RFC 9110 section 5.6.4).
fn behind_quoted(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(b"\"")?;
    loop {
        rest = match rest {
            [b'"', behind @ ..] => return Some(behind),
            [b'\\', escaped, behind @ ..] if is_text(*escaped) => behind,
            [b'\\', ..] => return None,
            [byte, behind @ ..] if is_text(*byte) => behind,
            _ => return None,
        };
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}
