//! Objects that requests give again and again, kept by each interpreter: methods, header names, status codes, short texts.
//!
//! Each is made when it is first asked for. What may be kept is listed here, so that nothing grows with what clients send.
//!
//! CPython itself keeps the integers from -5 to 256, `None`, the booleans, and the empty `tuple`, `str` and `bytes`. An
//! empty `dict` or `list` is new each time, since whoever gets it may change it.

use std::ffi::CStr;

use http::{Method, StatusCode};

use crate::capi::{Attached, Owned, PyResult, RefSlot, convert};
use crate::header_names::{self, NAMES};

/// The kept objects of one interpreter.
#[derive(Debug)]
pub struct Pool {
    /// By the order of [`METHODS`].
    methods: [RefSlot; METHODS.len()],
    /// By the order of [`TEXTS`].
    texts: [RefSlot; TEXTS.len()],
    /// By the order of [`NAMES`].
    header_names: [RefSlot; NAMES.len()],
    /// From [`STATUS_MIN`] on.
    statuses: [RefSlot; STATUSES],
}

/// The methods whose names are interned: those of RFC 9110 section 9.3 and PATCH (RFC 5789).
const METHODS: [(Method, &CStr); 9] = [
    (Method::GET, c"GET"),
    (Method::POST, c"POST"),
    (Method::PUT, c"PUT"),
    (Method::DELETE, c"DELETE"),
    (Method::HEAD, c"HEAD"),
    (Method::OPTIONS, c"OPTIONS"),
    (Method::PATCH, c"PATCH"),
    (Method::CONNECT, c"CONNECT"),
    (Method::TRACE, c"TRACE"),
];

/// Short texts that requests give again and again.
const TEXTS: [&CStr; 6] = [c"http", c"https", c"1.0", c"1.1", c"2", c"0.9"];

/// The first status that CPython does not keep by itself.
const STATUS_MIN: u16 = 257;

/// How many statuses there are from then on: an answer's are below 600.
const STATUSES: usize = 600 - STATUS_MIN as usize;

impl Pool {
    /// A pool that has made nothing yet.
    pub(crate) const fn empty() -> Self {
        Self {
            methods: [const { RefSlot::empty() }; METHODS.len()],
            texts: [const { RefSlot::empty() }; TEXTS.len()],
            header_names: [const { RefSlot::empty() }; NAMES.len()],
            statuses: [const { RefSlot::empty() }; STATUSES],
        }
    }

    /// Every place, for the collector.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &RefSlot> {
        let texts = self.methods.iter().chain(&self.texts);
        texts.chain(&self.header_names).chain(&self.statuses)
    }

    /// The name of `method`, interned where it is a known one.
    pub fn method<'py>(&'py self, method: &Method, py: Attached<'py>) -> PyResult<Owned<'py>> {
        match METHODS.iter().position(|(known, _)| known == method) {
            Some(index) => interned(&self.methods[index], METHODS[index].1, py),
            None => convert::new_str(method.as_str(), py),
        }
    }

    /// One of the short texts, interned; another text as a new `str`.
    pub(crate) fn text<'py>(&'py self, text: &str, py: Attached<'py>) -> PyResult<Owned<'py>> {
        match TEXTS
            .iter()
            .position(|known| known.to_bytes() == text.as_bytes())
        {
            Some(index) => interned(&self.texts[index], TEXTS[index], py),
            None => convert::new_str(text, py),
        }
    }

    /// The name of a header field, in lower case; interned where it is a known one.
    pub fn header_name<'py>(&'py self, name: &str, py: Attached<'py>) -> PyResult<Owned<'py>> {
        match header_names::position(name) {
            Some(index) => interned(&self.header_names[index], NAMES[index], py),
            None => convert::new_str(name, py),
        }
    }

    /// A status code as an `int`.
    ///
    /// Without a GIL it is always a new one, where CPython keeps none: threads that share a number contend for its
    /// reference count, while interned strings are immortal there.
    pub fn status<'py>(&'py self, status: StatusCode, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let made = || convert::new_int(i64::from(status.as_u16()), py);
        let index = status.as_u16().checked_sub(STATUS_MIN);
        match index.and_then(|index| self.statuses.get(usize::from(index))) {
            Some(slot) if !cfg!(Py_GIL_DISABLED) => {
                slot.get_or_fill(py, made).map(|status| status.own(py))
            }
            _ => made(),
        }
    }
}

fn interned<'py>(slot: &'py RefSlot, text: &CStr, py: Attached<'py>) -> PyResult<Owned<'py>> {
    slot.get_or_fill(py, || convert::new_interned(text, py))
        .map(|text| text.own(py))
}
