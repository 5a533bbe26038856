//! Values that a client sends, written so that they can't end a field or a line, nor steer a terminal.

/// What follows a value that was cut.
const CUT: &[u8] = b"...";

/// Appends `value` for a field in quotes: as Apache's httpd does, `\"`, `\\`, and `\xHH` for each byte that is not printable ASCII.
///
/// It becomes `bytes_max` long at most as it is written; a longer one is cut, and ends in `...`.
pub(super) fn quoted(line: &mut Vec<u8>, value: &[u8], bytes_max: usize) {
    let end = line.len() + bytes_max;
    for &byte in value {
        let hexadecimal;
        let written: &[u8] = match byte {
            b'"' => br#"\""#,
            b'\\' => br"\\",
            b' '..=b'~' => &[byte],
            _ => {
                hexadecimal = [b'\\', b'x', digit(byte >> 4), digit(byte & 15)];
                &hexadecimal
            }
        };
        if line.len() + written.len() > end {
            line.extend_from_slice(CUT);
            return;
        }
        line.extend_from_slice(written);
    }
}

/// Appends `value` as a JSON string, or `null`. What is not UTF-8 becomes U+FFFD; control characters, those of Unicode
/// too, become `\u00HH`. Cut as [`quoted`] does.
pub(super) fn json(line: &mut Vec<u8>, value: Option<&[u8]>, bytes_max: usize) {
    let Some(value) = value else {
        line.extend_from_slice(b"null");
        return;
    };
    line.push(b'"');
    let end = line.len() + bytes_max;
    'value: for part in value.utf8_chunks() {
        let replacement = if part.invalid().is_empty() {
            ""
        } else {
            "\u{fffd}"
        };
        for character in part.valid().chars().chain(replacement.chars()) {
            let mut written = [0; 6];
            let written = json_character(character, &mut written);
            if line.len() + written.len() > end {
                line.extend_from_slice(CUT);
                break 'value;
            }
            line.extend_from_slice(written);
        }
    }
    line.push(b'"');
}

fn json_character(character: char, buffer: &mut [u8; 6]) -> &[u8] {
    match u8::try_from(character) {
        Ok(byte @ (b'"' | b'\\')) => {
            buffer[..2].copy_from_slice(&[b'\\', byte]);
            &buffer[..2]
        }
        // All of them are below U+0100.
        Ok(byte) if character.is_control() => {
            *buffer = [b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)];
            buffer
        }
        _ => character.encode_utf8(buffer).as_bytes(),
    }
}

/// A hexadecimal digit.
fn digit(value: u8) -> u8 {
    b"0123456789abcdef"[usize::from(value)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MANY: usize = 1000;

    fn written_quoted(value: &[u8], bytes_max: usize) -> String {
        let mut line = Vec::new();
        quoted(&mut line, value, bytes_max);
        String::from_utf8(line).unwrap()
    }

    fn written_json(value: &[u8], bytes_max: usize) -> String {
        let mut line = Vec::new();
        json(&mut line, Some(value), bytes_max);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn quotes_backslashes_and_unprintable_bytes_are_escaped() {
        assert_eq!(written_quoted(b"a \"b\" \\ ~", MANY), r#"a \"b\" \\ ~"#);
        assert_eq!(
            written_quoted("\t\r\n\x7fé\u{9b}".as_bytes(), MANY),
            r"\x09\x0d\x0a\x7f\xc3\xa9\xc2\x9b"
        );
        assert_eq!(written_quoted(&[0xff], MANY), r"\xff");
        assert_eq!(
            written_json("\"\\\n\u{7f}\u{9b}é".as_bytes(), MANY),
            r#""\"\\\u000a\u007f\u009bé""#
        );
        assert_eq!(written_json(b"a\xffb", MANY), "\"a\u{fffd}b\"");
    }

    #[test]
    fn values_are_cut_between_characters() {
        assert_eq!(written_quoted(b"12345", 5), "12345");
        assert_eq!(written_quoted(b"123456", 5), "12345...");
        assert_eq!(written_quoted(b"1234\"", 5), "1234...");
        assert_eq!(written_json("1234é".as_bytes(), 5), "\"1234...\"");
        assert_eq!(written_json(b"1234\n", 5), "\"1234...\"");
    }

    proptest! {
        #[test]
        fn nothing_ends_a_field_or_line(value in any::<Vec<u8>>(), bytes_max in 0..100_usize) {
            let quoted = written_quoted(&value, bytes_max);
            prop_assert!(quoted.len() <= bytes_max + CUT.len());
            prop_assert!(quoted.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            let unescaped = quoted.replace(r"\\", "").replace(r#"\""#, "");
            prop_assert!(!unescaped.contains('"'));
            let json = written_json(&value, bytes_max);
            prop_assert!(json.len() <= bytes_max + CUT.len() + 2);
            prop_assert!(!json.contains(char::is_control));
            let read: String = serde_json::from_str(&json).unwrap();
            let whole = String::from_utf8_lossy(&value);
            prop_assert!(whole == read || whole.starts_with(read.strip_suffix("...").unwrap()));
        }
    }
}
