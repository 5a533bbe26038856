//! What every function that C calls goes through: token in, panic caught, exception out.
#![expect(unsafe_code, reason = "is called from C")]

use std::any::Any;
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{NonNull, null_mut};

use pyo3_ffi as ffi;

use super::exception::Builtin;
use super::{Attached, Owned, PyResult, Raised};

/// What C is told when an exception was raised: NULL or -1.
pub(super) trait Answer: Sized {
    /// The type that C sees.
    type C;

    /// What says that an exception is set.
    const RAISED: Self::C;

    fn into_c(self) -> Self::C;
}

impl Answer for Owned<'_> {
    type C = *mut ffi::PyObject;

    const RAISED: Self::C = null_mut();

    fn into_c(self) -> Self::C {
        self.into_ptr()
    }
}

/// No object, and no exception either: the end of an iteration.
impl Answer for Option<Owned<'_>> {
    type C = *mut ffi::PyObject;

    const RAISED: Self::C = null_mut();

    fn into_c(self) -> Self::C {
        self.map_or(null_mut(), Owned::into_ptr)
    }
}

impl Answer for () {
    type C = c_int;

    const RAISED: c_int = -1;

    fn into_c(self) -> c_int {
        0
    }
}

impl Answer for bool {
    type C = c_int;

    const RAISED: c_int = -1;

    fn into_c(self) -> c_int {
        c_int::from(self)
    }
}

impl Answer for usize {
    type C = ffi::Py_ssize_t;

    const RAISED: ffi::Py_ssize_t = -1;

    fn into_c(self) -> ffi::Py_ssize_t {
        ffi::Py_ssize_t::try_from(self).unwrap_or(ffi::Py_ssize_t::MAX)
    }
}

/// Runs the Rust side of a function that C called.
///
/// # Safety
///
/// C has called us on an attached thread, and stays attached until it has our answer.
pub(super) unsafe fn answer<'py, A: Answer>(
    work: impl FnOnce(Attached<'py>) -> PyResult<A>,
) -> A::C {
    // SAFETY: the caller's promise.
    let py = unsafe { Attached::assume() };
    match catch_unwind(AssertUnwindSafe(|| work(py))) {
        Ok(Ok(value)) => value.into_c(),
        Ok(Err(_raised)) => A::RAISED,
        Err(panic) => {
            let text = format!("coachwhip has a bug: {}", panic_text(panic.as_ref()));
            let _raised = Raised::new(Builtin::SystemError, &text, py);
            A::RAISED
        }
    }
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}

/// The one value of a function item's type.
///
/// A function item has no size, so a generic `extern "C"` function can name it by its type alone. Every trampoline is
/// reached through a constructor (`getter`, `method`, `slot`) that was handed the item itself.
pub(super) fn item<F: Copy + 'static>() -> F {
    const {
        assert!(
            size_of::<F>() == 0,
            "pass a function item, not a closure that captures"
        );
    };
    // SAFETY: reading a value without size touches no memory, and `F` has a value: the constructor was given one.
    unsafe { NonNull::<F>::dangling().read() }
}
