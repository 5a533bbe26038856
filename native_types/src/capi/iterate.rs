//! Walking over Python's containers.
#![expect(unsafe_code, reason = "walks over Python objects")]

use std::ptr::null_mut;

use pyo3_ffi as ffi;

use super::exception::Builtin;
use super::{Attached, Object, Owned, PyResult, Raised};

/// How far a coroutine has come.
#[derive(Debug)]
pub enum Sent<'py> {
    /// It has ended, and returned this.
    Returned(Owned<'py>),
    /// It waits for something.
    Waits,
}

impl Object {
    /// Whether `next(object)` is possible: its type has `__next__`.
    pub fn is_iterator(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive.
        unsafe { ffi::PyIter_Check(self.as_ptr()) != 0 }
    }

    /// Whether `aiter(object)` is possible: its type has `__aiter__`.
    pub fn is_async_iterable(&self, _py: Attached<'_>) -> bool {
        // SAFETY: alive, so its type is.
        let kind = unsafe { ffi::Py_TYPE(self.as_ptr()) };
        // SAFETY: as above; a type's slots do not move.
        let methods = unsafe { (*kind).tp_as_async };
        // SAFETY: NULL or a table that lives as long as the type.
        let methods = unsafe { methods.as_ref() };
        methods.is_some_and(|methods| methods.am_aiter.is_some())
    }

