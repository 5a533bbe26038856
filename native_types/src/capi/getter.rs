//! Attributes of a heap type: a row of `PyGetSetDef` from safe functions.
#![expect(unsafe_code, reason = "is called from C")]

use std::ffi::{CStr, c_int, c_void};
use std::marker::PhantomData;
use std::ptr::{null, null_mut};

use pyo3_ffi as ffi;

use super::trampoline::{answer, item};
use super::{Attached, HeapType, Object, Owned, PyResult, Raised, This};

/// One attribute of the type `T`. CPython keeps pointing at it, so it lives in a constant.
#[repr(transparent)]
#[derive(Debug)]
pub struct Getter<T>(ffi::PyGetSetDef, PhantomData<fn(T)>);

// SAFETY: a row of constants: names, texts and function pointers, read only.
unsafe impl<T> Sync for Getter<T> {}

impl<T> Getter<T> {
    /// The row that ends a list.
    pub const END: Self = Self(
        ffi::PyGetSetDef {
            name: null(),
            get: None,
            set: None,
            doc: null(),
            closure: null_mut(),
        },
        PhantomData,
    );
}

/// A read-only attribute.
pub const fn getter<T, F>(name: &'static CStr, _get: F, doc: &'static CStr) -> Getter<T>
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    let row = ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get::<T, F>),
        set: None,
        doc: doc.as_ptr(),
        closure: null_mut(),
    };
    Getter(row, PhantomData)
}

/// An attribute that can be assigned.
pub const fn property<T, G, S>(
    name: &'static CStr,
    _get: G,
    _set: S,
    doc: &'static CStr,
) -> Getter<T>
where
    T: HeapType,
    G: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
    S: for<'py> Fn(This<'py, T>, &'py Object, Attached<'py>) -> PyResult<()> + Copy + 'static,
{
    let row = ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get::<T, G>),
        set: Some(set::<T, S>),
        doc: doc.as_ptr(),
        closure: null_mut(),
    };
    Getter(row, PhantomData)
}

/// # Safety
///
/// Called by CPython as the getter of an attribute of the type made for `T`.
unsafe extern "C" fn get<T, F>(object: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    // SAFETY: the descriptor has checked that `object` is an instance of the type made for `T`; the caller holds it.
    let this = unsafe { This::at(object) };
    // SAFETY: CPython calls getters attached.
    unsafe { answer(|py| item::<F>()(this, py)) }
}

/// # Safety
///
/// Called by CPython as the setter of an attribute of the type made for `T`.
unsafe extern "C" fn set<T, F>(
    object: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
    _: *mut c_void,
) -> c_int
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, &'py Object, Attached<'py>) -> PyResult<()> + Copy + 'static,
{
    // SAFETY: as in `get`.
    let this = unsafe { This::at(object) };
    // SAFETY: NULL (the attribute is being deleted) or an object that the caller holds.
    let value = unsafe { Object::borrow_opt(value) };
    // SAFETY: CPython calls setters attached.
    unsafe {
        answer(|py| match value {
            Some(value) => item::<F>()(this, value, py),
            None => Err(Raised::type_error("the attribute can't be deleted", py)),
        })
    }
}
