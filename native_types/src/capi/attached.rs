//! The proof that the calling thread is attached to an interpreter.
#![expect(unsafe_code, reason = "saves and restores the thread state")]

use std::marker::PhantomData;

use pyo3_ffi as ffi;

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

    /// Runs `work` detached, so that other threads of this interpreter can run meanwhile.
    ///
    /// `work` is `Send` because a closure that holds a Python reference is not: nothing of the interpreter's can be
    /// touched while detached.
    pub fn detached<R: Send>(self, work: impl FnOnce() -> R + Send) -> R {
        let _saved = Saved::detach(self);
        work()
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
