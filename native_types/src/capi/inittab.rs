//! Makes the built-in module `coachwhip` known to CPython.
#![expect(
    unsafe_code,
    reason = "CPython keeps a pointer to the module's definition"
)]

use std::cell::UnsafeCell;

use pyo3_ffi as ffi;

use super::module::{ModuleSlots, ModuleState as _, append_to_inittab};
use crate::state::State;

/// A definition that CPython writes to: it counts references to it and numbers it.
#[repr(transparent)]
struct Static<T>(UnsafeCell<T>);

// SAFETY: only CPython touches the contents after start-up, under a lock of its own.
unsafe impl<T> Sync for Static<T> {}

static SLOTS: Static<ModuleSlots> = Static(UnsafeCell::new(ModuleSlots::new::<State>()));
static DEFINITION: Static<ffi::PyModuleDef> = Static(UnsafeCell::new(ModuleSlots::definition::<
    State,
>(SLOTS.0.get())));

/// Begins the multi-phase initialisation of the module, in any interpreter (PEP 489).
///
/// # Safety
///
/// CPython calls this to import the module, attached.
unsafe extern "C" fn initialise() -> *mut ffi::PyObject {
    // SAFETY: a static definition; CPython guards what it writes there.
    unsafe { ffi::PyModuleDef_Init(DEFINITION.0.get()) }
}

/// Makes `import coachwhip` work in every interpreter of this process.
///
/// # Safety
///
/// Python is not initialised yet, no other thread does this, and it is done once.
pub unsafe fn append_coachwhip() {
    // SAFETY: the caller's promise; `initialise` makes the module of that name.
    unsafe { append_to_inittab(State::NAME, initialise) };
}

/// The state of the interpreter's `coachwhip` module, imported if need be, with the module that keeps it alive.
pub fn import_coachwhip(py: super::Attached<'_>) -> super::PyResult<super::Owned<'_>> {
    super::call::import(State::NAME, py)
}

/// The state of `module`, or `None` where it is not the interpreter's `coachwhip`.
pub fn state_of_module<'a>(
    module: &'a super::Object,
    py: super::Attached<'a>,
) -> Option<&'a State> {
    // SAFETY: alive.
    let definition = unsafe { ffi::PyModule_GetDef(module.as_ptr()) };
    if definition != DEFINITION.0.get() {
        // Asking an object that is no module raises.
        super::Raised::forget(py);
        return None;
    }
    // SAFETY: a module of our definition, which importing has executed.
    Some(unsafe { super::module::state_of(module, py) })
}
