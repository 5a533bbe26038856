//! Special methods of a heap type: `tp_*`, `mp_*`, `sq_*` and `bf_*` slots from safe functions.
#![expect(unsafe_code, reason = "is called from C")]
#![expect(
    clippy::fn_to_numeric_cast_any,
    reason = "a slot holds its function as a void pointer"
)]

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;

use pyo3_ffi as ffi;

use super::heap_type::{Visitor, new_object_of};
use super::trampoline::{answer, item};
use super::{Arguments, Attached, HeapType, Object, Owned, PyResult, This};

/// One special method of the type `T`, for the list that a type is made from.
#[repr(transparent)]
pub struct Slot<T>(ffi::PyType_Slot, PhantomData<fn(T)>);

impl<T> std::fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slot({})", self.0.slot)
    }
}

impl<T: HeapType> Slot<T> {
    /// A slot by its number and value.
    pub(super) fn raw(slot: c_int, value: *mut c_void) -> Self {
        Self(ffi::PyType_Slot { slot, pfunc: value }, PhantomData)
    }

    pub(super) fn is(&self, slot: c_int) -> bool {
        self.0.slot == slot
    }

    /// What the garbage collector calls, for a type whose instances may be part of cycles.
    pub(super) fn collected() -> [Self; 2] {
        [
            Self::raw(ffi::Py_tp_traverse, traverse::<T> as *mut c_void),
            Self::raw(ffi::Py_tp_clear, clear::<T> as *mut c_void),
        ]
    }

