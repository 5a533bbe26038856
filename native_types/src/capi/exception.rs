//! Python exceptions as Rust errors.
#![expect(unsafe_code, reason = "sets and fetches the thread's exception")]

use std::ffi::{CStr, CString, c_char};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::null_mut;

use pyo3_ffi as ffi;

use super::method::Method;
use super::{Attached, Object, Owned};

/// Proof that an exception is set on this thread. Whoever gets it hands it on or takes the exception.
#[must_use]
pub struct Raised(PhantomData<*mut ()>);

/// What a call into Python gives: a value, or an exception that is set on this thread.
pub type PyResult<T> = Result<T, Raised>;

/// The built-in exceptions that this crate raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// A value of the right type that is not allowed.
    ValueError,
    /// An argument of the wrong type, or a call with the wrong arguments.
    TypeError,
    /// A number that does not fit.
    OverflowError,
    /// A mapping that lacks a key.
    KeyError,
    /// A use that is not possible now.
    RuntimeError,
    /// Structure nested too deeply.
    RecursionError,
    /// A fault of this program's own.
    SystemError,
    /// An attribute that is not there.
    AttributeError,
    /// `sys.exit()`.
    SystemExit,
    /// An interrupt, raised by hand: the server's signals never become one.
    KeyboardInterrupt,
}

impl Builtin {
    fn pointer(self) -> *mut ffi::PyObject {
        match self {
            // SAFETY: built-in exception types are static and immortal once Python is initialised.
            Self::ValueError => unsafe { ffi::PyExc_ValueError },
            // SAFETY: as above.
            Self::TypeError => unsafe { ffi::PyExc_TypeError },
            // SAFETY: as above.
            Self::OverflowError => unsafe { ffi::PyExc_OverflowError },
            // SAFETY: as above.
            Self::KeyError => unsafe { ffi::PyExc_KeyError },
            // SAFETY: as above.
            Self::RuntimeError => unsafe { ffi::PyExc_RuntimeError },
            // SAFETY: as above.
            Self::RecursionError => unsafe { ffi::PyExc_RecursionError },
            // SAFETY: as above.
            Self::SystemError => unsafe { ffi::PyExc_SystemError },
            // SAFETY: as above.
            Self::AttributeError => unsafe { ffi::PyExc_AttributeError },
            // SAFETY: as above.
            Self::SystemExit => unsafe { ffi::PyExc_SystemExit },
            // SAFETY: as above.
            Self::KeyboardInterrupt => unsafe { ffi::PyExc_KeyboardInterrupt },
        }
    }
}

impl Raised {
    /// The exception that a C-API call has just set. Where it set none, one is set that says so.
    pub fn already_set(_py: Attached<'_>) -> Self {
        // SAFETY: attached (the token).
        if unsafe { ffi::PyErr_Occurred() }.is_null() {
            let text: *const c_char = c"a C-API call failed without setting an exception".as_ptr();
            // SAFETY: the type is a live built-in, the text is NUL-terminated.
            unsafe { ffi::PyErr_SetString(Builtin::SystemError.pointer(), text) };
        }
        Self(PhantomData)
    }

    /// Raises a built-in exception with `message`.
    pub fn new(kind: Builtin, message: &str, _py: Attached<'_>) -> Self {
        let text = CString::new(message.replace('\0', "\\0")).unwrap_or_default();
        // SAFETY: the type is a live built-in, the text is NUL-terminated; attached (the token).
        unsafe { ffi::PyErr_SetString(kind.pointer(), text.as_ptr()) };
        Self(PhantomData)
    }

    /// Raises `ValueError(message)`.
    pub fn value_error(message: &str, py: Attached<'_>) -> Self {
        Self::new(Builtin::ValueError, message, py)
    }

    /// Raises `TypeError(message)`.
    pub fn type_error(message: &str, py: Attached<'_>) -> Self {
        Self::new(Builtin::TypeError, message, py)
    }

    /// Raises `KeyError(key)`.
    pub fn key_error(key: &Object, _py: Attached<'_>) -> Self {
        // SAFETY: both are live; `PyErr_SetObject` takes references of its own.
        unsafe { ffi::PyErr_SetObject(Builtin::KeyError.pointer(), key.as_ptr()) };
        Self(PhantomData)
    }

