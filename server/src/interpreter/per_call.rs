//! Attaching anew for each call, as programs do that keep no thread state attached.
//!
//! The product does not do this: a worker keeps its [`Seat`](super::Seat), and hands down the token that proves it. It is
//! here, and not in a bench, because raw calls have their place, and because only a [`Runtime`] proves that Python lives.
#![expect(unsafe_code, reason = "attaches and lets go of the thread state")]

use std::marker::PhantomData;

use native_types::capi::Attached;
use pyo3_ffi as ffi;

use super::Runtime;

/// Leave to attach any thread, for one call at a time, while Python lives.
#[derive(Clone, Copy, Debug)]
pub struct PerCall<'runtime>(PhantomData<&'runtime ()>);

impl Runtime {
    /// Leave to attach for one call at a time: what the product avoids, kept for measuring what that saves.
    pub fn per_call(&self) -> PerCall<'_> {
        PerCall(PhantomData)
    }
}

impl PerCall<'_> {
    /// Runs `work` attached: `PyGILState_Ensure` before, `PyGILState_Release` after. No depth is counted, so a nested use
    /// does both again.
    ///
    /// # Threads
    ///
    /// Any thread but the one that made the [`Runtime`]. A thread that has a seat is attached with that seat's state; one
    /// that has none is given a thread state of the main interpreter, which ends with the call.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is what is to be measured, and the seat's state is the thread's only one"
    )]
    pub fn with<R>(self, work: impl FnOnce(Attached<'_>) -> R) -> R {
        // SAFETY: Python is initialised and not being finalised, since finalising takes the runtime that `self` borrows.
        let _ensured = Ensured(unsafe { ffi::PyGILState_Ensure() });
        // SAFETY: attached just above, until `_ensured` is dropped.
        work(unsafe { Attached::assume() })
    }
}

/// Let go of when this is dropped, by a panic too.
struct Ensured(ffi::PyGILState_STATE);

impl Drop for Ensured {
    #[expect(
        clippy::disallowed_methods,
        reason = "the other half of `PerCall::with`"
    )]
    fn drop(&mut self) {
        // SAFETY: the pair of the `PyGILState_Ensure` that gave the state, on the same thread and in reverse order.
        unsafe { ffi::PyGILState_Release(self.0) }
    }
}
