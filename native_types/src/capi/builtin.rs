//! Python's own types: what an object is, and making `None`, booleans, tuples, lists, dicts and views.
#![expect(unsafe_code, reason = "asks and makes Python objects")]

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::{Attached, Object, Owned, PyResult, Raised};

/// The built-in types that conversions tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `None`.
    None,
    /// `bool`.
    Bool,
    /// `str` or a subclass.
    Str,
    /// `bytes` or a subclass.
    Bytes,
    /// `bytearray` or a subclass.
    ByteArray,
    /// `memoryview`.
    MemoryView,
    /// `int` or a subclass but `bool`.
    Int,
    /// `float` or a subclass.
    Float,
    /// `dict` or a subclass.
    Dict,
    /// `list` or a subclass.
    List,
    /// `tuple` or a subclass.
    Tuple,
    /// Any other.
    Other,
}

impl Object {
    /// Which built-in type the object has.
    ///
    /// Objects of the types themselves, which most are, are known by a comparison of pointers.
    #[inline]
    pub fn kind(&self, py: Attached<'_>) -> Kind {
        // SAFETY: alive, so its type is.
        let kind = unsafe { ffi::Py_TYPE(self.as_ptr()) };
        if kind == &raw mut ffi::PyUnicode_Type {
            Kind::Str
        } else if kind == &raw mut ffi::PyLong_Type {
            Kind::Int
        } else if kind == &raw mut ffi::PyDict_Type {
            Kind::Dict
        } else if kind == &raw mut ffi::PyList_Type {
            Kind::List
        } else if kind == &raw mut ffi::PyFloat_Type {
            Kind::Float
        } else if self.is_none(py) {
            Kind::None
        } else if kind == &raw mut ffi::PyBool_Type {
            Kind::Bool
        } else {
            self.kind_by_flags(kind)
        }
    }

    fn kind_by_flags(&self, kind: *mut ffi::PyTypeObject) -> Kind {
        // SAFETY: the type of a live object.
        let flags = unsafe { ffi::PyType_GetFlags(kind) };
        let has = |flag| flags & flag != 0;
        if has(ffi::Py_TPFLAGS_UNICODE_SUBCLASS) {
            Kind::Str
        } else if has(ffi::Py_TPFLAGS_DICT_SUBCLASS) {
            Kind::Dict
        } else if has(ffi::Py_TPFLAGS_BYTES_SUBCLASS) {
            Kind::Bytes
        } else if has(ffi::Py_TPFLAGS_LIST_SUBCLASS) {
            Kind::List
        } else if has(ffi::Py_TPFLAGS_TUPLE_SUBCLASS) {
            Kind::Tuple
        } else if has(ffi::Py_TPFLAGS_LONG_SUBCLASS) {
            // `bool` has no subclasses.
            Kind::Int
        } else {
            self.rare_kind()
        }
    }

    fn rare_kind(&self) -> Kind {
        let pointer = self.as_ptr();
        // SAFETY: alive.
        if unsafe { ffi::PyFloat_Check(pointer) } != 0 {
            return Kind::Float;
        }
        // SAFETY: alive.
        if unsafe { ffi::PyMemoryView_Check(pointer) } != 0 {
            return Kind::MemoryView;
        }
        // SAFETY: alive.
        if unsafe { ffi::PyByteArray_Check(pointer) } != 0 {
            return Kind::ByteArray;
        }
        Kind::Other
    }

    /// Whether it is `None`.
    pub fn is_none(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::Py_IsNone(self.as_ptr()) != 0 }
    }

    /// Whether it is `True` or `False`.
    pub fn is_bool(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::PyBool_Check(self.as_ptr()) != 0 }
    }

    /// Whether it is `True`.
    pub fn is_true(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::Py_IsTrue(self.as_ptr()) != 0 }
    }

    /// `bool(object)`.
    pub fn truth(&self, py: Attached<'_>) -> PyResult<bool> {
        // SAFETY: alive.
        let truth = unsafe { ffi::PyObject_IsTrue(self.as_ptr()) };
        done(truth, py)?;
        Ok(truth == 1)
    }

    /// Whether it is a coroutine, what calling an `async def` function gives.
    pub fn is_coroutine(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::PyCoro_CheckExact(self.as_ptr()) != 0 }
    }

    /// Whether it is a class.
    pub fn is_class(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::PyType_Check(self.as_ptr()) != 0 }
    }

    /// Whether it is a class of exceptions.
    pub fn is_exception_type(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::PyExceptionClass_Check(self.as_ptr()) != 0 }
    }

    /// Whether it can be called.
    pub fn is_callable(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::PyCallable_Check(self.as_ptr()) != 0 }
    }

    /// Its type.
    pub fn type_object<'py>(&self, py: Attached<'py>) -> Owned<'py> {
        // SAFETY: alive, so its type is.
        let kind = unsafe { ffi::Py_TYPE(self.as_ptr()) };
        // SAFETY: as above; no Python code has run since.
        unsafe { Self::borrow(kind.cast()) }.own(py)
    }

    /// Whether `kind` is its type, and not only a base of that.
    pub fn is_exactly(&self, kind: &Self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::Py_TYPE(self.as_ptr()) }.cast() == kind.as_ptr()
    }

    /// The name of its type, for messages.
    pub fn type_name(&self, _py: Attached<'_>) -> String {
        // SAFETY: alive, so its type is.
        let kind = unsafe { ffi::Py_TYPE(self.as_ptr()) };
        // SAFETY: as above.
        let name = unsafe { (*kind).tp_name };
        // SAFETY: NUL-terminated, and kept by the type.
        unsafe { CStr::from_ptr(name) }
            .to_string_lossy()
            .into_owned()
    }
}

