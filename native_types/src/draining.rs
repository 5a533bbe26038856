//! `coachwhip.draining`: the event that is set when the server begins to end.
//!
//! What the supervisor sets is a [`Drain`], one for all workers; what handlers see is Python (`draining.py`), because it is
//! waited for in coroutines. Each worker's loop leaves one waker, however many of its coroutines wait.

use std::ffi::CStr;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::capi::call::run_source;
use crate::capi::heap_type::new_object;
use crate::capi::method::{Method, method, method0};
use crate::capi::{
    Arguments, Attached, HeapType, Object, Owned, PyResult, RefSlot, This, builtin, convert,
};
use crate::state::State;
use crate::waiting;

/// Whether the end has begun, and who is to be woken then.
///
/// # Threads
///
/// Any. The lock is never held while a waker is called.
#[derive(Default)]
pub struct Drain {
    has_begun: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Drain {
    fn wakers(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that the end has begun, and wakes who waits for that. Once is enough.
    pub fn begin(&self) {
        let mut wakers = self.wakers();
        self.has_begun.store(true, Ordering::Release);
        let waiting = std::mem::take(&mut *wakers);
        drop(wakers);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether the end has begun.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// Wakes `waker` when the end begins, or at once where it has.
    fn watch(&self, waker: Waker) {
        let mut wakers = self.wakers();
        if self.has_begun() {
            drop(wakers);
            waker.wake();
        } else {
            wakers.push(waker);
        }
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Drain")
            .field("has_begun", &self.has_begun)
            .finish_non_exhaustive()
    }
}

/// Says which [`Drain`] the interpreter's handlers see. The first call counts; without one the end never begins.
pub fn set_drain(state: &State, drain: Arc<Drain>) {
    let _ = state.drain.set(drain);
}

/// The native part of `coachwhip.draining`.
#[derive(Debug)]
pub(crate) struct DrainCore;

impl HeapType for DrainCore {
    type State = State;

    const NAME: &'static CStr = c"coachwhip._DrainCore";
    const DOC: &'static CStr = c"The native part of draining.";
    const METHODS: &'static [Method<Self>] = &[
        method0(c"is_set", Self::is_set, c"is_set($self, /)\n--\n\nWhether the end has begun."),
        method(c"watch", Self::watch, c"watch($self, future, /)\n--\n\nResolves the future when the end begins; False in a loop that is no worker's."),
        Method::END,
    ];

    fn type_slot(state: &State) -> &RefSlot {
        &state.drain_core
    }
}

impl DrainCore {
    #[expect(clippy::unnecessary_wraps, reason = "what Python calls can raise")]
    fn is_set<'py>(this: This<'py, Self>, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let drain = this.state().drain.get();
        let has_begun = drain.is_some_and(|drain| drain.has_begun());
        Ok(builtin::new_bool(has_begun, py))
    }

    fn watch<'py>(
        this: This<'py, Self>,
        arguments: Arguments<'py>,
        py: Attached<'py>,
    ) -> PyResult<Owned<'py>> {
        let [future] = arguments.bind("watch", &[c"future"], (1, 1), py)?;
        let drain = this.state().drain.get();
        let Some(drain) = drain.filter(|_| waiting::is_installed()) else {
            return Ok(builtin::new_bool(false, py));
        };
        drain.watch(waiting::waker(future.expect("bind requires it"), py)?);
        Ok(builtin::new_bool(true, py))
    }
}

/// Makes `coachwhip.draining` in the module.
pub(crate) fn define(state: &State, module: &Object, py: Attached<'_>) -> PyResult<()> {
    let namespace = run_source(include_str!("draining.py"), c"coachwhip", py)?;
    let class = namespace.value_at(&*convert::new_interned(c"Draining", py)?, py)?;
    let core = new_object(DrainCore, state, py)?;
    module.set_attribute(c"Draining", &class, py)?;
    module.set_attribute(c"draining", &*class.call(&[&core], py)?, py)
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[derive(Debug, Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn whoever_waits_is_woken_before_and_after_it_begins() {
        let drain = Drain::default();
        let wait = || {
            let woken = Arc::new(Woken::default());
            drain.watch(Waker::from(Arc::clone(&woken)));
            woken
        };
        let early = wait();
        assert!(!early.0.load(Ordering::Relaxed) && !drain.has_begun());
        drain.begin();
        assert!(early.0.load(Ordering::Relaxed) && drain.has_begun());
        assert!(wait().0.load(Ordering::Relaxed), "at once");
    }
}
