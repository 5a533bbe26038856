//! A reference kept inside a Python object or a module's state.
#![expect(
    unsafe_code,
    reason = "counts references, and may be shared by threads that are attached"
)]

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi as ffi;

use super::heap_type::Visitor;
use super::{Attached, Object, Owned, PyResult};

/// A place for one reference: empty at first, filled at most once, emptied only when its owner ends.
///
/// # Threads
///
/// Each access takes an [`Attached`] token, so it happens on a thread of the owner's interpreter. Without a GIL, or where
/// making the object lets go of it, two such threads may fill it at once: the first wins, and both then see the same object
/// (attribute caches need no lock).
///
/// # Data
///
/// Dropping it gives the reference back, so its owner is dropped on an attached thread: owners are Python objects
/// (`tp_dealloc`) and module states (`m_free`).
#[derive(Debug, Default)]
pub struct RefSlot(AtomicPtr<ffi::PyObject>);

impl RefSlot {
    /// A place that holds nothing yet.
    pub const fn empty() -> Self {
        Self(AtomicPtr::new(null_mut()))
    }

    /// A place filled with `object`.
    pub fn holding(object: Owned<'_>) -> Self {
        Self(AtomicPtr::new(object.into_ptr()))
    }

    /// What it holds.
    pub fn get<'a>(&'a self, _py: Attached<'a>) -> Option<&'a Object> {
        // Acquire pairs with the Release of `fill`: the object is seen as it was when it was put here.
        let pointer = self.0.load(Ordering::Acquire);
        // SAFETY: what stands here is a reference of ours, kept until the owner ends, and `&self` borrows the owner.
        unsafe { Object::borrow_opt(pointer) }
    }

    /// What it holds, made by `make` if it holds nothing.
    pub fn get_or_fill<'a>(
        &'a self,
        py: Attached<'a>,
        make: impl FnOnce() -> PyResult<Owned<'a>>,
    ) -> PyResult<&'a Object> {
        if let Some(object) = self.get(py) {
            return Ok(object);
        }
        Ok(self.fill(make()?, py))
    }

    /// Puts `object` here unless something is here already; returns what is here then.
    pub fn fill<'a>(&'a self, object: Owned<'a>, py: Attached<'a>) -> &'a Object {
        let pointer = object.into_ptr();
        let seen =
            self.0
                .compare_exchange(null_mut(), pointer, Ordering::AcqRel, Ordering::Acquire);
        let kept = match seen {
            Ok(_) => pointer,
            Err(winner) => {
                // SAFETY: `pointer` came from `Owned::into_ptr` just above and went nowhere.
                drop(unsafe { Owned::steal_opt(pointer, py) });
                winner
            }
        };
        // SAFETY: as in `get`; `kept` is what the slot holds now, and not NULL in either branch.
        unsafe { Object::borrow(kept) }
    }

    /// Takes out what it holds: for `tp_clear` and `m_clear`, when nobody uses the owner any more.
    pub fn clear<'py>(&self, py: Attached<'py>) -> Option<Owned<'py>> {
        let pointer = self.0.swap(null_mut(), Ordering::AcqRel);
        // SAFETY: what stood here was a reference of ours; the swap made us its only owner.
        unsafe { Owned::steal_opt(pointer, py) }
    }

    /// Shows the reference to the garbage collector.
    pub fn visit(&self, visitor: &mut Visitor) {
        visitor.pointer(self.0.load(Ordering::Relaxed));
    }
}

impl Drop for RefSlot {
    fn drop(&mut self) {
        let pointer = *self.0.get_mut();
        // SAFETY: the reference is ours, and the type's contract says that its owner ends on an attached thread.
        unsafe { ffi::Py_XDECREF(pointer) }
    }
}
