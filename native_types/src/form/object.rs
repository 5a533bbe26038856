//! `coachwhip.Form`: the fields and files of a form.

use std::ffi::CStr;

use bytes::Bytes;

use super::{Limits, Parsed, Part, Upload, parse};
use crate::capi::heap_type::new_object;
use crate::capi::method::Method;
use crate::capi::slot::Slot;
use crate::capi::{Attached, HeapType, Owned, PyResult, RefSlot, convert};
use crate::multi_map::{self, MultiMap};
use crate::state::State;
use crate::{charset, errors, mapping};

/// The fields of one form, each made as a Python object when the form is read: a `str`, or an `Upload`, which refers to
/// nothing that a handler can change.
#[derive(Debug)]
pub(crate) struct Form {
    fields: Vec<(String, RefSlot)>,
}

impl HeapType for Form {
    type State = State;

    const NAME: &'static CStr = c"coachwhip.Form";
    const DOC: &'static CStr =
        c"A form: a read-only Mapping[str, str | Upload] of names to their first value.";
    const FLAGS: u64 = mapping::FLAG;
    const METHODS: &'static [Method<Self>] = &multi_map::methods::<Self>();

    fn slots() -> Vec<Slot<Self>> {
        multi_map::slots()
    }

    fn type_slot(state: &State) -> &RefSlot {
        &state.form
    }
}

impl MultiMap for Form {
    type Entry = (String, RefSlot);

    const SHORT_NAME: &'static str = "Form";

    fn entries(&self) -> &[Self::Entry] {
        &self.fields
    }

    fn name((name, _): &Self::Entry) -> &str {
        name
    }

    fn value<'py>((_, value): &'py Self::Entry, py: Attached<'py>) -> PyResult<Owned<'py>> {
        Ok(value.get(py).expect("filled when it was made").own(py))
    }
}

impl Form {
    /// Reads the form that `body` holds.
    ///
    /// # Errors
    ///
    /// `HTTPError`: 400 for a form that is broken or does not decode, 413 beyond a limit, 415 for another content type.
    pub(crate) fn read<'py>(
        body: &Bytes,
        content_type: Option<&[u8]>,
        state: &State,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let limits = state.form_limits.get().unwrap_or(&Limits::DEFAULT);
        let work = || parse(body, content_type, limits);
        let parsed = if state.release().is_reached(body.len()) {
            py.detached(work)
        } else {
            work()
        };
        let parsed =
            parsed.map_err(|refusal| errors::raise(refusal.status, &refusal.detail, state, py))?;
        let fields: PyResult<Vec<_>> = match parsed {
            Parsed::Pairs(pairs) => pairs
                .into_iter()
                .map(|(name, value)| Ok((name, RefSlot::holding(convert::new_str(&value, py)?))))
                .collect(),
            Parsed::Parts(parts) => {
                let numbered = (1..).zip(parts);
                numbered
                    .map(|(number, part)| {
                        let name = part.name.clone();
                        Ok((name, RefSlot::holding(value(part, number, state, py)?)))
                    })
                    .collect()
            }
        };
        new_object(Self { fields: fields? }, state, py)
    }
}

/// What a part becomes.
fn value<'py>(part: Part, number: usize, state: &State, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let content_type = part.content_type.as_ref().map(http::HeaderValue::as_bytes);
    match part.filename {
        Some(_) => new_object(Upload::new(part), state, py),
        None => charset::decode(&part.data, content_type, py).map_err(|raised| {
            errors::bad_request(&format!("part {number} does not decode"), raised, state, py)
        }),
    }
}
