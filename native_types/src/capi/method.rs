//! Methods of a heap type and functions of a module: rows of `PyMethodDef` from safe functions.
#![expect(unsafe_code, reason = "is called from C")]

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr::null_mut;

use pyo3_ffi as ffi;

use super::module::{ModuleState, state_at};
use super::trampoline::{answer, item};
use super::{Arguments, Attached, HeapType, Object, Owned, PyResult, This};

/// One method of the type `T`, or one function of a module whose state is `T`.
///
/// CPython keeps pointing at it, so it lives in a constant.
#[repr(transparent)]
pub struct Method<T>(ffi::PyMethodDef, PhantomData<fn(T)>);

// SAFETY: a row of constants: names, texts and function pointers, read only.
unsafe impl<T> Sync for Method<T> {}

impl<T> Method<T> {
    /// The row that ends a list.
    pub const END: Self = Self(ffi::PyMethodDef::zeroed(), PhantomData);

    /// The row, for calls that keep pointing at it.
    pub(super) fn row(&'static self) -> *mut ffi::PyMethodDef {
        (&raw const self.0).cast_mut()
    }
}

impl Method<()> {
    /// The function as a callable.
    pub fn callable<'py>(&'static self, py: Attached<'py>) -> PyResult<Owned<'py>> {
        // SAFETY: a row that lives for ever, of a function that is bound to nothing.
        let callable = unsafe { ffi::PyCFunction_NewEx(self.row(), null_mut(), null_mut()) };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(callable, py) }
    }
}

impl<T> std::fmt::Debug for Method<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.ml_name.is_null() {
            return f.write_str("Method::END");
        }
        // SAFETY: every other row is made below, from a `&'static CStr`.
        let name = unsafe { CStr::from_ptr(self.0.ml_name) };
        write!(f, "Method({name:?})")
    }
}

/// A method that takes nothing.
pub const fn method0<T, F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<T>
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunction: call0::<T, F>,
        },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// A method that takes arguments, by position or by name.
pub const fn method<T, F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<T>
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: call::<T, F>,
        },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// A class method: its first parameter is the state of the module in the calling interpreter.
pub const fn class_method<T, F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<T>
where
    T: HeapType,
    F: for<'py> Fn(&'py T::State, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: call_class::<T, F>,
        },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS | ffi::METH_CLASS,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// A function of a module: its first parameter is the module's state.
pub const fn module_function<S, F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<S>
where
    S: ModuleState,
    F: for<'py> Fn(&'py S, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: call_module::<S, F>,
        },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// A function bound to nothing.
pub const fn function<F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<()>
where
    F: for<'py> Fn(Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: call_free::<F>,
        },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// A function bound to nothing that takes nothing.
pub const fn function0<F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<()>
where
    F: for<'py> Fn(Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunction: call_free0::<F>,
        },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// A function bound to nothing that takes one argument, by position.
pub const fn function1<F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<()>
where
    F: for<'py> Fn(&'py Object, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunction: call_free1::<F>,
        },
        ml_flags: ffi::METH_O,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// # Safety
///
/// Called by CPython as a method of the type made for `T`.
unsafe extern "C" fn call0<T, F>(
    object: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    // SAFETY: the descriptor has checked that `object` is an instance of the type made for `T`; the caller holds it.
    let this = unsafe { This::at(object) };
    // SAFETY: CPython calls methods attached.
    unsafe { answer(|py| item::<F>()(this, py)) }
}

/// # Safety
///
/// Called by CPython as a method of the type made for `T`, with the vectorcall convention (PEP 590).
unsafe extern "C" fn call<T, F>(
    object: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    // SAFETY: as in `call0`.
    let this = unsafe { This::at(object) };
    // SAFETY: CPython's own arguments, held by the caller.
    let arguments = unsafe { Arguments::from_vectorcall(values, count, names) };
    // SAFETY: CPython calls methods attached.
    unsafe { answer(|py| item::<F>()(this, arguments, py)) }
}

