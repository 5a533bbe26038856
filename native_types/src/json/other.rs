//! Writing what JSON has no type for: dates and times, UUIDs, dataclasses.

use super::write::{write as write_value, write_str};
use crate::capi::call::import;
use crate::capi::{Attached, Object, PyResult, Raised, convert};

/// Writes a date or time by its `isoformat()`, a `uuid.UUID` by its text, a dataclass by its fields.
///
/// # Errors
///
/// `TypeError` for any other type.
pub(super) fn write(
    text: &mut Vec<u8>,
    value: &Object,
    depth: usize,
    py: Attached<'_>,
) -> PyResult<()> {
    if value.attribute_opt(c"__dataclass_fields__", py)?.is_some() {
        return write_dataclass(text, value, depth, py);
    }
    if let Some(format) = value.attribute_opt(c"isoformat", py)? {
        let date = format.call(&[], py)?;
        return write_text(text, &date, py);
    }
    if value.type_name(py) == "UUID" {
        return write_text(text, value, py);
    }
    let message = format!("{} can't be written as JSON", value.type_name(py));
    Err(Raised::type_error(&message, py))
}

fn write_text(text: &mut Vec<u8>, value: &Object, py: Attached<'_>) -> PyResult<()> {
    write_str(text, &convert::text_of(value, py)?);
    Ok(())
}

fn write_dataclass(
    text: &mut Vec<u8>,
    value: &Object,
    depth: usize,
    py: Attached<'_>,
) -> PyResult<()> {
    text.push(b'{');
    let mut separator: &[u8] = b"";
    // Whoever made the dataclass has imported the module already.
    let fields = import(c"dataclasses", py)?.call_method(c"fields", &[value], py)?;
    fields.for_each(py, |field| {
        text.extend_from_slice(separator);
        separator = b",";
        let name = field.attribute(c"name", py)?;
        write_str(text, &convert::text_of(&name, py)?);
        text.push(b':');
        write_value(text, &*value.attribute_by(&name, py)?, depth + 1, py)
    })?;
    text.push(b'}');
    Ok(())
}
