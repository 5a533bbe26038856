//! The proof that the calling thread is attached to an interpreter.
#![expect(unsafe_code, reason = "saves and restores the thread state")]

use std::marker::PhantomData;

use pyo3_ffi as ffi;

use super::{Owned, PyResult, Raised};

/// Proof that the calling thread has an attached thread state for as long as `'py`.
///
/// Under a build with a GIL it also holds that GIL. The token is zero-sized and never leaves its thread.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'py> {
    scope: PhantomData<&'py ()>,
    not_send: PhantomData<*mut ()>,
}

impl Attached<'_> {
    /// Claims that the calling thread is attached.
    ///
    /// # Safety
    ///
    /// The calling thread has an attached thread state, and keeps it (or attaches it again) for as long as `'py`.
    pub unsafe fn assume() -> Self {
        Self {
            scope: PhantomData,
            not_send: PhantomData,
        }
    }

    /// The number of the interpreter that this thread is attached to; 0 is the main one.
    pub fn interpreter_id(self) -> i64 {
        // SAFETY: attached (`self`).
        let interpreter = unsafe { ffi::PyInterpreterState_Get() };
        // SAFETY: the interpreter that this thread is attached to.
        unsafe { ffi::PyInterpreterState_GetID(interpreter) }
    }

    /// Runs `work` in a copy of the thread's context (PEP 567): the context variables that it sets are its own.
    ///
    /// # Errors
    ///
    /// What `work` raises, and what Python raises for want of memory.
    pub fn in_own_context<R>(self, work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
        // SAFETY: attached (`self`).
        let context = unsafe { ffi::PyContext_CopyCurrent() };
        // SAFETY: a new reference, or NULL with an exception set.
        let context = unsafe { Owned::steal_or_raise(context, self) }?;
        // SAFETY: a context that nobody else has seen, so it is not entered yet.
        if unsafe { ffi::PyContext_Enter(context.as_ptr()) } < 0 {
            return Err(Raised::already_set(self));
        }
        let _entered = Entered(context);
        work()
    }

    /// Runs `work` detached, so that other threads of this interpreter can run meanwhile.
    ///
    /// `work` is `Send` because a closure that holds a Python reference is not: nothing of the interpreter's can be
    /// touched while detached.
    pub fn detached<R: Send>(self, work: impl FnOnce() -> R + Send) -> R {
        let _saved = Saved::detach(self);
        work()
    }
}

/// A context that is left when this is dropped, by a panic too.
struct Entered<'py>(Owned<'py>);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // It fails only where another context was entered and not left: what runs in between leaves what it enters.
        // SAFETY: the context that this thread has entered in `in_own_context`.
        unsafe { ffi::PyContext_Exit(self.0.as_ptr()) };
    }
}

/// A thread state that was detached, and is attached again when this is dropped, by a panic too.
struct Saved(*mut ffi::PyThreadState);

impl Saved {
    fn detach(_py: Attached<'_>) -> Self {
        // SAFETY: the token proves that this thread has an attached thread state.
        Self(unsafe { ffi::PyEval_SaveThread() })
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        // SAFETY: the thread state came from `PyEval_SaveThread` on this thread, in `detach`.
        unsafe { ffi::PyEval_RestoreThread(self.0) }
    }
}
