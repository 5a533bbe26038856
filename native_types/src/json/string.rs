//! How a string is spelled: in UTF-8, with the escapes that RFC 8259 section 7 requires and no others.

use super::plain::{is_plain, plain_length};
use crate::capi::Text;

/// Half of a surrogate pair, which UTF-8 can't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LoneSurrogate(pub(super) u32);

/// Writes `text` in quotes.
#[inline]
pub(super) fn write(out: &mut Vec<u8>, text: Text<'_>) -> Result<(), LoneSurrogate> {
    match text {
        Text::Latin1(bytes) => {
            out.reserve(bytes.len() + 2);
            out.push(b'"');
            write_latin1(out, bytes);
        }
        Text::Ucs2(units) => {
            out.push(b'"');
            write_wide(out, units.iter().map(|&unit| u32::from(unit)))?;
        }
        Text::Ucs4(units) => {
            out.push(b'"');
            write_wide(out, units.iter().copied())?;
        }
    }
    out.push(b'"');
    Ok(())
}

/// Writes the server's own `text` in quotes.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    let points: Vec<u32> = text.chars().map(u32::from).collect();
    out.push(b'"');
    // Not by `write`, which is made part of its one caller: most of what handlers return goes through that.
    write_wide(out, points.into_iter()).expect("characters are no halves of pairs");
    out.push(b'"');
}

#[inline]
fn write_latin1(out: &mut Vec<u8>, mut bytes: &[u8]) {
    loop {
        let plain = plain_length(bytes);
        out.extend_from_slice(&bytes[..plain]);
        let Some(&byte) = bytes.get(plain) else {
            return;
        };
        if byte.is_ascii() {
            write_escape(out, byte);
        } else {
            out.extend_from_slice(&[0xC0 | byte >> 6, 0x80 | byte & 0x3F]);
        }
        bytes = &bytes[plain + 1..];
    }
}

fn write_wide(
    out: &mut Vec<u8>,
    points: impl ExactSizeIterator<Item = u32>,
) -> Result<(), LoneSurrogate> {
    out.reserve(points.len() + 1);
    for point in points {
        let char = char::from_u32(point).ok_or(LoneSurrogate(point))?;
        match u8::try_from(point) {
            Ok(byte) if !is_plain(byte) && byte.is_ascii() => write_escape(out, byte),
            Ok(byte) if byte.is_ascii() => out.push(byte),
            _ => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(())
}

/// Writes the escape of an ASCII byte; the short one where there is one.
#[cold]
fn write_escape(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0C => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', DIGITS[high], DIGITS[low]]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::{LoneSurrogate, write};
    use crate::capi::Text;

    fn written(text: Text<'_>) -> Result<String, LoneSurrogate> {
        let mut out = Vec::new();
        write(&mut out, text)?;
        Ok(String::from_utf8(out).unwrap())
    }

    /// As `json.dumps(text, ensure_ascii=False)` has it.
    fn expected(text: &str) -> String {
        let escaped = text.chars().map(|char| match char {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '\0'..=' ' if char != ' ' => format!("\\u{:04x}", u32::from(char)),
            char => char.to_string(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    }

    /// Each byte at each place of strings of each short length, in each width.
    #[test]
    fn strings_are_escaped_where_they_must_be() {
        for length in 0..20 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'a'; length];
                    bytes[place] = byte;
                    let string: String = bytes.iter().map(|&byte| char::from(byte)).collect();
                    let ucs2: Vec<_> = bytes.iter().map(|&byte| u16::from(byte)).collect();
                    let ucs4: Vec<_> = bytes.iter().map(|&byte| u32::from(byte)).collect();
                    let row = expected(&string);
                    assert_eq!(written(Text::Latin1(&bytes)).as_ref(), Ok(&row));
                    assert_eq!(written(Text::Ucs2(&ucs2)).as_ref(), Ok(&row));
                    assert_eq!(written(Text::Ucs4(&ucs4)).as_ref(), Ok(&row));
                }
            }
        }
    }

    #[test]
    fn strings_hold_every_character() {
        let text = "a\"€\u{7f}\u{2028}\u{ffff}";
        let ucs2: Vec<_> = text.encode_utf16().collect();
        assert_eq!(written(Text::Ucs2(&ucs2)), Ok(expected(text)));
        let text = "\\😀é\u{10ffff}\u{1}";
        let ucs4: Vec<_> = text.chars().map(u32::from).collect();
        assert_eq!(written(Text::Ucs4(&ucs4)), Ok(expected(text)));
    }

    #[test]
    fn strings_hold_no_half_of_a_pair() {
        assert_eq!(
            written(Text::Ucs2(&[0x61, 0xD83D])),
            Err(LoneSurrogate(0xD83D))
        );
        assert_eq!(
            written(Text::Ucs4(&[0xDE00, 0x1_F600])),
            Err(LoneSurrogate(0xDE00))
        );
    }
}
