//! A module made by multi-phase initialisation (PEP 489), whose state is a Rust value, one for each interpreter.
#![expect(
    unsafe_code,
    reason = "CPython calls the module's slots, and holds its state"
)]

use std::ffi::{CStr, c_int, c_void};
use std::ptr::null_mut;

use pyo3_ffi as ffi;

use super::heap_type::Visitor;
use super::method::Method;
use super::trampoline::answer;
use super::{Attached, Object, PyResult};

/// What a module owns in one interpreter: its types, names and registrations.
///
/// # Threads
///
/// Without a GIL, several threads of the interpreter use one state at once.
pub trait ModuleState: Sized + Sync + 'static {
    /// The name under which Python imports the module.
    const NAME: &'static CStr;

    /// The module's docstring.
    const DOC: &'static CStr;

    /// Its functions, ended by [`Method::END`].
    const FUNCTIONS: &'static [Method<Self>];

    /// A state that holds nothing yet.
    fn empty() -> Self;

    /// Fills the module: makes its types, sets its attributes.
    fn execute<'py>(&'py self, module: &'py Object, py: Attached<'py>) -> PyResult<()>;

    /// Shows each reference to the garbage collector.
    fn traverse(&self, visitor: &mut Visitor);

    /// Gives each reference back.
    fn clear(&self, py: Attached<'_>);
}

/// What CPython keeps for a module: a pointer to the Rust state, NULL before `exec` and after `free`.
#[repr(transparent)]
struct Place<S>(*mut S);

/// The state behind what `PyModule_GetState` or `PyType_GetModuleState` gave.
///
/// # Safety
///
/// `place` is the state of a module of `S` that has been executed, and lives for `'a`.
pub(super) unsafe fn state_at<'a, S: ModuleState>(place: *mut c_void) -> &'a S {
    // A type that the collector has cleared has no module any more. The panic becomes a `SystemError`.
    assert!(
        !place.is_null(),
        "the coachwhip module of this interpreter has ended"
    );
    // SAFETY: the caller's promise: CPython's memory for the module's state holds a `Place<S>`.
    let state = unsafe { &*place.cast::<Place<S>>() }.0;
    // SAFETY: set by `execute`, and freed only with the module.
    unsafe { &*state }
}

/// The state of `module`, an executed module of `S`.
///
/// # Safety
///
/// `module` is what importing `S::NAME` gave in this interpreter.
pub unsafe fn state_of<'a, S: ModuleState>(module: &'a Object, _py: Attached<'a>) -> &'a S {
    // SAFETY: a module (the caller's promise).
    let place = unsafe { ffi::PyModule_GetState(module.as_ptr()) };
    // SAFETY: as above; importing has executed it.
    unsafe { state_at(place) }
}

/// The slots of a module of `S`, ended by an empty one.
#[expect(dead_code, reason = "read by CPython, through the definition")]
pub struct ModuleSlots([ffi::PyModuleDef_Slot; 4]);

impl std::fmt::Debug for ModuleSlots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ModuleSlots")
    }
}

impl ModuleSlots {
    /// `exec`, and the promises that the module keeps nothing process-global and needs no GIL.
    pub const fn new<S: ModuleState>() -> Self {
        const END: ffi::PyModuleDef_Slot = ffi::PyModuleDef_Slot {
            slot: 0,
            value: null_mut(),
        };
        #[expect(
            clippy::fn_to_numeric_cast_any,
            reason = "a slot holds its function as a void pointer"
        )]
        let execute = ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_exec,
            value: execute::<S> as *mut c_void,
        };
        #[cfg(Py_3_12)]
        let interpreters = ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_multiple_interpreters,
            value: ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
        };
        #[cfg(not(Py_3_12))]
        let interpreters = END;
        #[cfg(Py_3_13)]
        let gil = ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_gil,
            value: ffi::Py_MOD_GIL_NOT_USED,
        };
        #[cfg(not(Py_3_13))]
        let gil = END;
        Self([execute, interpreters, gil, END])
    }

    /// The definition of a module of `S` with these slots.
    pub const fn definition<S: ModuleState>(slots: *mut Self) -> ffi::PyModuleDef {
        ffi::PyModuleDef {
            m_base: ffi::PyModuleDef_HEAD_INIT,
            m_name: S::NAME.as_ptr(),
            m_doc: S::DOC.as_ptr(),
            m_size: size_of::<Place<S>>().cast_signed(),
            m_methods: S::FUNCTIONS.as_ptr().cast_mut().cast(),
            m_slots: slots.cast(),
            m_traverse: Some(traverse::<S>),
            m_clear: Some(clear::<S>),
            m_free: Some(free::<S>),
        }
    }
}

