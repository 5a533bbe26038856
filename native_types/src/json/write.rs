//! Writing JSON: `itoa` and `ryu` write the numbers, the rest is copied from the objects.

use super::{DEPTH_MAX, other};
use crate::capi::builtin::Kind;
use crate::capi::exception::Builtin;
use crate::capi::{Attached, Object, PyResult, Raised, convert};

/// The JSON text of `value`, as UTF-8.
///
/// # Errors
///
/// `TypeError` for a type that JSON can't hold or a key that is no string, `ValueError` for NaN, an infinity or a lone
/// surrogate, `RecursionError` beyond [`DEPTH_MAX`] levels.
pub(crate) fn dumps(value: &Object, py: Attached<'_>) -> PyResult<Vec<u8>> {
    let mut text = Vec::with_capacity(128);
    write(&mut text, value, 0, py)?;
    Ok(text)
}

/// Writes one value.
pub(super) fn write(
    text: &mut Vec<u8>,
    value: &Object,
    depth: usize,
    py: Attached<'_>,
) -> PyResult<()> {
    if depth > DEPTH_MAX {
        let message = format!("JSON nested deeper than {DEPTH_MAX} levels");
        return Err(Raised::new(Builtin::RecursionError, &message, py));
    }
    match value.kind(py) {
        Kind::None => text.extend_from_slice(b"null"),
        Kind::Bool => {
            let word: &[u8] = if value.is_true(py) { b"true" } else { b"false" };
            text.extend_from_slice(word);
        }
        Kind::Int => write_int(text, value, py)?,
        Kind::Float => write_float(text, value, py)?,
        Kind::Str => write_str(text, convert::as_str(value, py)?.unwrap_or_default()),
        Kind::Dict => write_dict(text, value, depth, py)?,
        Kind::List | Kind::Tuple => write_list(text, value, depth, py)?,
        Kind::Bytes | Kind::ByteArray | Kind::MemoryView | Kind::Other => {
            other::write(text, value, depth, py)?;
        }
    }
    Ok(())
}

fn write_int(text: &mut Vec<u8>, value: &Object, py: Attached<'_>) -> PyResult<()> {
    if let Some(number) = convert::as_i64(value, py)? {
        text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        return Ok(());
    }
    // `int.__repr__` and not `str()`: an enumeration of large integers is written by its value.
    let digits = convert::int_digits(value, py)?;
    text.extend_from_slice(digits.as_bytes());
    Ok(())
}

fn write_float(text: &mut Vec<u8>, value: &Object, py: Attached<'_>) -> PyResult<()> {
    let number = convert::as_f64(value, py)?;
    if !number.is_finite() {
        return Err(Raised::value_error(
            &format!("{number} is not allowed in JSON"),
            py,
        ));
    }
    text.extend_from_slice(ryu::Buffer::new().format_finite(number).as_bytes());
    Ok(())
}

fn write_list(text: &mut Vec<u8>, list: &Object, depth: usize, py: Attached<'_>) -> PyResult<()> {
    text.push(b'[');
    let mut separator: &[u8] = b"";
    list.for_each(py, |item| {
        text.extend_from_slice(separator);
        separator = b",";
        write(text, item, depth + 1, py)
    })?;
    text.push(b']');
    Ok(())
}

fn write_dict(text: &mut Vec<u8>, dict: &Object, depth: usize, py: Attached<'_>) -> PyResult<()> {
    text.push(b'{');
    let mut separator: &[u8] = b"";
    dict.for_each_pair(py, |key, value| {
        let Some(key) = convert::as_str(key, py)? else {
            let message = format!("JSON keys must be str, not {}", key.type_name(py));
            return Err(Raised::type_error(&message, py));
        };
        text.extend_from_slice(separator);
        separator = b",";
        write_str(text, key);
        text.push(b':');
        write(text, value, depth + 1, py)
    })?;
    text.push(b'}');
    Ok(())
}

/// Writes a string with the escapes that RFC 8259 section 7 requires, and no others.
pub(super) fn write_str(text: &mut Vec<u8>, string: &str) {
    text.push(b'"');
    let bytes = string.as_bytes();
    let mut copied = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        text.extend_from_slice(&bytes[copied..index]);
        copied = index + 1;
        match byte {
            b'"' => text.extend_from_slice(b"\\\""),
            b'\\' => text.extend_from_slice(b"\\\\"),
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\r' => text.extend_from_slice(b"\\r"),
            b'\t' => text.extend_from_slice(b"\\t"),
            _ => text.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
    }
    text.extend_from_slice(&bytes[copied..]);
    text.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::write_str;

    #[test]
    fn strings_are_escaped_where_they_must_be() {
        let mut text = Vec::new();
        write_str(&mut text, "a\"b\\c\n\u{1}\u{7f}é😀/");
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "\"a\\\"b\\\\c\\n\\u0001\u{7f}é😀/\""
        );
    }
}