/// # Safety
///
/// Called by CPython as a class method of the type made for `T`, with the vectorcall convention (PEP 590).
unsafe extern "C" fn call_class<T, F>(
    kind: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(&'py T::State, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    // SAFETY: the type made for `T`, since it has no subclasses: a heap type made with a module.
    let place = unsafe { ffi::PyType_GetModuleState(kind.cast()) };
    // SAFETY: the module's state is set before its first type is made, and outlives its types.
    let state = unsafe { state_at::<T::State>(place) };
    // SAFETY: CPython's own arguments, held by the caller.
    let arguments = unsafe { Arguments::from_vectorcall(values, count, names) };
    // SAFETY: CPython calls methods attached.
    unsafe { answer(|py| item::<F>()(state, arguments, py)) }
}

/// # Safety
///
/// Called by CPython as a function of a module of `S`, with the vectorcall convention (PEP 590).
unsafe extern "C" fn call_module<S, F>(
    module: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    S: ModuleState,
    F: for<'py> Fn(&'py S, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    // SAFETY: the module that the function is bound to, which has been executed.
    let place = unsafe { ffi::PyModule_GetState(module) };
    // SAFETY: as above; the function holds the module, the module its state.
    let state = unsafe { state_at::<S>(place) };
    // SAFETY: CPython's own arguments, held by the caller.
    let arguments = unsafe { Arguments::from_vectorcall(values, count, names) };
    // SAFETY: CPython calls functions attached.
    unsafe { answer(|py| item::<F>()(state, arguments, py)) }
}

/// # Safety
///
/// Called by CPython as a function, with the vectorcall convention (PEP 590).
unsafe extern "C" fn call_free<F>(
    _: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    F: for<'py> Fn(Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    // SAFETY: CPython's own arguments, held by the caller.
    let arguments = unsafe { Arguments::from_vectorcall(values, count, names) };
    // SAFETY: CPython calls functions attached.
    unsafe { answer(|py| item::<F>()(arguments, py)) }
}

/// # Safety
///
/// Called by CPython as a function without arguments, which it has made sure of.
unsafe extern "C" fn call_free0<F>(
    _: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    F: for<'py> Fn(Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    // SAFETY: CPython calls functions attached.
    unsafe { answer(|py| item::<F>()(py)) }
}

/// # Safety
///
/// Called by CPython as a function with one argument, which it has made sure of.
unsafe extern "C" fn call_free1<F>(
    _: *mut ffi::PyObject,
    argument: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    F: for<'py> Fn(&'py Object, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    // SAFETY: CPython's own argument, held by the caller.
    let argument = unsafe { Object::borrow(argument) };
    // SAFETY: CPython calls functions attached.
    unsafe { answer(|py| item::<F>()(argument, py)) }
}

/// A function that is bound to an object, which it gets as its first parameter; see [`bind`].
pub const fn bound_function<F>(name: &'static CStr, _call: F, doc: &'static CStr) -> Method<Object>
where
    F: for<'py> Fn(&'py Object, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    let row = ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: call_bound::<F>,
        },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: doc.as_ptr(),
    };
    Method(row, PhantomData)
}

/// A callable that calls `function` with `bound` as its first parameter.
pub fn bind<'py>(
    function: &'static Method<Object>,
    bound: &Object,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    // SAFETY: a row that lives for ever; the callable takes a reference to `bound`.
    let callable = unsafe { ffi::PyCFunction_NewEx(function.row(), bound.as_ptr(), null_mut()) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(callable, py) }
}

/// # Safety
///
/// Called by CPython as a function made by [`bind`], with the vectorcall convention (PEP 590).
unsafe extern "C" fn call_bound<F>(
    bound: *mut ffi::PyObject,
    values: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    F: for<'py> Fn(&'py Object, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    // SAFETY: what `bind` bound, which the callable holds.
    let bound = unsafe { Object::borrow(bound) };
    // SAFETY: CPython's own arguments, held by the caller.
    let arguments = unsafe { Arguments::from_vectorcall(values, count, names) };
    // SAFETY: CPython calls functions attached.
    unsafe { answer(|py| item::<F>()(bound, arguments, py)) }
}