/// `None`.
pub fn none(py: Attached<'_>) -> Owned<'_> {
    // SAFETY: static and immortal.
    let none = unsafe { ffi::Py_None() };
    // SAFETY: as above.
    unsafe { Object::borrow(none) }.own(py)
}

/// `True` or `False`.
pub fn new_bool(value: bool, py: Attached<'_>) -> Owned<'_> {
    let object = if value {
        // SAFETY: static and immortal.
        unsafe { ffi::Py_True() }
    } else {
        // SAFETY: as above.
        unsafe { ffi::Py_False() }
    };
    // SAFETY: as above.
    unsafe { Object::borrow(object) }.own(py)
}

/// A tuple of `items`.
pub fn new_tuple<'py>(
    items: impl ExactSizeIterator<Item = Owned<'py>>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let count = ffi::Py_ssize_t::try_from(items.len()).expect("fits");
    // SAFETY: attached (the token).
    let tuple = unsafe { ffi::PyTuple_New(count) };
    // SAFETY: a new reference, or NULL with an exception set.
    let tuple = unsafe { Owned::steal_or_raise(tuple, py) }?;
    let mut filled = 0;
    for (index, item) in (0..count).zip(items) {
        // SAFETY: a new tuple that nobody else has seen, within its length; the reference is stolen.
        unsafe { ffi::PyTuple_SetItem(tuple.as_ptr(), index, item.into_ptr()) };
        filled += 1;
    }
    assert!(filled == count, "the iterator has told its length");
    Ok(tuple)
}

/// A list of `items`.
pub fn new_list_of<'py>(
    items: impl ExactSizeIterator<Item = Owned<'py>>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let count = ffi::Py_ssize_t::try_from(items.len()).expect("fits");
    // SAFETY: attached (the token).
    let list = unsafe { ffi::PyList_New(count) };
    // SAFETY: a new reference, or NULL with an exception set.
    let list = unsafe { Owned::steal_or_raise(list, py) }?;
    let mut filled = 0;
    for (index, item) in (0..count).zip(items) {
        // SAFETY: a new list that nobody else has seen, within its length; the reference is stolen.
        unsafe { ffi::PyList_SET_ITEM(list.as_ptr(), index, item.into_ptr()) };
        filled += 1;
    }
    assert!(filled == count, "the iterator has told its length");
    Ok(list)
}

/// An empty list, with [`append`] to fill it.
pub fn new_list(py: Attached<'_>) -> PyResult<Owned<'_>> {
    // SAFETY: attached (the token).
    let list = unsafe { ffi::PyList_New(0) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(list, py) }
}

/// Appends to a list.
pub fn append(list: &Object, item: &Object, py: Attached<'_>) -> PyResult<()> {
    // SAFETY: both alive; a reference of its own is taken.
    done(
        unsafe { ffi::PyList_Append(list.as_ptr(), item.as_ptr()) },
        py,
    )
}

/// An empty dict, with [`set_item`] to fill it.
pub fn new_dict(py: Attached<'_>) -> PyResult<Owned<'_>> {
    // SAFETY: attached (the token).
    let dict = unsafe { ffi::PyDict_New() };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(dict, py) }
}

/// `types.SimpleNamespace()`: attributes of any name.
pub fn new_namespace(py: Attached<'_>) -> PyResult<Owned<'_>> {
    super::call::import(c"types", py)?.call_method(c"SimpleNamespace", &[], py)
}

/// `dict[key] = value`.
pub fn set_item(dict: &Object, key: &Object, value: &Object, py: Attached<'_>) -> PyResult<()> {
    // SAFETY: all alive; references of its own are taken.
    done(
        unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) },
        py,
    )
}

/// `memoryview(object)`.
pub fn new_memoryview<'py>(object: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
    // SAFETY: alive.
    let view = unsafe { ffi::PyMemoryView_FromObject(object.as_ptr()) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(view, py) }
}

/// Turns the C API's 0 or -1 into a result.
pub(super) fn done(status: std::ffi::c_int, py: Attached<'_>) -> PyResult<()> {
    if status < 0 {
        Err(Raised::already_set(py))
    } else {
        Ok(())
    }
}