    /// `T(...)` from Python.
    pub fn new<F>(_new: F) -> Self
    where
        F: for<'py> Fn(Arguments<'py>, &'py T::State, Attached<'py>) -> PyResult<T>
            + Copy
            + 'static,
    {
        Self::raw(ffi::Py_tp_new, new::<T, F> as *mut c_void)
    }

    /// `object(...)`.
    pub fn call<F>(_call: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
            + Copy
            + 'static,
    {
        Self::raw(ffi::Py_tp_call, call::<T, F> as *mut c_void)
    }

    /// `repr(object)`.
    pub fn repr<F>(_repr: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
    {
        Self::raw(ffi::Py_tp_repr, unary::<T, F> as *mut c_void)
    }

    /// `iter(object)`.
    pub fn iter<F>(_iter: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
    {
        Self::raw(ffi::Py_tp_iter, unary::<T, F> as *mut c_void)
    }

    /// `aiter(object)`.
    pub fn aiter<F>(_aiter: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
    {
        Self::raw(ffi::Py_am_aiter, unary::<T, F> as *mut c_void)
    }

    /// `next(object)`; `None` at the end.
    pub fn next<F>(_next: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Option<Owned<'py>>>
            + Copy
            + 'static,
    {
        Self::raw(ffi::Py_tp_iternext, next::<T, F> as *mut c_void)
    }

    /// `object[key]`.
    pub fn subscript<F>(_get: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, &'py Object, Attached<'py>) -> PyResult<Owned<'py>>
            + Copy
            + 'static,
    {
        Self::raw(ffi::Py_mp_subscript, subscript::<T, F> as *mut c_void)
    }

    /// `object[key] = value`, and `del object[key]` where the value is `None`.
    pub fn assign<F>(_set: F) -> Self
    where
        F: for<'py> Fn(
                This<'py, T>,
                &'py Object,
                Option<&'py Object>,
                Attached<'py>,
            ) -> PyResult<()>
            + Copy
            + 'static,
    {
        Self::raw(ffi::Py_mp_ass_subscript, assign::<T, F> as *mut c_void)
    }

    /// `len(object)`.
    pub fn length<F>(_length: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<usize> + Copy + 'static,
    {
        Self::raw(ffi::Py_mp_length, length::<T, F> as *mut c_void)
    }

    /// `key in object`.
    pub fn contains<F>(_contains: F) -> Self
    where
        F: for<'py> Fn(This<'py, T>, &'py Object, Attached<'py>) -> PyResult<bool> + Copy + 'static,
    {
        Self::raw(ffi::Py_sq_contains, contains::<T, F> as *mut c_void)
    }

    /// `memoryview(object)`: a read-only view of the bytes, which must stay where they are while the object lives.
    pub fn buffer<F>(_bytes: F) -> Self
    where
        F: for<'py> Fn(&'py T) -> &'py [u8] + Copy + 'static,
    {
        Self::raw(ffi::Py_bf_getbuffer, buffer::<T, F> as *mut c_void)
    }
}

/// # Safety
///
/// Called by CPython as `tp_new` of the type made for `T`.
unsafe extern "C" fn new<T, F>(
    kind: *mut ffi::PyTypeObject,
    positional: *mut ffi::PyObject,
    named: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(Arguments<'py>, &'py T::State, Attached<'py>) -> PyResult<T> + Copy + 'static,
{
    let work = |py: Attached<'_>| {
        // SAFETY: a tuple, and a dict or NULL, which the caller holds.
        let arguments = unsafe { Arguments::from_tuple_and_dict(positional, named, py) }?;
        // SAFETY: a heap type made with a module, whose state is set before its first type is made.
        let state = unsafe { ffi::PyType_GetModuleState(kind) };
        // SAFETY: the state holds a pointer to a `T::State` that outlives the module's types.
        let state = unsafe { super::module::state_at::<T::State>(state) };
        let value = arguments.with(|arguments| item::<F>()(arguments, state, py))?;
        // SAFETY: `kind` is the type made for `T`: it has no subclasses, so nobody else calls this.
        unsafe { new_object_of(value, kind, py) }.map(Owned::into_ptr)
    };
    // SAFETY: CPython calls `tp_new` attached.
    unsafe { answer(|py| work(py).map(|pointer| stolen(pointer, py))) }
}

/// A reference on its way through [`answer`]: its lifetime there is the call, not the closure's.
fn stolen(pointer: *mut ffi::PyObject, py: Attached<'_>) -> Option<Owned<'_>> {
    // SAFETY: the one caller has just given it up with `into_ptr`.
    unsafe { Owned::steal_opt(pointer, py) }
}

/// # Safety
///
/// Called by CPython as `tp_call` of the type made for `T`.
unsafe extern "C" fn call<T, F>(
    object: *mut ffi::PyObject,
    positional: *mut ffi::PyObject,
    named: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Arguments<'py>, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    let work = |py: Attached<'_>| {
        // SAFETY: an instance of the type made for `T`, which the caller holds.
        let this = unsafe { This::at(object) };
        // SAFETY: a tuple, and a dict or NULL, which the caller holds.
        let arguments = unsafe { Arguments::from_tuple_and_dict(positional, named, py) }?;
        arguments.with(|arguments| item::<F>()(this, arguments, py).map(Owned::into_ptr))
    };
    // SAFETY: CPython calls `tp_call` attached.
    unsafe { answer(|py| work(py).map(|pointer| stolen(pointer, py))) }
}

/// # Safety
///
/// Called by CPython as a unary slot of the type made for `T`.
unsafe extern "C" fn unary<T, F>(object: *mut ffi::PyObject) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Owned<'py>> + Copy + 'static,
{
    // SAFETY: an instance of the type made for `T`, which the caller holds.
    let this = unsafe { This::at(object) };
    // SAFETY: CPython calls slots attached.
    unsafe { answer(|py| item::<F>()(this, py)) }
}

/// # Safety
///
/// Called by CPython as `tp_iternext` of the type made for `T`.
unsafe extern "C" fn next<T, F>(object: *mut ffi::PyObject) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<Option<Owned<'py>>> + Copy + 'static,
{
    // SAFETY: an instance of the type made for `T`, which the caller holds.
    let this = unsafe { This::at(object) };
    // SAFETY: CPython calls slots attached. NULL without an exception is the end of the iteration.
    unsafe { answer(|py| item::<F>()(this, py)) }
}

/// # Safety
///
/// Called by CPython as `mp_subscript` of the type made for `T`.
unsafe extern "C" fn subscript<T, F>(
    object: *mut ffi::PyObject,
    key: *mut ffi::PyObject,
) -> *mut ffi::PyObject
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, &'py Object, Attached<'py>) -> PyResult<Owned<'py>>
        + Copy
        + 'static,
{
    // SAFETY: an instance of the type made for `T`, which the caller holds.
    let this = unsafe { This::at(object) };
    // SAFETY: the caller holds the key.
    let key = unsafe { Object::borrow(key) };
    // SAFETY: CPython calls slots attached.
    unsafe { answer(|py| item::<F>()(this, key, py)) }
}

/// # Safety
///
/// Called by CPython as `mp_ass_subscript` of the type made for `T`.
unsafe extern "C" fn assign<T, F>(
    object: *mut ffi::PyObject,
    key: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, &'py Object, Option<&'py Object>, Attached<'py>) -> PyResult<()>
        + Copy
        + 'static,
{
    // SAFETY: an instance of the type made for `T`, which the caller holds.
    let this = unsafe { This::at(object) };
    // SAFETY: the caller holds the key.
    let key = unsafe { Object::borrow(key) };
    // SAFETY: NULL (a deletion) or an object that the caller holds.
    let value = unsafe { Object::borrow_opt(value) };
    // SAFETY: CPython calls slots attached.
    unsafe { answer(|py| item::<F>()(this, key, value, py)) }
}

/// # Safety
///
/// Called by CPython as `mp_length` of the type made for `T`.
unsafe extern "C" fn length<T, F>(object: *mut ffi::PyObject) -> ffi::Py_ssize_t
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, Attached<'py>) -> PyResult<usize> + Copy + 'static,
{
    // SAFETY: an instance of the type made for `T`, which the caller holds.
    let this = unsafe { This::at(object) };
    // SAFETY: CPython calls slots attached.
    unsafe { answer(|py| item::<F>()(this, py)) }
}

/// # Safety
///
/// Called by CPython as `sq_contains` of the type made for `T`.
unsafe extern "C" fn contains<T, F>(object: *mut ffi::PyObject, key: *mut ffi::PyObject) -> c_int
where
    T: HeapType,
    F: for<'py> Fn(This<'py, T>, &'py Object, Attached<'py>) -> PyResult<bool> + Copy + 'static,
{
    // SAFETY: an instance of the type made for `T`, which the caller holds.
    let this = unsafe { This::at(object) };
    // SAFETY: the caller holds the key.
    let key = unsafe { Object::borrow(key) };
    // SAFETY: CPython calls slots attached.
    unsafe { answer(|py| item::<F>()(this, key, py)) }
}

/// # Safety
///
/// Called by CPython as `bf_getbuffer` of the type made for `T`.
unsafe extern "C" fn buffer<T, F>(
    object: *mut ffi::PyObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> c_int
where
    T: HeapType,
    F: for<'py> Fn(&'py T) -> &'py [u8] + Copy + 'static,
{
    // SAFETY: an instance of the type made for `T`, which the caller holds.
    let this = unsafe { This::<T>::at(object) };
    let bytes = item::<F>()(this.value());
    let start = bytes.as_ptr().cast_mut();
    let length =
        ffi::Py_ssize_t::try_from(bytes.len()).expect("a slice has at most isize::MAX bytes");
    // SAFETY: the view takes a reference to the instance, which keeps the bytes where they are; read-only.
    unsafe { ffi::PyBuffer_FillInfo(view, object, start.cast(), length, 1, flags) }
}

/// # Safety
///
/// Called by CPython's collector for an instance of the type made for `T`, which nobody ends meanwhile.
unsafe extern "C" fn traverse<T: HeapType>(
    object: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: an instance of the type made for `T`.
    let this = unsafe { This::<T>::at(object) };
    let mut visitor = Visitor::new(visit, argument);
    // SAFETY: the instance is whole. Each instance holds a reference to its heap type (since 3.9 it must be shown).
    visitor.pointer(unsafe { ffi::Py_TYPE(object) }.cast());
    this.value().traverse(&mut visitor);
    visitor.finish()
}

/// # Safety
///
/// Called by CPython's collector for an unreachable instance of the type made for `T`, attached.
unsafe extern "C" fn clear<T: HeapType>(object: *mut ffi::PyObject) -> c_int {
    // SAFETY: an instance of the type made for `T`, which the collector holds.
    let this = unsafe { This::<T>::at(object) };
    // SAFETY: the collector runs attached.
    this.value().clear(unsafe { Attached::assume() });
    0
}
