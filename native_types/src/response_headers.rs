//! `coachwhip.ResponseHeaders`: the header fields of a `Response`, ordered and mutable.

use std::ffi::CStr;

use http::HeaderName;

use crate::capi::method::{Method, method, method0};
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This};
use crate::capi::{Raised, builtin, convert};
use crate::header_list::{header_name, header_value};
use crate::mapping;
use crate::message::Field;
use crate::response::Response;
use crate::state::State;

/// A view of the header fields of one response, which it keeps alive.
#[derive(Debug)]
pub(crate) struct ResponseHeaders {
    response: RefSlot,
}

impl HeapType for ResponseHeaders {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.ResponseHeaders";
    const DOC: &'static CStr =
        c"Header fields of a response: an ordered mutable mapping that ignores case.";
    const FLAGS: u64 = mapping::FLAG;
    const METHODS: &'static [Method<Self>] = &[
        method(
            c"get",
            Self::get,
            c"get($self, name, default=None, /)\n--\n\nThe first value of a field, or the default.",
        ),
        method(
            c"get_all",
            Self::get_all,
            c"get_all($self, name, /)\n--\n\nEvery value of a field, in order.",
        ),
        method(
            c"append",
            Self::append,
            c"append($self, name, value, /)\n--\n\nAdds a field, keeping others of the same name.",
        ),
        method0(
            c"keys",
            Self::keys,
            c"keys($self, /)\n--\n\nThe name of each field, in order.",
        ),
        method0(
            c"values",
            Self::values,
            c"values($self, /)\n--\n\nThe value of each field, in order.",
        ),
        method0(
            c"items",
            Self::items,
            c"items($self, /)\n--\n\nName and value of each field, in order.",
        ),
        Method::END,
    ];

    fn slots() -> Vec<Slot<Self>> {
        vec![
            Slot::subscript(Self::subscript),
            Slot::assign(Self::assign),
            Slot::length(Self::length),
            Slot::contains(Self::contains),
            Slot::iter(Self::iter),
            Slot::repr(Self::repr),
        ]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.response_headers
    }
}

impl ResponseHeaders {
    /// The header fields of `response`, a `Response`.
    pub(crate) fn of(response: Owned<'_>) -> Self {
        Self {
            response: RefSlot::holding(response),
        }
    }

    fn response<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<&'py Response> {
        let object = this.value().response.get(py);
        object
            .and_then(|object| This::<Response>::downcast(object, this.state(), py))
            .map(This::value)
            .ok_or_else(|| Raised::type_error("the response of these headers has ended", py))
    }

    fn fields(this: This<'_, Self>, py: Attached<'_>) -> PyResult<Vec<Field>> {
        Ok(Self::response(this, py)?.lock_headers().fields())
    }

    /// The first value of a field; a name that can be no field's names none.
    fn find<'py>(
        this: This<'py, Self>,
        name: &Object,
        py: Attached<'py>,
    ) -> PyResult<Option<Owned<'py>>> {
        let Some(name) = known_name(name, py)? else {
            return Ok(None);
        };
        let value = Self::response(this, py)?.lock_headers().get(&name).cloned();
        value
            .map(|value| convert::new_latin1(value.as_bytes(), py))
            .transpose()
    }

    fn subscript<'py>(
        this: This<'py, Self>,
        name: &'py Object,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        Self::find(this, name, py)?.ok_or_else(|| Raised::key_error(name, py))
    }

    fn assign<'py>(
        this: This<'py, Self>,
        name: &'py Object,
        value: Option<&'py Object>,
        py: Attached<'py>,
    ) -> PyResult<()> {
        let response = Self::response(this, py)?;
        if let Some(value) = value {
            let (name, value) = (header_name(name, py)?, header_value(value, py)?);
            response.lock_headers().set(name, value);
            return Ok(());
        }
        let known = known_name(name, py)?;
        let is_removed = known.is_some_and(|known| response.lock_headers().remove(&known));
        if is_removed {
            Ok(())
        } else {
            Err(Raised::key_error(name, py))
        }
    }

    fn get<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let (name, default) = mapping::name_and_default(&arguments, py)?;
        Ok(Self::find(this, name, py)?.unwrap_or(default))
    }

    fn get_all<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let name = known_name(mapping::name(&arguments, py)?, py)?;
        let fields = Self::fields(this, py)?;
        let fields = fields
            .iter()
            .filter(|(known, _)| Some(known) == name.as_ref());
        mapping::list(fields, py, |(_, value)| {
            convert::new_latin1(value.as_bytes(), py)
        })
    }

    fn append<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [name, value] = arguments.bind("append", &[c"name", c"value"], (2, 2), py)?;
        let name = header_name(name.expect("bind requires it"), py)?;
        let value = header_value(value.expect("bind requires it"), py)?;
        Self::response(this, py)?.lock_headers().append(name, value);
        Ok(builtin::none(py))
    }

    fn length(this: This<'_, Self>, py: Attached<'_>) -> PyResult<usize> {
        Ok(Self::fields(this, py)?.len())
    }

    fn contains(this: This<'_, Self>, name: &Object, py: Attached<'_>) -> PyResult<bool> {
        let response = Self::response(this, py)?;
        let name = known_name(name, py)?;
        Ok(name.is_some_and(|name| response.lock_headers().contains(&name)))
    }

    fn keys<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let fields = Self::fields(this, py)?;
        let pool = this.state().pool();
        mapping::list(fields.iter(), py, |(name, _)| {
            pool.header_name(name.as_str(), py)
        })
    }

    fn values<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let fields = Self::fields(this, py)?;
        mapping::list(fields.iter(), py, |(_, value)| {
            convert::new_latin1(value.as_bytes(), py)
        })
    }

    fn items<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let fields = Self::fields(this, py)?;
        let pool = this.state().pool();
        mapping::list(fields.iter(), py, |(name, value)| {
            let name = pool.header_name(name.as_str(), py)?;
            let value = convert::new_latin1(value.as_bytes(), py)?;
            builtin::new_tuple([name, value].into_iter(), py)
        })
    }

    fn iter<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        Self::keys(this, py)?.call_method(c"__iter__", &[], py)
    }

    fn repr<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::repr("ResponseHeaders", &*Self::items(this, py)?, py)
    }
}

/// The name as a header name, or `None` where it can be none.
fn known_name(name: &Object, py: Attached<'_>) -> PyResult<Option<HeaderName>> {
    let name = convert::as_str(name, py)?;
    Ok(name.and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok()))
}
