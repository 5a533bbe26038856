//! A thread's place in an interpreter: made, used and given up on that thread.
#![expect(unsafe_code, reason = "makes and ends thread states and interpreters")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use native_types::capi::Attached;
use pyo3_ffi as ffi;

use super::StartError;
use super::runtime::Main;

/// Held while an interpreter is made or ended: CPython before 3.14 has state that two such calls would share.
static ALONE: Mutex<()> = Mutex::new(());

/// Waits until no other thread makes or ends an interpreter.
pub(super) fn one_at_a_time() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread state, attached on the thread that made it.
///
/// INVARIANT: the thread is attached with this state whenever the seat's functions are entered, and it never leaves its
/// thread (a raw pointer is not `Send`). It is detached only inside [`Attached::detached`], which attaches it again.
#[derive(Debug)]
pub struct Seat {
    state: *mut ffi::PyThreadState,
    /// Whether the interpreter was made with the seat, and ends with it.
    owns_interpreter: bool,
}

impl Seat {
    /// A seat in the main interpreter.
    ///
    /// # Errors
    ///
    /// When memory is short.
    pub(super) fn in_main(main: Main) -> Result<Self, StartError> {
        // SAFETY: the main interpreter lives until the runtime finalises it, after every worker has left.
        let state = unsafe { ffi::PyThreadState_New(main.pointer()) };
        if state.is_null() {
            return Err(StartError::Python(String::from(
                "no memory for a thread state",
            )));
        }
        // SAFETY: made on this thread just above, and this thread is attached to nothing.
        unsafe { ffi::PyEval_RestoreThread(state) };
        Ok(Self {
            state,
            owns_interpreter: false,
        })
    }

    /// Gives this seat up for the one in a new interpreter, which the thread is attached to.
    #[cfg(Py_3_12)]
    pub(super) fn exchange(self, state: *mut ffi::PyThreadState) -> Self {
        // SAFETY: both thread states belong to this thread; the old one is detached since the new one was made.
        unsafe { ffi::PyThreadState_Swap(self.state) };
        self.delete();
        // SAFETY: the initial thread state of the new interpreter, detached by the swap above.
        unsafe { ffi::PyEval_RestoreThread(state) };
        Self {
            state,
            owns_interpreter: true,
        }
    }

    /// Gives up a seat whose thread may or may not have been detached by a call that failed.
    #[cfg(Py_3_12)]
    pub(super) fn leave_after_failure(self) {
        // SAFETY: may be called attached or not.
        if unsafe { ffi::compat::PyThreadState_GetUnchecked() }.is_null() {
            // SAFETY: this thread's own state, detached as was just seen.
            unsafe { ffi::PyEval_RestoreThread(self.state) };
        }
        self.delete();
    }

    /// Runs `work` attached.
    pub fn with<R>(&self, work: impl FnOnce(Attached<'_>) -> R) -> R {
        // SAFETY: the type's invariant.
        work(unsafe { Attached::assume() })
    }

    /// Gives the seat up: deletes the thread state, or ends the interpreter.
    ///
    /// Ending an interpreter runs its `atexit` functions and waits for the threads that its modules have started. No
    /// reference to one of its objects may be left in Rust.
    pub fn leave(self) {
        if !self.owns_interpreter {
            return self.delete();
        }
        let _alone = one_at_a_time();
        // SAFETY: attached (the invariant), with the interpreter's initial thread state.
        unsafe { ffi::Py_EndInterpreter(self.state) };
    }

    fn delete(self) {
        // SAFETY: attached (the invariant); nothing uses the state any more.
        unsafe { ffi::PyThreadState_Clear(self.state) };
        // SAFETY: the attached state is this one, and was cleared.
        unsafe { ffi::PyThreadState_DeleteCurrent() };
    }
}
