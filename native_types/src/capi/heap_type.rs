//! A Rust value as a Python object of a type that belongs to one interpreter.
#![expect(unsafe_code, reason = "lays out, makes and ends Python objects")]

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ops::Deref;
use std::ptr::null_mut;

use pyo3_ffi as ffi;

use super::getter::Getter;
use super::method::Method;
use super::module::ModuleState;
use super::slot::Slot;
use super::{Attached, Object, Owned, PyResult, Raised, RefSlot};

/// A type that Python sees, made once for each interpreter as a heap type of the `coachwhip` module.
///
/// Instances hold the Rust value and nothing else: no `__dict__`, no subclasses, and no collector header unless what they
/// refer to can refer back to them ([`Self::HAS_CYCLES`]).
///
/// # Threads
///
/// `Send + Sync`: without a GIL, several threads of the interpreter may use one instance at once.
pub trait HeapType: Sized + Send + Sync + 'static {
    /// The state of the module that the type belongs to.
    type State: ModuleState;

    /// The qualified name, `coachwhip.Request`.
    const NAME: &'static CStr;

    /// The docstring.
    const DOC: &'static CStr;

    /// Attributes, ended by [`Getter::END`].
    const GETTERS: &'static [Getter<Self>] = &[Getter::END];

    /// Methods, ended by [`Method::END`].
    const METHODS: &'static [Method<Self>] = &[Method::END];

    /// Whether an instance may be part of a reference cycle. The collector sees it from [`This::track`] on.
    const HAS_CYCLES: bool = false;

    /// Extra type flags, such as `Py_TPFLAGS_MAPPING`.
    const FLAGS: u64 = 0;

    /// The special methods, and `tp_new` where Python code may make instances.
    fn slots() -> Vec<Slot<Self>> {
        Vec::new()
    }

    /// Shows the references that may be part of a cycle to the garbage collector.
    fn traverse(&self, _visitor: &mut Visitor) {}

    /// Gives back the references that [`Self::traverse`] shows: the instance is garbage.
    fn clear(&self, _py: Attached<'_>) {}

    /// Where the module's state keeps the type.
    fn type_slot(state: &Self::State) -> &RefSlot;
}

/// The memory of an instance: CPython's header, then the Rust value.
#[repr(C)]
struct Instance<T> {
    header: ffi::PyObject,
    value: T,
}

/// An instance, as the functions of its type see it: derefs to the Rust value.
#[derive(Debug)]
pub struct This<'py, T> {
    object: &'py Object,
    value: &'py T,
}

impl<T> Clone for This<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for This<'_, T> {}

impl<T> Deref for This<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<'py, T: HeapType> This<'py, T> {
    /// Sees `object` as a `T`.
    ///
    /// # Safety
    ///
    /// `object` is an instance of the type that [`make_type`] made for `T`, fully made, and somebody holds a reference to
    /// it on an attached thread for all of `'py`.
    pub(super) unsafe fn at(object: *mut ffi::PyObject) -> Self {
        let instance = object.cast::<Instance<T>>();
        // SAFETY: the caller's promise.
        let object = unsafe { Object::borrow(object) };
        // SAFETY: the caller's promise; the value was written when the instance was made, in `new_object`.
        let value = unsafe { &(*instance).value };
        Self { object, value }
    }

    /// Sees `object` as a `T` if it is one.
    pub fn downcast(object: &'py Object, state: &T::State, py: Attached<'py>) -> Option<Self> {
        let kind = T::type_slot(state).get(py)?;
        // SAFETY: `object` is alive.
        let is_exact = unsafe { ffi::Py_TYPE(object.as_ptr()) }.cast() == kind.as_ptr();
        // SAFETY: the type is the one made for `T` in this interpreter, and has no subclasses.
        is_exact.then(|| unsafe { Self::at(object.as_ptr()) })
    }

    /// The instance as an object.
    pub fn object(self) -> &'py Object {
        self.object
    }

    /// The Rust value, for as long as the instance is borrowed.
    pub fn value(self) -> &'py T {
        self.value
    }

    /// Shows the instance to the garbage collector from now on: it may have become part of a cycle.
    ///
    /// # Threads
    ///
    /// One thread at a time for one instance: CPython ends the process when an object is tracked twice.
    pub fn track(self, _py: Attached<'py>) {
        let object = self.object.as_ptr();
        // SAFETY: alive, and only types with a collector header are asked to be tracked.
        if T::HAS_CYCLES && unsafe { ffi::PyObject_GC_IsTracked(object) } == 0 {
            // SAFETY: made with a collector header, whole, and not tracked yet.
            unsafe { ffi::PyObject_GC_Track(object.cast()) };
        }
    }

    /// The state of the module in this interpreter.
    pub fn state(self) -> &'py T::State {
        // SAFETY: the object is alive, and its type a heap type made with a module.
        let kind = unsafe { ffi::Py_TYPE(self.object.as_ptr()) };
        // SAFETY: as above; the module's state is set before its first type is made (`module.rs`).
        let state = unsafe { ffi::PyType_GetModuleState(kind) };
        // SAFETY: the state holds a pointer to a `T::State` (`module.rs`) that outlives the module's types.
        unsafe { super::module::state_at(state) }
    }
}

