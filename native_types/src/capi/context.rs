//! Contexts of context variables (PEP 567).
#![expect(
    unsafe_code,
    reason = "enters and leaves contexts, and asks what they hold"
)]

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use pyo3_ffi as ffi;

use super::{Attached, Object, Owned, PyResult, Raised, RefSlot};

/// A `contextvars.Context`.
///
/// # Data
///
/// Dropped while attached, as [`RefSlot`] asks.
#[derive(Debug)]
pub struct Context(RefSlot);

impl Context {
    /// A copy of the one that the thread is in.
    pub fn of_thread(py: Attached<'_>) -> PyResult<Self> {
        // SAFETY: attached (the token).
        let context = unsafe { ffi::PyContext_CopyCurrent() };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(context, py) }.map(|context| Self(RefSlot::holding(context)))
    }

    /// A copy of this one.
    pub fn copy(&self, py: Attached<'_>) -> PyResult<Self> {
        // SAFETY: a context: nothing else is ever put here.
        let context = unsafe { ffi::PyContext_Copy(self.object(py).as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(context, py) }.map(|context| Self(RefSlot::holding(context)))
    }

    /// The context as an object.
    pub fn object<'a>(&'a self, py: Attached<'a>) -> &'a Object {
        self.0.get(py).expect("held since it was made")
    }

    /// The reference, for the collector.
    pub(crate) fn slot(&self) -> &RefSlot {
        &self.0
    }

    /// The one that `object` is.
    ///
    /// # Errors
    ///
    /// `TypeError` where it is none.
    pub fn of_object(object: &Object, py: Attached<'_>) -> PyResult<Self> {
        // SAFETY: alive.
        if unsafe { ffi::PyContext_CheckExact(object.as_ptr()) } == 0 {
            return Err(Raised::type_error("the context must be a Context", py));
        }
        Ok(Self(RefSlot::holding(object.own(py))))
    }

    /// Runs `work` in this context.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`], and what `work` raises.
    pub fn run<R>(&self, py: Attached<'_>, work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
        let _entered = self.enter(py)?;
        work()
    }

    /// Has the thread be in this context until the answer is dropped.
    ///
    /// # Errors
    ///
    /// `RuntimeError` where it was entered and not left.
    pub fn enter<'a>(&'a self, py: Attached<'a>) -> PyResult<Entered<'a>> {
        let context = self.object(py);
        // SAFETY: a context, and attached (the token).
        if unsafe { ffi::PyContext_Enter(context.as_ptr()) } < 0 {
            return Err(Raised::already_set(py));
        }
        Ok(Entered { context, py })
    }

    /// Whether this context, a copy of `origin`, is as good as a new one: nothing was set in it, and nobody else holds it,
    /// as the token of a variable that was set there does.
    pub fn is_as_new(&self, origin: &Self, py: Attached<'_>) -> bool {
        let context = self.object(py);
        // SAFETY: alive.
        if unsafe { ffi::Py_REFCNT(context.as_ptr()) } != 1 {
            return false;
        }
        // What a context holds is one immutable mapping; setting a variable puts another in its place.
        let (own, of_origin) = (Referents::of(context), Referents::of(origin.object(py)));
        own.count == 1 && of_origin.contains(own.places[0])
    }
}

/// A context that is left when this is dropped, by a panic too.
#[derive(Debug)]
#[must_use]
pub struct Entered<'a> {
    context: &'a Object,
    py: Attached<'a>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // SAFETY: attached (the token).
        let is_raising = !unsafe { ffi::PyErr_Occurred() }.is_null();
        // SAFETY: a context that this thread has entered in `enter`; it stays alive for as long as it is borrowed.
        let left = unsafe { ffi::PyContext_Exit(self.context.as_ptr()) };
        // It fails only where another context was entered through the C API and not left. The exception takes the place of
        // one that was set.
        if left < 0 && !is_raising {
            Raised::forget(self.py);
        }
    }
}

/// The first objects that an object refers to, as it tells the collector.
struct Referents {
    count: usize,
    places: [*mut ffi::PyObject; 2],
}

impl Referents {
    fn of(object: &Object) -> Self {
        let mut found = Self {
            count: 0,
            places: [null_mut(); 2],
        };
        // SAFETY: alive, so its type is.
        let kind = unsafe { ffi::Py_TYPE(object.as_ptr()) };
        // SAFETY: as above; a type's slots do not move.
        if let Some(traverse) = unsafe { (*kind).tp_traverse } {
            // SAFETY: the object's own function. It runs no Python code; `found` outlives the call, and only `note` uses it.
            unsafe { traverse(object.as_ptr(), note, (&raw mut found).cast()) };
        }
        found
    }

    fn contains(&self, object: *mut ffi::PyObject) -> bool {
        let count = self.count.min(self.places.len());
        self.places[..count].contains(&object)
    }
}

/// # Safety
///
/// Called by a `tp_traverse` that [`Referents::of`] has called.
unsafe extern "C" fn note(object: *mut ffi::PyObject, found: *mut c_void) -> c_int {
    // SAFETY: what `Referents::of` has passed, which nothing else uses meanwhile.
    let found = unsafe { &mut *found.cast::<Referents>() };
    if let Some(place) = found.places.get_mut(found.count) {
        *place = object;
    }
    found.count += 1;
    0
}
