//! The module `coachwhip.json`: the codec for handlers.

use crate::capi::builtin::Kind;
use crate::capi::method::module_function;
use crate::capi::submodule::Submodule;
use crate::capi::{Arguments, Attached, Owned, PyResult, Raised, Text, convert};
use crate::state::State;

/// `coachwhip.json`.
pub(crate) static MODULE: Submodule = Submodule {
    name: c"json",
    full_name: c"coachwhip.json",
    doc: c"JSON (RFC 8259), read and written natively: what Request.json and Response.json use.\n\n\
        Strict: no NaN and no infinities, no lone surrogates, keys are str. Integers keep every digit.",
    functions: &[
        module_function(c"loads", loads, c"loads(data)\n--\n\nThe object that a document describes: str, or UTF-8 as bytes, bytearray or memoryview.\n\nRaises ValueError, with line and column, for what is not valid JSON."),
        module_function(c"dumps", dumps, c"dumps(value)\n--\n\nThe document that describes a value, without spaces.\n\nIt is str, as json.dumps of the standard library returns, so that the one can stand in for the other. The bytes of an\nanswer are made without it, by Response.json or by returning the value.\n\nRaises TypeError for a type that JSON can't hold, ValueError for NaN, infinities and lone surrogates,\nRecursionError beyond 1000 levels."),
    ],
};

fn loads<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [data] = arguments.bind("loads", &[c"data"], (1, 1), py)?;
    let data = data.expect("bind requires it");
    let read =
        |text: &[u8]| super::loads(text, state, py).map_err(|failure| failure.into_value_error(py));
    match data.kind(py) {
        Kind::Bytes => read(convert::as_bytes(data, py).unwrap_or_default()),
        Kind::Str => match data.text(py)? {
            Some(Text::Latin1(text)) if text.is_ascii() => read(text),
            // Half of a surrogate pair stays to be refused with its line and column.
            _ => {
                let text = convert::encode(data, c"utf-8", c"surrogatepass", py)?;
                read(convert::as_bytes(&text, py).unwrap_or_default())
            }
        },
        // Others may change it meanwhile.
        Kind::ByteArray | Kind::MemoryView => read(&convert::copy_buffer(data, py)?),
        Kind::None
        | Kind::Bool
        | Kind::Int
        | Kind::Float
        | Kind::Dict
        | Kind::List
        | Kind::Tuple
        | Kind::Other => {
            let name = data.type_name(py);
            let message = format!("loads() takes str, bytes, bytearray or memoryview, not {name}");
            Err(Raised::type_error(&message, py))
        }
    }
}

fn dumps<'py>(
    state: &'py State,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let [value] = arguments.bind("dumps", &[c"value"], (1, 1), py)?;
    let text = super::dumps(value.expect("bind requires it"), state, py)?;
    convert::new_str_of_utf8(&text, py)
}