/// Makes the type for `T` in the interpreter that `module` belongs to.
pub fn make_type<'py, T: HeapType>(module: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
    let mut slots = T::slots();
    let is_made_by_python = slots.iter().any(|slot| slot.is(ffi::Py_tp_new));
    slots.push(Slot::raw(ffi::Py_tp_doc, T::DOC.as_ptr().cast_mut().cast()));
    slots.push(Slot::raw(
        ffi::Py_tp_getset,
        T::GETTERS.as_ptr().cast_mut().cast(),
    ));
    slots.push(Slot::raw(
        ffi::Py_tp_methods,
        T::METHODS.as_ptr().cast_mut().cast(),
    ));
    #[expect(
        clippy::fn_to_numeric_cast_any,
        reason = "a slot holds its function as a void pointer"
    )]
    slots.push(Slot::raw(ffi::Py_tp_dealloc, dealloc::<T> as *mut c_void));
    if T::HAS_CYCLES {
        slots.extend(Slot::collected());
    }
    slots.push(Slot::raw(0, null_mut()));
    let mut flags = ffi::Py_TPFLAGS_DEFAULT | T::FLAGS;
    flags |= ffi::Py_TPFLAGS_IMMUTABLETYPE;
    if !is_made_by_python {
        flags |= ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION;
    }
    if T::HAS_CYCLES {
        flags |= ffi::Py_TPFLAGS_HAVE_GC;
    }
    let mut spec = ffi::PyType_Spec {
        name: T::NAME.as_ptr(),
        basicsize: c_int::try_from(size_of::<Instance<T>>()).expect("instances are small"),
        itemsize: 0,
        flags: c_uint::try_from(flags).expect("type flags have 32 bits"),
        slots: slots.as_mut_ptr().cast(),
    };
    // SAFETY: name, docs, getters and methods are 'static; the slots are copied during the call; `module` is alive.
    let made = unsafe { ffi::PyType_FromModuleAndSpec(module.as_ptr(), &raw mut spec, null_mut()) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}

/// Makes an instance that holds `value`.
pub fn new_object<'py, T: HeapType>(
    value: T,
    state: &T::State,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    match T::type_slot(state).get(py) {
        // SAFETY: the slot holds the type that `make_type` made for `T`.
        Some(kind) => unsafe { new_object_of(value, kind.as_ptr().cast(), py) },
        None => Err(Raised::new(
            super::exception::Builtin::RuntimeError,
            "the coachwhip module of this interpreter has ended",
            py,
        )),
    }
}

/// Makes an instance of `kind` that holds `value`.
///
/// # Safety
///
/// `kind` is the type that [`make_type`] made for `T`.
pub(super) unsafe fn new_object_of<T: HeapType>(
    value: T,
    kind: *mut ffi::PyTypeObject,
    py: Attached<'_>,
) -> PyResult<Owned<'_>> {
    const {
        assert!(
            align_of::<Instance<T>>() <= 16,
            "CPython's allocator aligns to 16 bytes"
        );
    };
    let memory: *mut ffi::PyObject = if T::HAS_CYCLES {
        // SAFETY: a heap type without items; the allocator takes a reference to it for the instance, and does not track it.
        unsafe { ffi::PyObject_GC_New(kind) }
    } else {
        // SAFETY: as above.
        unsafe { ffi::PyType_GenericAlloc(kind, 0) }
    };
    // SAFETY: a new reference, or NULL with an exception set.
    let object = unsafe { Owned::steal_or_raise(memory, py) };
    if let Ok(object) = &object {
        let instance = object.as_ptr().cast::<Instance<T>>();
        // SAFETY: the allocation has the size of `Instance<T>` (`basicsize`).
        let place = unsafe { &raw mut (*instance).value };
        // SAFETY: nobody else has seen the instance yet; nothing that needs dropping stood there.
        unsafe { place.write(value) };
    }
    object
}

/// Ends an instance: drops the Rust value, frees the memory, gives back its reference to the type.
///
/// # Safety
///
/// CPython calls this once, for an instance made by [`new_object`], on an attached thread.
unsafe extern "C" fn dealloc<T: HeapType>(object: *mut ffi::PyObject) {
    // SAFETY: the instance is still whole.
    let kind = unsafe { ffi::Py_TYPE(object) };
    if T::HAS_CYCLES {
        // SAFETY: made with a collector header; does nothing if it is not tracked.
        unsafe { ffi::PyObject_GC_UnTrack(object.cast()) };
    }
    // SAFETY: made by `new_object`, so it has this layout.
    let value = unsafe { &raw mut (*object.cast::<Instance<T>>()).value };
    // SAFETY: written in `new_object`, and dropped here only.
    unsafe { value.drop_in_place() };
    if T::HAS_CYCLES {
        // SAFETY: the counterpart of the allocator that `new_object_of` chose.
        unsafe { ffi::PyObject_GC_Del(object.cast()) };
    } else {
        // SAFETY: as above.
        unsafe { ffi::PyObject_Free(object.cast()) };
    }
    // SAFETY: the reference that the allocator took for the instance.
    unsafe { ffi::Py_DECREF(kind.cast()) };
}

/// The garbage collector's visit: told of each reference that an owner holds.
#[derive(Debug)]
pub struct Visitor {
    visit: ffi::visitproc,
    argument: *mut c_void,
    /// What the first visit that was not 0 answered.
    stopped: c_int,
}

impl Visitor {
    /// A visit with the function and argument that CPython gave.
    pub(super) fn new(visit: ffi::visitproc, argument: *mut c_void) -> Self {
        Self {
            visit,
            argument,
            stopped: 0,
        }
    }

    /// Shows one reference; NULL is passed over.
    pub(super) fn pointer(&mut self, pointer: *mut ffi::PyObject) {
        if self.stopped == 0 && !pointer.cast_const().is_null() {
            // SAFETY: CPython's own function and argument, and a live object of the owner that is being visited.
            self.stopped = unsafe { (self.visit)(pointer, self.argument) };
        }
    }

    /// The answer for CPython.
    pub(super) fn finish(self) -> c_int {
        self.stopped
    }
}
