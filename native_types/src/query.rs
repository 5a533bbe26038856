//! `coachwhip.Query`: the decoded query of a request.

use std::borrow::Cow;
use std::ffi::CStr;

use crate::capi::method::Method;
use crate::capi::slot::Slot;
use crate::capi::{Attached, HeapType, Owned, PyResult, RefSlot, convert};
use crate::mapping;
use crate::multi_map::{self, MultiMap};
use crate::state::State;

/// The pairs of one query.
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
    const METHODS: &'static [Method<Self>] = &multi_map::methods::<Self>();

    fn slots() -> Vec<Slot<Self>> {
        multi_map::slots()
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.query
    }
}

impl MultiMap for Query {
    type Entry = (String, String);

    const SHORT_NAME: &'static str = "Query";

    fn entries(&self) -> &[Self::Entry] {
        &self.pairs
    }

    fn name((name, _): &Self::Entry) -> &str {
        name
    }

    fn value<'py>((_, value): &'py Self::Entry, py: Attached<'py>) -> PyResult<Owned<'py>> {
        convert::new_str(value, py)
    }
}

impl Query {
    /// Decodes `raw`, the query without its `?`.
    pub(crate) fn parse(raw: &str) -> Self {
        Self { pairs: parse(raw) }
    }
}

/// The pairs of `raw`, a query without its `?`, decoded as `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).
/// What is not UTF-8 then becomes U+FFFD.
pub fn parse(raw: &str) -> Vec<(String, String)> {
    let owned =
        |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), value.into_owned());
    form_urlencoded::parse(raw.as_bytes()).map(owned).collect()
}