    /// Raises the exception `object`, an instance of `BaseException`.
    pub fn with(object: &Object, _py: Attached<'_>) -> Self {
        // SAFETY: `object` is alive, and so is its type; references of its own are taken.
        let kind = unsafe { ffi::Py_TYPE(object.as_ptr()) };
        // SAFETY: as above.
        unsafe { ffi::PyErr_SetObject(kind.cast(), object.as_ptr()) };
        Self(PhantomData)
    }

    /// Whether the exception is an instance of `kind`.
    pub fn matches(&self, kind: &Object) -> bool {
        // SAFETY: an exception is set (this value proves it) and `kind` is alive.
        unsafe { ffi::PyErr_ExceptionMatches(kind.as_ptr()) != 0 }
    }

    /// Whether the exception is an instance of a built-in kind.
    pub fn is(&self, kind: Builtin) -> bool {
        // SAFETY: an exception is set (this value proves it), and the type is a live built-in.
        unsafe { ffi::PyErr_ExceptionMatches(kind.pointer()) != 0 }
    }

    /// Takes the exception off the thread, as an object with its traceback.
    pub fn take(self, py: Attached<'_>) -> Owned<'_> {
        let pointer = fetch();
        // SAFETY: a new reference, not NULL since an exception was set (this value proved it).
        unsafe { Owned::steal_opt(pointer, py) }
            .expect("an exception is set while a `Raised` exists")
    }

    /// Forgets the exception.
    pub fn clear(self, py: Attached<'_>) {
        Self::forget(py);
    }

    /// Forgets an exception that may be set, where a panic or a call that may raise has left none to prove it.
    pub fn forget(_py: Attached<'_>) {
        // SAFETY: attached (the token).
        unsafe { ffi::PyErr_Clear() }
    }
}

/// The thread's exception as a new reference, normalised, with its traceback attached.
#[cfg(Py_3_12)]
fn fetch() -> *mut ffi::PyObject {
    // SAFETY: only `Raised::take` calls this, on an attached thread.
    unsafe { ffi::PyErr_GetRaisedException() }
}

/// The thread's exception as a new reference, normalised, with its traceback attached.
#[cfg(not(Py_3_12))]
fn fetch() -> *mut ffi::PyObject {
    let (mut kind, mut value, mut trace) = Default::default();
    // SAFETY: only `Raised::take` calls this, on an attached thread; the three places are valid.
    unsafe { ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut trace) };
    // SAFETY: the three were filled by the fetch above.
    unsafe { ffi::PyErr_NormalizeException(&raw mut kind, &raw mut value, &raw mut trace) };
    if !trace.is_null() {
        // SAFETY: `value` is an exception after normalising, `trace` a traceback.
        unsafe { ffi::PyException_SetTraceback(value, trace) };
    }
    // SAFETY: ours since the fetch, and not needed further.
    unsafe { ffi::Py_XDECREF(kind) };
    // SAFETY: as above; the exception holds its own reference.
    unsafe { ffi::Py_XDECREF(trace) };
    value
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Raised")
    }
}

unsafe extern "C" {
    /// A callable that binds to instances as a Python function does: pyo3-ffi lacks it.
    fn PyInstanceMethod_New(function: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

/// Makes an exception type, a subclass of `Exception`, with `initialise` as its `__init__`.
///
/// `initialise` is called with the exception as its first argument.
pub fn new_exception_type<'py>(
    name: &'static CStr,
    doc: &'static CStr,
    initialise: &'static Method<()>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let function = initialise.callable(py)?;
    // SAFETY: a callable, which the wrapper takes a reference to; the wrapper binds it to instances.
    let wrapped = unsafe { PyInstanceMethod_New(function.as_ptr()) };
    // SAFETY: a new reference, or NULL with an exception set.
    let wrapped = unsafe { Owned::steal_or_raise(wrapped, py) }?;
    let members = super::builtin::new_dict(py)?;
    let key = super::convert::new_str("__init__", py)?;
    super::builtin::set_item(&members, &key, &wrapped, py)?;
    // SAFETY: NUL-terminated texts and a dict; the base NULL stands for `Exception`.
    let made = unsafe {
        ffi::PyErr_NewExceptionWithDoc(name.as_ptr(), doc.as_ptr(), null_mut(), members.as_ptr())
    };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}