/// # Safety
///
/// Called by CPython to execute a new module of `S`, attached.
unsafe extern "C" fn execute<S: ModuleState>(module: *mut ffi::PyObject) -> c_int {
    // SAFETY: a module of `S`, whose state CPython has zeroed.
    let place = unsafe { ffi::PyModule_GetState(module) }.cast::<Place<S>>();
    let state = Box::into_raw(Box::new(S::empty()));
    // SAFETY: CPython gave the place the size of `Place<S>` (`m_size`).
    unsafe { place.write(Place(state)) };
    // SAFETY: made just above, freed only with the module, in `free`.
    let state = unsafe { &*state };
    // SAFETY: the import holds the module.
    let module = unsafe { Object::borrow(module) };
    // SAFETY: imports run attached.
    unsafe { answer(|py| state.execute(module, py)) }
}

/// The state of `module`, unless it was not executed or is freed.
///
/// # Safety
///
/// `module` is a module of `S`.
unsafe fn state_if_any<'a, S: ModuleState>(module: *mut ffi::PyObject) -> Option<&'a S> {
    // SAFETY: a module (the caller's promise).
    let place = unsafe { ffi::PyModule_GetState(module) }.cast::<Place<S>>();
    // SAFETY: NULL while the module is being made, else its place.
    let place = unsafe { place.as_ref() }?;
    // SAFETY: NULL before `execute` and after `free`, else a live state.
    unsafe { place.0.as_ref() }
}

/// # Safety
///
/// Called by CPython's collector for a module of `S`.
unsafe extern "C" fn traverse<S: ModuleState>(
    module: *mut ffi::PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    let mut visitor = Visitor::new(visit, argument);
    // SAFETY: a module of `S`.
    if let Some(state) = unsafe { state_if_any::<S>(module) } {
        state.traverse(&mut visitor);
    }
    visitor.finish()
}

/// # Safety
///
/// Called by CPython's collector for an unreachable module of `S`, attached.
unsafe extern "C" fn clear<S: ModuleState>(module: *mut ffi::PyObject) -> c_int {
    // SAFETY: a module of `S`.
    if let Some(state) = unsafe { state_if_any::<S>(module) } {
        // SAFETY: the collector runs attached.
        state.clear(unsafe { Attached::assume() });
    }
    0
}

/// # Safety
///
/// Called by CPython once, when a module of `S` is freed, attached.
unsafe extern "C" fn free<S: ModuleState>(module: *mut c_void) {
    // SAFETY: a module of `S`.
    let place = unsafe { ffi::PyModule_GetState(module.cast()) }.cast::<Place<S>>();
    // SAFETY: NULL while the module is being made, else its place.
    let Some(place) = (unsafe { place.as_mut() }) else {
        return;
    };
    let state = std::mem::replace(&mut place.0, null_mut());
    if !state.is_null() {
        // SAFETY: made by `Box::into_raw` in `execute`, and taken out of its place just above.
        drop(unsafe { Box::from_raw(state) });
    }
}

/// Makes a built-in module known, so that every interpreter can import it.
///
/// # Panics
///
/// When memory is short.
///
/// # Safety
///
/// Python is not initialised yet, and `initialise` makes the module `name`.
pub unsafe fn append_to_inittab(
    name: &'static CStr,
    initialise: unsafe extern "C" fn() -> *mut ffi::PyObject,
) {
    // SAFETY: the caller's promise.
    let failed = unsafe { ffi::PyImport_AppendInittab(name.as_ptr(), Some(initialise)) };
    assert!(failed == 0, "no memory for the table of built-in modules");
}
