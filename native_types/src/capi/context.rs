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
        let mut entered = self.enter(py)?;
        let result = work();
        entered.is_raising = result.is_err();
        result
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
        Ok(Entered {
            context,
            is_raising: false,
            py,
        })
    }

    /// What this context holds now; `None` where that can't be told.
    pub fn mapping(&self, py: Attached<'_>) -> Option<Mapping> {
        let found = Referents::of(self.object(py));
        (found.count == 1).then(|| Mapping(found.place.addr()))
    }

    /// Whether nobody else holds this context, as the token of a variable that was set there does.
    pub fn is_unshared(&self, py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::Py_REFCNT(self.object(py).as_ptr()) == 1 }
    }
}

/// Which variables have which values in a context: one immutable mapping, whose address this is. Setting a variable puts
/// another in its place, and a copy of a context has the same.
///
/// Two are equal if they are one, for as long as something keeps that alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping(usize);

/// A context that is left when this is dropped, by a panic too.
#[derive(Debug)]
#[must_use]
pub struct Entered<'a> {
    context: &'a Object,
    /// Whether an exception is set that somebody is to find.
    is_raising: bool,
    py: Attached<'a>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // SAFETY: a context that this thread has entered in `enter`; it stays alive for as long as it is borrowed.
        let left = unsafe { ffi::PyContext_Exit(self.context.as_ptr()) };
        // It fails only where another context was entered through the C API and not left. The exception takes the place of
        // one that was set.
        if left < 0 && !self.is_raising {
            Raised::forget(self.py);
        }
    }
}

/// The objects that an object refers to, as it tells the collector.
struct Referents {
    count: usize,
    /// The last one.
    place: *mut ffi::PyObject,
}

impl Referents {
    fn of(object: &Object) -> Self {
        let mut found = Self {
            count: 0,
            place: null_mut(),
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
}

/// # Safety
///
/// Called by a `tp_traverse` that [`Referents::of`] has called.
unsafe extern "C" fn note(object: *mut ffi::PyObject, found: *mut c_void) -> c_int {
    // SAFETY: what `Referents::of` has passed, which nothing else uses meanwhile.
    let found = unsafe { &mut *found.cast::<Referents>() };
    found.place = object;
    found.count += 1;
    0
}
