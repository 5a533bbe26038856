//! `coachwhip.Headers`: the header fields of a request, a read-only mapping that ignores case.

use std::ffi::CStr;
use std::sync::Arc;

use crate::capi::getter::{Getter, getter};
use crate::capi::method::{Method, method, method0};
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This};
use crate::capi::{Raised, builtin, convert};
use crate::mapping;
use crate::message::RequestMessage;
use crate::state::State;

/// The header fields of one request. Values are decoded as ISO-8859-1 (RFC 9110 section 5.5).
#[derive(Debug)]
pub(crate) struct Headers {
    message: Arc<RequestMessage>,
}

impl HeapType for Headers {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.Headers";
    const DOC: &'static CStr = c"Header fields: a read-only Mapping[str, str] that ignores case.";
    const FLAGS: u64 = mapping::FLAG;
    const GETTERS: &'static [Getter<Self>] = &[
        getter(
            c"raw",
            Self::raw,
            c"list[tuple[bytes, bytes]]: every field, names in lower case.",
        ),
        Getter::END,
    ];
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
        method0(
            c"keys",
            Self::keys,
            c"keys($self, /)\n--\n\nThe names, in lower case, each once.",
        ),
        method0(
            c"values",
            Self::values,
            c"values($self, /)\n--\n\nThe first value of each name.",
        ),
        method0(
            c"items",
            Self::items,
            c"items($self, /)\n--\n\nEach name with its first value.",
        ),
        Method::END,
    ];

    fn slots() -> Vec<Slot<Self>> {
        vec![
            Slot::subscript(Self::subscript),
            Slot::length(Self::length),
            Slot::contains(Self::contains),
            Slot::iter(Self::iter),
            Slot::repr(Self::repr),
        ]
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.headers
    }
}

impl Headers {
    /// The header fields of `message`.
    pub(crate) fn of(message: Arc<RequestMessage>) -> Self {
        Self { message }
    }

    /// The first value of the field called `name`; a name that is no string names no field.
    fn find<'a>(&'a self, name: &Object, py: Attached<'_>) -> PyResult<Option<&'a [u8]>> {
        let name = convert::as_str(name, py)?;
        let value = name.and_then(|name| self.message.headers.get(name));
        Ok(value.map(http::HeaderValue::as_bytes))
    }

    fn subscript<'py>(
        this: This<'py, Self>,
        name: &'py Object,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        match this.find(name, py)? {
            Some(value) => convert::new_latin1(value, py),
            None => Err(Raised::key_error(name, py)),
        }
    }

    fn get<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let (name, default) = mapping::name_and_default(&arguments, py)?;
        match this.find(name, py)? {
            Some(value) => convert::new_latin1(value, py),
            None => Ok(default),
        }
    }

    fn get_all<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let name = mapping::name(&arguments, py)?;
        let list = builtin::new_list(py)?;
        if let Some(name) = convert::as_str(name, py)? {
            for value in this.message.headers.get_all(name) {
                builtin::append(&list, &*convert::new_latin1(value.as_bytes(), py)?, py)?;
            }
        }
        Ok(list)
    }

    #[expect(clippy::unnecessary_wraps, reason = "slots may raise")]
    fn length(this: This<'_, Self>, _py: Attached<'_>) -> PyResult<usize> {
        Ok(this.message.headers.keys_len())
    }

    fn contains(this: This<'_, Self>, name: &Object, py: Attached<'_>) -> PyResult<bool> {
        Ok(this.find(name, py)?.is_some())
    }

    /// Each name, once, with its first value.
    fn firsts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut previous = None;
        // Fields of one name stand together, so that none has to be looked up.
        self.message
            .headers
            .iter()
            .filter_map(move |(name, value)| {
                let is_first = previous.replace(name) != Some(name);
                is_first.then(|| (name.as_str(), value.as_bytes()))
            })
    }

    fn keys<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let pool = this.state().pool();
        mapping::list(this.value().firsts(), py, |(name, _)| {
            pool.header_name(name, py)
        })
    }

    fn values<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::list(this.value().firsts(), py, |(_, value)| {
            convert::new_latin1(value, py)
        })
    }

    fn items<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let pool = this.state().pool();
        mapping::list(this.value().firsts(), py, |(name, value)| {
            let pair = [pool.header_name(name, py)?, convert::new_latin1(value, py)?];
            builtin::new_tuple(pair.into_iter(), py)
        })
    }

    fn raw<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::list(this.value().message.headers.iter(), py, |(name, value)| {
            let name = convert::new_bytes(name.as_str().as_bytes(), py)?;
            let value = convert::new_bytes(value.as_bytes(), py)?;
            builtin::new_tuple([name, value].into_iter(), py)
        })
    }

    fn iter<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        Self::keys(this, py)?.call_method(c"__iter__", &[], py)
    }

    fn repr<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::repr("Headers", &*Self::items(this, py)?, py)
    }
}
