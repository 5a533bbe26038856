//! The coroutines of one worker that wait for an I/O thread: for a piece of a stream, or for room for one.
//!
//! What a coroutine waits for is a [`Poll`](std::task::Poll) with a waker; what it awaits is an `asyncio.Future`. The waker
//! keeps the future's number and brings it back to the worker, which resolves the future in its own loop: an I/O thread
//! never touches a Python object.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use slab::Slab;

use crate::capi::exception::Builtin;
use crate::capi::{Attached, Object, PyResult, Raised, RefSlot, builtin};

thread_local! {
    /// What waits in the loop of the worker that this thread is.
    static WAITING: RefCell<Option<Rc<Waiting>>> = const { RefCell::new(None) };
}

/// The futures that one worker's coroutines await.
///
/// # Threads
///
/// It belongs to the worker's thread; wakers may be called on any.
#[derive(Debug)]
pub struct Waiting {
    futures: RefCell<Slab<RefSlot>>,
    due: Arc<Due>,
}

/// The futures that can be resolved, by number.
struct Due {
    numbers: Mutex<Vec<usize>>,
    ring: Box<dyn Fn() + Send + Sync>,
}

/// What resolves one future when it is woken, or dropped: whoever awaits it looks again then.
struct Wakeup {
    number: usize,
    due: Arc<Due>,
}

impl Waiting {
    /// Nothing waits yet. `ring` has the worker call [`deliver`] soon; it may be called on any thread.
    pub fn new(ring: impl Fn() + Send + Sync + 'static) -> Rc<Self> {
        let due = Due {
            numbers: Mutex::default(),
            ring: Box::new(ring),
        };
        Rc::new(Self {
            futures: RefCell::default(),
            due: Arc::new(due),
        })
    }
}

/// Says what waits on the calling thread, a worker's, until the guard is dropped: while the thread is still attached, since
/// the futures go with it.
pub fn install(waiting: Rc<Waiting>) -> Installed {
    WAITING.set(Some(waiting));
    Installed(PhantomData)
}

/// Keeps what [`install`] has said. It stays on its thread.
#[derive(Debug)]
#[must_use]
pub struct Installed(PhantomData<Rc<Waiting>>);

impl Drop for Installed {
    fn drop(&mut self) {
        let waiting = WAITING.take();
        drop(waiting);
    }
}

/// Whether the calling thread is a worker's whose loop can be woken.
pub(crate) fn is_installed() -> bool {
    WAITING.with_borrow(Option::is_some)
}

/// A waker that resolves `future`, an `asyncio.Future` of the running loop, with `None`.
///
/// It may do so although nothing has happened, when it is dropped: look again then.
///
/// # Errors
///
/// `RuntimeError` on a thread that is no worker's.
pub fn waker(future: &Object, py: Attached<'_>) -> PyResult<Waker> {
    let Some(waiting) = WAITING.with_borrow(Option::clone) else {
        return Err(Raised::new(
            Builtin::RuntimeError,
            "only a worker's own event loop can wait for a client; this thread is no worker's",
            py,
        ));
    };
    let slot = RefSlot::holding(future.own(py));
    let number = waiting.futures.borrow_mut().insert(slot);
    let due = Arc::clone(&waiting.due);
    Ok(Waker::from(Arc::new(Wakeup { number, due })))
}

/// Resolves the futures whose wakers were called, in the worker's loop.
///
/// # Errors
///
/// What resolving one raises; the others are resolved all the same.
pub fn deliver(py: Attached<'_>) -> PyResult<()> {
    let Some(waiting) = WAITING.with_borrow(Option::clone) else {
        return Ok(());
    };
    let mut result = Ok(());
    for number in waiting.due.take() {
        let slot = waiting.futures.borrow_mut().try_remove(number);
        if let Some(future) = slot.as_ref().and_then(|slot| slot.get(py))
            && let Err(raised) = resolve(future, py)
        {
            result = Err(raised);
        }
    }
    result
}

/// Resolves a future, unless it was cancelled.
fn resolve(future: &Object, py: Attached<'_>) -> PyResult<()> {
    let is_done = future.call_method(c"done", &[], py)?;
    if !is_done.is_true(py) {
        let none = builtin::none(py);
        future.call_method(c"set_result", &[&none], py)?;
    }
    Ok(())
}

impl Due {
    fn put(&self, number: usize) {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = numbers.is_empty();
        numbers.push(number);
        drop(numbers);
        if is_first {
            (self.ring)();
        }
    }

    fn take(&self) -> Vec<usize> {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut numbers)
    }
}

impl fmt::Debug for Due {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Due")
            .field("numbers", &self.numbers)
            .finish_non_exhaustive()
    }
}

// Waking is dropping: so a number comes back exactly once, however the waker ends.
impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Wakeup {
    fn drop(&mut self) {
        self.due.put(self.number);
    }
}
