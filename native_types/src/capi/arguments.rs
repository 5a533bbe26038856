//! The arguments of a call from Python.
#![expect(
    unsafe_code,
    reason = "reads the arrays, tuples and dicts that CPython passes"
)]

use std::ffi::CStr;
use std::ptr::null_mut;
use std::slice;

use pyo3_ffi as ffi;

use super::builtin::Kind;
use super::{Attached, Object, Owned, PyResult, Raised};

/// Positional and named arguments, borrowed from the caller (the vectorcall convention, PEP 590).
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'py> {
    positional: &'py [&'py Object],
    /// The keywords as a tuple of strings; their values are `named`, in the same order.
    keywords: Option<&'py Object>,
    named: &'py [&'py Object],
}

impl<'py> Arguments<'py> {
    /// The arguments that CPython passed by vectorcall.
    ///
    /// # Safety
    ///
    /// `values` holds `count` positional objects, then one for each name of the tuple `keywords` (or NULL); the caller
    /// holds them all for `'py`.
    pub(super) unsafe fn from_vectorcall(
        values: *const *mut ffi::PyObject,
        count: ffi::Py_ssize_t,
        keywords: *mut ffi::PyObject,
    ) -> Self {
        // SAFETY: NULL, or a tuple that the caller holds.
        let keywords = unsafe { Object::borrow_opt::<'py>(keywords) };
        // SAFETY: a tuple (the vectorcall convention).
        let named_count = keywords.map_or(0, |keywords| unsafe {
            ffi::PyTuple_Size(keywords.as_ptr())
        });
        let (count, named_count) = (count.unsigned_abs(), named_count.unsigned_abs());
        if count + named_count == 0 {
            return Self {
                positional: &[],
                keywords: None,
                named: &[],
            };
        }
        // `&Object` is a non-null pointer to the object, as each element is.
        let values = values.cast::<&'py Object>();
        // SAFETY: the caller's promise: that many live objects stand there.
        let all = unsafe { slice::from_raw_parts(values, count + named_count) };
        let (positional, named) = all.split_at(count);
        Self {
            positional,
            keywords,
            named,
        }
    }

    /// The arguments of `tp_new` and `tp_call`.
    ///
    /// # Safety
    ///
    /// `positional` is a tuple, `named` a dict with string keys or NULL; the caller holds both for `'py`.
    pub(super) unsafe fn from_tuple_and_dict(
        positional: *mut ffi::PyObject,
        named: *mut ffi::PyObject,
        py: Attached<'py>,
    ) -> PyResult<Gathered<'py>> {
        // SAFETY: a tuple.
        let count = unsafe { ffi::PyTuple_Size(positional) };
        let positional = (0..count)
            // SAFETY: within the tuple.
            .map(|index| unsafe { ffi::PyTuple_GetItem(positional, index) })
            // SAFETY: an item of the tuple, which the caller holds and which can't change.
            .map(|item| unsafe { Object::borrow(item) })
            .collect();
        if named.is_null() {
            return Ok(Gathered {
                positional,
                keywords: None,
                named: Vec::new(),
            });
        }
        // SAFETY: a dict; its keys and values come in the same order.
        let keywords = unsafe { ffi::PyDict_Keys(named) };
        // SAFETY: a new reference, or NULL with an exception set.
        let keywords = unsafe { Owned::steal_or_raise(keywords, py) }?;
        // SAFETY: a list.
        let keywords = unsafe { ffi::PyList_AsTuple(keywords.as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        let keywords = unsafe { Owned::steal_or_raise(keywords, py) }?;
        // SAFETY: a dict.
        let values = unsafe { ffi::PyDict_Values(named) };
        // SAFETY: a new reference, or NULL with an exception set.
        let values = unsafe { Owned::steal_or_raise(values, py) }?;
        // SAFETY: the list made just above.
        let named_count = unsafe { ffi::PyList_Size(values.as_ptr()) };
        let named = (0..named_count)
            // SAFETY: within the list, which nobody else has.
            .map(|index| unsafe { ffi::compat::PyList_GetItemRef(values.as_ptr(), index) })
            // SAFETY: a new reference, or NULL with an exception set.
            .map(|value| unsafe { Owned::steal_or_raise(value, py) })
            .collect::<PyResult<_>>()?;
        Ok(Gathered {
            positional,
            keywords: Some(keywords),
            named,
        })
    }

    /// The values of the parameters `names`, in that order, `None` for one that was not given.
    ///
    /// The first `required` must be given; those from `positional_max` on can be given by name only.
    ///
    /// # Errors
    ///
    /// `TypeError`, worded as CPython words it, for a missing, unknown, repeated or surplus argument.
    pub fn bind<const N: usize>(
        &self,
        function: &str,
        names: &[&'static CStr; N],
        (required, positional_max): (usize, usize),
        py: Attached<'py>,
    ) -> PyResult<[Option<&'py Object>; N]> {
        let mut values = [None; N];
        if self.positional.len() > positional_max {
            let given = self.positional.len();
            let text = format!(
                "{function}() takes at most {positional_max} positional arguments ({given} given)"
            );
            return Err(Raised::type_error(&text, py));
        }
        for (place, value) in values.iter_mut().zip(self.positional) {
            *place = Some(*value);
        }
        for (index, value) in self.named.iter().enumerate() {
            let name = self.name(index, py)?;
            let Some(place) = names.iter().position(|known| equals(&name, known)) else {
                let name = super::convert::text_of(&name, py)?;
                let text = format!("{function}() got an unexpected keyword argument '{name}'");
                return Err(Raised::type_error(&text, py));
            };
            if values[place].replace(*value).is_some() {
                let name = names[place].to_string_lossy();
                let text = format!("{function}() got multiple values for argument '{name}'");
                return Err(Raised::type_error(&text, py));
            }
        }
        if let Some(missing) = values[..required].iter().position(Option::is_none) {
            let name = names[missing].to_string_lossy();
            let text = format!("{function}() missing required argument: '{name}'");
            return Err(Raised::type_error(&text, py));
        }
        Ok(values)
    }

    /// The name of the named argument at `index`.
    fn name(&self, index: usize, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let keywords = self
            .keywords
            .expect("named arguments come with their names");
        let name = keywords.item(index, py)?;
        // CPython leaves this to the callee, for `f(**{1: 2})`.
        if name.kind(py) != Kind::Str {
            return Err(Raised::type_error("keywords must be strings", py));
        }
        Ok(name)
    }
}

/// Whether the string `name` is `known`, which is ASCII.
fn equals(name: &Object, known: &CStr) -> bool {
    // SAFETY: keywords of arguments are strings; `known` is NUL-terminated ASCII.
    unsafe { ffi::PyUnicode_CompareWithASCIIString(name.as_ptr(), known.as_ptr()) == 0 }
}

/// Arguments gathered from a tuple and a dict, so that they can be seen as [`Arguments`].
pub(super) struct Gathered<'py> {
    positional: Vec<&'py Object>,
    keywords: Option<Owned<'py>>,
    named: Vec<Owned<'py>>,
}

impl Gathered<'_> {
    /// As the type's function takes them.
    pub(super) fn with<R>(&self, work: impl FnOnce(Arguments<'_>) -> R) -> R {
        let named: Vec<&Object> = self.named.iter().map(|value| &**value).collect();
        let positional: Vec<&Object> = self.positional.clone();
        work(Arguments {
            positional: &positional,
            keywords: self.keywords.as_deref(),
            named: &named,
        })
    }
}

/// The flag that lets a callee use the place before the first argument for itself (PEP 590).
pub(super) fn with_offset(count: usize) -> usize {
    count | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET
}

/// The NULL that stands in the place that [`with_offset`] lends.
pub(super) const LENT: *mut ffi::PyObject = null_mut();
