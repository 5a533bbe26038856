//! References to Python objects: borrowed (`&Object`) and owned (`Owned`).
#![expect(unsafe_code, reason = "counts references")]

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;

use pyo3_ffi as ffi;

use super::{Attached, PyResult, Raised};

/// A Python object, seen through a borrowed reference: `&'a Object` is alive and attached for `'a`.
#[repr(transparent)]
pub struct Object {
    raw: UnsafeCell<ffi::PyObject>,
    not_send: PhantomData<*mut ()>,
}

impl Object {
    /// Borrows the object behind `pointer`.
    ///
    /// # Safety
    ///
    /// `pointer` is not NULL, and somebody holds a reference to the object, on an attached thread, for all of `'a`.
    pub unsafe fn borrow<'a>(pointer: *mut ffi::PyObject) -> &'a Self {
        // SAFETY: `Object` is a transparent wrapper of `PyObject`; the rest is the caller's promise.
        unsafe { &*pointer.cast::<Self>() }
    }

    /// Borrows the object behind `pointer`, or `None` where it is NULL.
    ///
    /// # Safety
    ///
    /// As [`Object::borrow`], but for NULL.
    pub unsafe fn borrow_opt<'a>(pointer: *mut ffi::PyObject) -> Option<&'a Self> {
        // SAFETY: as above; NULL becomes `None`.
        unsafe { pointer.cast::<Self>().as_ref() }
    }

    /// The pointer, for the C API; the reference stays with whoever owns it.
    pub fn as_ptr(&self) -> *mut ffi::PyObject {
        self.raw.get()
    }

    /// A reference of one's own to the same object.
    pub fn own<'py>(&self, _py: Attached<'py>) -> Owned<'py> {
        // SAFETY: the object is alive (`&self`) and this thread is attached (the token).
        unsafe { ffi::Py_INCREF(self.as_ptr()) };
        Owned {
            pointer: NonNull::from(self).cast(),
            scope: PhantomData,
        }
    }

    /// Whether both are the same object.
    pub fn is(&self, other: &Self) -> bool {
        self.as_ptr() == other.as_ptr()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({:p})", self.as_ptr())
    }
}

/// A reference that is ours, given back when dropped. It can't outlive the attachment `'py`.
pub struct Owned<'py> {
    /// INVARIANT: a reference to a live object that this value owns.
    pointer: NonNull<ffi::PyObject>,
    scope: PhantomData<Attached<'py>>,
}

impl<'py> Owned<'py> {
    /// Takes over the new reference that a C-API call returned; NULL means that it raised.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL with an exception set, or a new reference that nobody else gives back.
    pub unsafe fn steal_or_raise(pointer: *mut ffi::PyObject, py: Attached<'py>) -> PyResult<Self> {
        NonNull::new(pointer)
            .map(|pointer| Self {
                pointer,
                scope: PhantomData,
            })
            .ok_or_else(|| Raised::already_set(py))
    }

    /// Takes over a reference that may be absent, with no exception set then.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or a new reference that nobody else gives back.
    pub unsafe fn steal_opt(pointer: *mut ffi::PyObject, _py: Attached<'py>) -> Option<Self> {
        NonNull::new(pointer).map(|pointer| Self {
            pointer,
            scope: PhantomData,
        })
    }

    /// Gives the reference away, to a C-API call that steals it or to a caller in C.
    pub fn into_ptr(self) -> *mut ffi::PyObject {
        ManuallyDrop::new(self).pointer.as_ptr()
    }
}

impl Deref for Owned<'_> {
    type Target = Object;

    fn deref(&self) -> &Object {
        // SAFETY: the field's invariant: alive as long as `self` is.
        unsafe { Object::borrow(self.pointer.as_ptr()) }
    }
}

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        // SAFETY: the reference is ours (the field's invariant), and `'py` says that the thread is attached.
        unsafe { ffi::Py_DECREF(self.pointer.as_ptr()) }
    }
}

impl fmt::Debug for Owned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Owned({:p})", self.pointer)
    }
}
