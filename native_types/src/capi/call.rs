//! Attributes, calls and imports.
#![expect(unsafe_code, reason = "calls into Python")]

use std::ffi::CStr;
use std::ptr::null_mut;

use pyo3_ffi as ffi;
use smallvec::SmallVec;

use super::arguments::{LENT, with_offset};
use super::builtin::done;
use super::exception::Builtin;
use super::{Attached, Object, Owned, PyResult, Raised};

impl Object {
    /// `object.name`.
    pub fn attribute<'py>(&self, name: &CStr, py: Attached<'py>) -> PyResult<Owned<'py>> {
        // SAFETY: alive, NUL-terminated.
        let value = unsafe { ffi::PyObject_GetAttrString(self.as_ptr(), name.as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(value, py) }
    }

    /// `getattr(object, name)`, with the name as a string object.
    pub fn attribute_by<'py>(&self, name: &Self, py: Attached<'py>) -> PyResult<Owned<'py>> {
        // SAFETY: both alive.
        let value = unsafe { ffi::PyObject_GetAttr(self.as_ptr(), name.as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(value, py) }
    }

    /// `getattr(object, name, None)`, with Rust's `None`.
    pub fn attribute_opt<'py>(
        &self,
        name: &CStr,
        py: Attached<'py>,
    ) -> PyResult<Option<Owned<'py>>> {
        match self.attribute(name, py) {
            Ok(value) => Ok(Some(value)),
            Err(raised) if raised.is(Builtin::AttributeError) => {
                raised.clear(py);
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    /// `object.name = value`.
    pub fn set_attribute(&self, name: &CStr, value: &Self, py: Attached<'_>) -> PyResult<()> {
        // SAFETY: both alive, NUL-terminated; a reference of its own is taken.
        let status =
            unsafe { ffi::PyObject_SetAttrString(self.as_ptr(), name.as_ptr(), value.as_ptr()) };
        done(status, py)
    }

    /// `object(*values)`.
    pub fn call<'py>(&self, values: &[&Self], py: Attached<'py>) -> PyResult<Owned<'py>> {
        self.vectorcall(values, values.len(), None, py)
    }

    /// `object(*values[:positional], **zip(names, values[positional:]))`; `names` is a tuple of strings.
    ///
    /// # Panics
    ///
    /// When `names` has not one name for each value that is not positional.
    pub fn call_named<'py>(
        &self,
        values: &[&Self],
        positional: usize,
        names: &Self,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        assert!(
            names.length(py)? + positional == values.len(),
            "a name for each value"
        );
        self.vectorcall(values, positional, Some(names), py)
    }

    fn vectorcall<'py>(
        &self,
        values: &[&Self],
        positional: usize,
        names: Option<&Self>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let mut array: SmallVec<[*mut ffi::PyObject; 8]> = SmallVec::new();
        array.push(LENT);
        array.extend(values.iter().map(|value| value.as_ptr()));
        let names = names.map_or(null_mut(), Self::as_ptr);
        // SAFETY: the array has one place before the arguments, which the callee may use (`with_offset`).
        let first = unsafe { array.as_mut_ptr().add(1) };
        // SAFETY: all alive for the call; `names` has a string for each value from `positional` on, or is NULL.
        let answer = unsafe {
            ffi::PyObject_Vectorcall(self.as_ptr(), first, with_offset(positional), names)
        };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(answer, py) }
    }

    /// `object.name(*values)`.
    pub fn call_method<'py>(
        &self,
        name: &CStr,
        values: &[&Self],
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        self.attribute(name, py)?.call(values, py)
    }

    /// `setattr(object, name, value)`, with the name as a string object.
    pub fn set_attribute_by(&self, name: &Self, value: &Self, py: Attached<'_>) -> PyResult<()> {
        // SAFETY: all alive; a reference of its own is taken.
        let status = unsafe { ffi::PyObject_SetAttr(self.as_ptr(), name.as_ptr(), value.as_ptr()) };
        done(status, py)
    }

    /// `str(object)`.
    pub fn string<'py>(&self, py: Attached<'py>) -> PyResult<Owned<'py>> {
        // SAFETY: alive.
        let text = unsafe { ffi::PyObject_Str(self.as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(text, py) }
    }

    /// `isinstance(object, kind)`.
    pub fn is_instance(&self, kind: &Self, py: Attached<'_>) -> PyResult<bool> {
        // SAFETY: both alive.
        match unsafe { ffi::PyObject_IsInstance(self.as_ptr(), kind.as_ptr()) } {
            answer if answer < 0 => Err(Raised::already_set(py)),
            answer => Ok(answer == 1),
        }
    }
}

/// `importlib.import_module(name)`.
pub fn import<'py>(name: &CStr, py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: NUL-terminated.
    let module = unsafe { ffi::PyImport_ImportModule(name.as_ptr()) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(module, py) }
}

/// Runs the source of a module in a namespace of its own, and returns that: a dict of what the source defines. Tracebacks
/// name its file `<name>`.
///
/// What it changed elsewhere stays, whether the namespace is kept or not.
///
/// # Errors
///
/// `SyntaxError`, and what the code raises.
pub fn run_source<'py>(source: &str, name: &CStr, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let namespace = super::builtin::new_dict(py)?;
    let label = super::convert::new_interned(name, py)?;
    super::builtin::set_item(
        &namespace,
        &*super::convert::new_str("__name__", py)?,
        &label,
        py,
    )?;
    let file = format!("<{}>", name.to_string_lossy());
    run_source_in(&namespace, source, &file, py)?;
    Ok(namespace)
}

/// Runs the source of a module in `namespace`, its dict; tracebacks call it `file`.
///
/// # Errors
///
/// As [`run_source`].
pub fn run_source_in(
    namespace: &Object,
    source: &str,
    file: &str,
    py: Attached<'_>,
) -> PyResult<()> {
    let builtins = import(c"builtins", py)?;
    let source = super::convert::new_str(source, py)?;
    let file = super::convert::new_str(file, py)?;
    let mode = super::convert::new_str("exec", py)?;
    let code = builtins.call_method(c"compile", &[&source, &file, &mode], py)?;
    builtins
        .call_method(c"exec", &[&code, namespace], py)
        .map(drop)
}