    /// Runs a coroutine until it first waits, or to its end.
    ///
    /// # Errors
    ///
    /// What it raises.
    pub fn send_none<'py>(&self, py: Attached<'py>) -> PyResult<Sent<'py>> {
        let mut value = null_mut();
        let none = super::builtin::none(py);
        // SAFETY: both alive; the place for the value is valid.
        let sent = unsafe { ffi::PyIter_Send(self.as_ptr(), none.as_ptr(), &raw mut value) };
        if sent == ffi::PySendResult::PYGEN_ERROR {
            return Err(Raised::already_set(py));
        }
        // SAFETY: a new reference, since it is no error.
        let value = unsafe { Owned::steal_or_raise(value, py) }?;
        Ok(match sent {
            ffi::PySendResult::PYGEN_RETURN => Sent::Returned(value),
            ffi::PySendResult::PYGEN_NEXT | ffi::PySendResult::PYGEN_ERROR => Sent::Waits,
        })
    }

    /// Calls `each` with every item of an iterable.
    ///
    /// # Errors
    ///
    /// `TypeError` where it can't be iterated, and whatever the iteration or `each` raises.
    pub fn for_each(
        &self,
        py: Attached<'_>,
        mut each: impl FnMut(&Self) -> PyResult<()>,
    ) -> PyResult<()> {
        // SAFETY: alive.
        if unsafe { ffi::PyList_CheckExact(self.as_ptr()) } != 0 {
            let mut index = 0;
            while let Some(item) = self.list_item(index, py) {
                each(&item)?;
                index += 1;
            }
            return Ok(());
        }
        // SAFETY: alive.
        if unsafe { ffi::PyTuple_CheckExact(self.as_ptr()) } != 0 {
            return self
                .items_of_tuple(py)
                .iter()
                .try_for_each(|item| each(item));
        }
        // SAFETY: alive.
        let iterator = unsafe { ffi::PyObject_GetIter(self.as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        let iterator = unsafe { Owned::steal_or_raise(iterator, py) }?;
        loop {
            // SAFETY: an iterator.
            let item = unsafe { ffi::PyIter_Next(iterator.as_ptr()) };
            // SAFETY: a new reference, or NULL at the end or with an exception set.
            let Some(item) = (unsafe { Owned::steal_opt(item, py) }) else {
                break;
            };
            each(&item)?;
        }
        // SAFETY: attached (the token).
        if unsafe { ffi::PyErr_Occurred() }.is_null() {
            return Ok(());
        }
        Err(Raised::already_set(py))
    }

    /// The item at `index` of a `list` that is no subclass, `None` beyond its end: what its iterator would give next.
    #[cfg(not(Py_GIL_DISABLED))]
    fn list_item<'py>(&self, index: ffi::Py_ssize_t, py: Attached<'py>) -> Option<Owned<'py>> {
        // SAFETY: a list: `for_each` has checked.
        if index >= unsafe { ffi::PyList_GET_SIZE(self.as_ptr()) } {
            return None;
        }
        // SAFETY: within its length.
        let item = unsafe { ffi::PyList_GET_ITEM(self.as_ptr(), index) };
        // SAFETY: the list holds it: no Python code has run since, and no other thread does under a GIL.
        Some(unsafe { Self::borrow(item) }.own(py))
    }

    /// The item at `index` of a `list` that is no subclass, `None` beyond its end. Other threads may change the list.
    #[cfg(Py_GIL_DISABLED)]
    fn list_item<'py>(&self, index: ffi::Py_ssize_t, py: Attached<'py>) -> Option<Owned<'py>> {
        // SAFETY: a list: `for_each` has checked.
        if index >= unsafe { ffi::PyList_GET_SIZE(self.as_ptr()) } {
            return None;
        }
        // SAFETY: a list.
        let item = unsafe { ffi::PyList_GetItemRef(self.as_ptr(), index) };
        // SAFETY: a new reference, or NULL with an `IndexError` set, where the list has become shorter.
        let item = unsafe { Owned::steal_opt(item, py) };
        if item.is_none() {
            Raised::forget(py);
        }
        item
    }

    /// The items of a `tuple` that is no subclass.
    fn items_of_tuple(&self, _py: Attached<'_>) -> &[&Self] {
        // SAFETY: a tuple: `for_each` has checked.
        let count = unsafe { ffi::PyTuple_GET_SIZE(self.as_ptr()) };
        if count == 0 {
            return &[];
        }
        let tuple = self.as_ptr().cast::<ffi::PyTupleObject>();
        // SAFETY: as above.
        let items = unsafe { &raw const (*tuple).ob_item };
        // SAFETY: that many objects stand there, which the tuple holds and which can't change; `&Object` is a pointer to one.
        unsafe { std::slice::from_raw_parts(items.cast::<&Self>(), count.unsigned_abs()) }
    }

    /// Calls `each` with every key and value of a mapping, in its order.
    ///
    /// # Errors
    ///
    /// `AttributeError` where it has no `items`, `RuntimeError` where it changes its size meanwhile, and whatever the
    /// iteration or `each` raises.
    pub fn for_each_pair(
        &self,
        py: Attached<'_>,
        mut each: impl FnMut(&Self, &Self) -> PyResult<()>,
    ) -> PyResult<()> {
        // SAFETY: alive.
        if unsafe { ffi::PyDict_CheckExact(self.as_ptr()) } != 0 {
            return self.for_each_of_dict(py, each);
        }
        let items = self.call_method(c"items", &[], py)?;
        items.for_each(py, |pair| {
            let (key, value) = pair.pair(py)?;
            each(&key, &value)
        })
    }

    /// As [`Self::for_each_pair`], for a `dict` that is no subclass, without an iterator and without a tuple for each pair.
    fn for_each_of_dict(
        &self,
        py: Attached<'_>,
        mut each: impl FnMut(&Self, &Self) -> PyResult<()>,
    ) -> PyResult<()> {
        let length = self.length_of_dict(py);
        let mut place = 0;
        while let Some((key, value)) = self.next_pair(&mut place, py) {
            each(&key, &value)?;
            if self.length_of_dict(py) != length {
                let text = "dictionary changed size during iteration";
                return Err(Raised::new(Builtin::RuntimeError, text, py));
            }
        }
        Ok(())
    }

    /// Runs `work` while no other thread changes this object, which the GIL alone sees to.
    #[cfg(not(Py_GIL_DISABLED))]
    #[expect(clippy::unused_self, reason = "as without a GIL")]
    fn locked<R>(&self, _py: Attached<'_>, work: impl FnOnce() -> R) -> R {
        work()
    }

    /// Runs `work` while no other thread changes this object: in a critical section (PEP 703). `work` must not panic.
    #[cfg(Py_GIL_DISABLED)]
    fn locked<R>(&self, _py: Attached<'_>, work: impl FnOnce() -> R) -> R {
        let mut section = std::mem::MaybeUninit::uninit();
        // SAFETY: alive and attached; the section stays where it is until it is ended below.
        unsafe { ffi::PyCriticalSection_Begin(section.as_mut_ptr(), self.as_ptr()) };
        let answer = work();
        // SAFETY: begun just above, on this thread.
        unsafe { ffi::PyCriticalSection_End(section.as_mut_ptr()) };
        answer
    }

    fn length_of_dict(&self, _py: Attached<'_>) -> ffi::Py_ssize_t {
        // SAFETY: a dict: `for_each_pair` has checked.
        unsafe { ffi::PyDict_Size(self.as_ptr()) }
    }

    /// The pair of a `dict` at `place`, which is moved on; `None` at its end.
    fn next_pair<'py>(
        &self,
        place: &mut ffi::Py_ssize_t,
        py: Attached<'py>,
    ) -> Option<(Owned<'py>, Owned<'py>)> {
        self.locked(py, || {
            let (mut key, mut value) = (null_mut(), null_mut());
            // SAFETY: alive; another type has no pairs. A dict that has changed is looked at as it is now.
            let found =
                unsafe { ffi::PyDict_Next(self.as_ptr(), place, &raw mut key, &raw mut value) };
            if found == 0 {
                return None;
            }
            // SAFETY: the dict holds it: no Python code has run since the call, and no other thread changes the dict.
            let key = unsafe { Self::borrow(key) }.own(py);
            // SAFETY: as above.
            let value = unsafe { Self::borrow(value) }.own(py);
            Some((key, value))
        })
    }

    /// The two items of a sequence of two.
    ///
    /// # Errors
    ///
    /// `TypeError` where it is no sequence of two.
    pub fn pair<'py>(&self, py: Attached<'py>) -> PyResult<(Owned<'py>, Owned<'py>)> {
        if self.length(py)? != 2 {
            let text = format!("{} is no (name, value) pair", self.type_name(py));
            return Err(Raised::type_error(&text, py));
        }
        Ok((self.item(0, py)?, self.item(1, py)?))
    }

    /// `len(object)`.
    pub fn length(&self, py: Attached<'_>) -> PyResult<usize> {
        // SAFETY: alive.
        let length = unsafe { ffi::PyObject_Size(self.as_ptr()) };
        usize::try_from(length).map_err(|_| Raised::already_set(py))
    }

    /// `object[index]` of a sequence.
    pub fn item<'py>(&self, index: usize, py: Attached<'py>) -> PyResult<Owned<'py>> {
        let index = ffi::Py_ssize_t::try_from(index).expect("an index within a sequence");
        // SAFETY: alive.
        let item = unsafe { ffi::PySequence_GetItem(self.as_ptr(), index) };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(item, py) }
    }

    /// `object[key]` of a mapping.
    pub fn value_at<'py>(&self, key: &Self, py: Attached<'py>) -> PyResult<Owned<'py>> {
        // SAFETY: both alive.
        let value = unsafe { ffi::PyObject_GetItem(self.as_ptr(), key.as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        unsafe { Owned::steal_or_raise(value, py) }
    }
}
