//! An exception as text, as Python prints it.

use native_types::capi::call::import;
use native_types::capi::{Attached, Object, PyResult, convert};

/// The traceback of `exception`; where Python can't format it, its type and what can be had of its text.
pub(crate) fn text(exception: &Object, py: Attached<'_>) -> String {
    let formatted = format(exception, py).unwrap_or_else(|raised| {
        raised.clear(py);
        let what = convert::text_of(exception, py).unwrap_or_else(|raised| {
            raised.clear(py);
            String::from("its text can't be read")
        });
        format!(
            "{}: {what} (its traceback can't be formatted)",
            exception.type_name(py)
        )
    });
    formatted.trim_end().to_owned()
}

fn format(exception: &Object, py: Attached<'_>) -> PyResult<String> {
    let lines = import(c"traceback", py)?.call_method(c"format_exception", &[exception], py)?;
    let mut text = String::new();
    lines.for_each(py, |line| {
        text.push_str(&convert::text_of(line, py)?);
        Ok(())
    })?;
    Ok(text)
}
