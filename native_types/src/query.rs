//! `coachwhip.Query`: the decoded query of a request.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::CStr;

use crate::capi::method::{Method, method, method0};
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This};
use crate::capi::{Raised, builtin, convert};
use crate::mapping;
use crate::state::State;

/// The pairs of one query, decoded as `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
}

impl HeapType for Query {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.Query";
    const DOC: &'static CStr =
        c"A query: a read-only Mapping[str, str] of names to their first value.";
    const FLAGS: u64 = mapping::FLAG;
    const METHODS: &'static [Method<Self>] = &[
        method(
            c"get",
            Self::get,
            c"get($self, name, default=None, /)\n--\n\nThe first value of a name, or the default.",
        ),
        method(
            c"get_all",
            Self::get_all,
            c"get_all($self, name, /)\n--\n\nEvery value of a name, in order.",
        ),
        method0(
            c"keys",
            Self::keys,
            c"keys($self, /)\n--\n\nThe names, each once.",
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
        &state.query
    }
}

impl Query {
    /// Decodes `raw`, the query without its `?`.
    pub(crate) fn parse(raw: &str) -> Self {
        let pairs = form_urlencoded::parse(raw.as_bytes());
        let owned =
            |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), value.into_owned());
        Self {
            pairs: pairs.map(owned).collect(),
        }
    }

    fn find(&self, name: &Object, py: Attached<'_>) -> PyResult<Option<&str>> {
        let Some(name) = convert::as_str(name, py)? else {
            return Ok(None);
        };
        let pair = self.pairs.iter().find(|(known, _)| known == name);
        Ok(pair.map(|(_, value)| value.as_str()))
    }

    /// Each name, once, with its first value, in order of first appearance.
    fn firsts(&self) -> impl Iterator<Item = &(String, String)> {
        let mut seen = HashSet::new();
        self.pairs
            .iter()
            .filter(move |(name, _)| seen.insert(name.as_str()))
    }

    fn subscript<'py>(
        this: This<'py, Self>,
        name: &'py Object,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        match this.find(name, py)? {
            Some(value) => convert::new_str(value, py),
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
            Some(value) => convert::new_str(value, py),
            None => Ok(default),
        }
    }

    fn get_all<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let name = convert::as_str(mapping::name(&arguments, py)?, py)?;
        let values = this
            .value()
            .pairs
            .iter()
            .filter(|(known, _)| Some(known.as_str()) == name);
        mapping::list(values, py, |(_, value)| convert::new_str(value, py))
    }

    #[expect(clippy::unnecessary_wraps, reason = "slots may raise")]
    fn length(this: This<'_, Self>, _py: Attached<'_>) -> PyResult<usize> {
        Ok(this.firsts().count())
    }

    fn contains(this: This<'_, Self>, name: &Object, py: Attached<'_>) -> PyResult<bool> {
        Ok(this.find(name, py)?.is_some())
    }

    fn keys<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::list(this.value().firsts(), py, |(name, _)| {
            convert::new_str(name, py)
        })
    }

    fn values<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::list(this.value().firsts(), py, |(_, value)| {
            convert::new_str(value, py)
        })
    }

    fn items<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::list(this.value().firsts(), py, |(name, value)| {
            let pair = [convert::new_str(name, py)?, convert::new_str(value, py)?];
            builtin::new_tuple(pair.into_iter(), py)
        })
    }

    fn iter<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        Self::keys(this, py)?.call_method(c"__iter__", &[], py)
    }

    fn repr<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        mapping::repr("Query", &*Self::items(this, py)?, py)
    }
}
