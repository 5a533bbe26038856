//! Server-sent events as text (WHATWG HTML section 9.2): `coachwhip.event`, and the fields of `Response.events`.

use std::ffi::CStr;

use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::capi::builtin::Kind;
use crate::capi::{Arguments, Attached, Object, Owned, PyResult, Raised, convert};
use crate::header_list::HeaderList;
use crate::state::State;

/// Sets the content type of an event stream; and that no cache keeps it, unless the author says otherwise.
pub(crate) fn complete(headers: &mut HeaderList) {
    headers.set(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    if !headers.contains(&CACHE_CONTROL) {
        headers.set(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
}

/// `coachwhip.event(data=None, *, event=None, id=None, retry=None)`.
pub(crate) fn event<'py>(
    _state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"data", c"event", c"id", c"retry"];
    let [data, event, id, retry] = arguments.bind("event", &names, (0, 1), py)?;
    let given = |value: Option<&'py Object>| value.filter(|value| !value.is_none(py));
    let mut text = String::new();
    if let Some(name) = given(event) {
        push_line(&mut text, c"event", name, py)?;
    }
    if let Some(id) = given(id) {
        push_line(&mut text, c"id", id, py)?;
    }
    if let Some(retry) = given(retry) {
        push_field(&mut text, "retry", &milliseconds(retry, py)?.to_string());
    }
    if let Some(data) = given(data) {
        for line in lines(str_of(c"data", data, py)?) {
            push_field(&mut text, "data", line);
        }
    }
    if text.is_empty() {
        return Err(Raised::value_error(
            "an event has data, event, id or retry",
            py,
        ));
    }
    text.push('\n');
    convert::new_str(&text, py)
}

fn str_of<'a>(name: &CStr, value: &'a Object, py: Attached<'_>) -> PyResult<&'a str> {
    convert::as_str(value, py)?.ok_or_else(|| {
        let (name, kind) = (name.to_string_lossy(), value.type_name(py));
        Raised::type_error(&format!("{name} of an event must be str, not {kind}"), py)
    })
}

/// A field of one line.
fn push_line(text: &mut String, name: &CStr, value: &Object, py: Attached<'_>) -> PyResult<()> {
    let value = str_of(name, value, py)?;
    let name = name.to_string_lossy();
    // A client ignores an id with NUL; CR and LF would begin another field.
    if value.contains(['\r', '\n', '\0']) {
        let text = format!("{name} of an event can't hold CR, LF or NUL");
        return Err(Raised::value_error(&text, py));
    }
    push_field(text, &name, value);
    Ok(())
}

fn push_field(text: &mut String, name: &str, value: &str) {
    for part in [name, ": ", value, "\n"] {
        text.push_str(part);
    }
}

/// The time after which a client that lost its connection comes again.
fn milliseconds(retry: &Object, py: Attached<'_>) -> PyResult<u64> {
    if retry.kind(py) != Kind::Int {
        let kind = retry.type_name(py);
        let text = format!("retry of an event must be int, in milliseconds, not {kind}");
        return Err(Raised::type_error(&text, py));
    }
    convert::as_i64(retry, py)?
        .and_then(|retry| u64::try_from(retry).ok())
        .ok_or_else(|| Raised::value_error("retry of an event must be from 0 to 2**63 - 1", py))
}

/// The lines of `data`, at CR LF, LF and CR alike, as a client ends them; one that ends the text is followed by an empty one.
fn lines(data: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(['\r', '\n']) else {
            rest = None;
            return Some(text);
        };
        let (line, end) = text.split_at(at);
        let after = end.strip_prefix("\r\n").unwrap_or_else(|| &end[1..]);
        rest = Some(after);
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn data_is_split_as_clients_end_lines() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[""]),
            ("one", &["one"]),
            ("one\ntwo", &["one", "two"]),
            ("one\r\ntwo\rthree", &["one", "two", "three"]),
            ("one\n", &["one", ""]),
            ("\n\n\u{e9}", &["", "", "\u{e9}"]),
        ];
        for (data, expected) in cases {
            assert_eq!(lines(data).collect::<Vec<_>>(), expected, "{data:?}");
        }
    }
}
