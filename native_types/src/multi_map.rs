//! Mappings of names to their first value in which a name may stand more than once: `Query` and `Form`.

use std::collections::HashSet;

use crate::capi::method::{Method, method, method0};
use crate::capi::slot::Slot;
use crate::capi::{Arguments, Attached, HeapType, Object, Owned, PyResult, This};
use crate::capi::{Raised, builtin, convert};
use crate::mapping;

/// A type that Python sees as a read-only mapping of names to their first value.
pub(crate) trait MultiMap: HeapType {
    /// A name with one value.
    type Entry: 'static;

    /// The name of the type, for its `repr`.
    const SHORT_NAME: &'static str;

    /// Everything, in order.
    fn entries(&self) -> &[Self::Entry];

    /// The name of an entry.
    fn name(entry: &Self::Entry) -> &str;

    /// The value of an entry.
    fn value<'py>(entry: &'py Self::Entry, py: Attached<'py>) -> PyResult<Owned<'py>>;
}

/// The methods of such a type.
pub(crate) const fn methods<T: MultiMap>() -> [Method<T>; 6] {
    [
        method(
            c"get",
            get::<T>,
            c"get($self, name, default=None, /)\n--\n\nThe first value of a name, or the default.",
        ),
        method(
            c"get_all",
            get_all::<T>,
            c"get_all($self, name, /)\n--\n\nEvery value of a name, in order.",
        ),
        method0(
            c"keys",
            keys::<T>,
            c"keys($self, /)\n--\n\nThe names, each once.",
        ),
        method0(
            c"values",
            values::<T>,
            c"values($self, /)\n--\n\nThe first value of each name.",
        ),
        method0(
            c"items",
            items::<T>,
            c"items($self, /)\n--\n\nEach name with its first value.",
        ),
        Method::END,
    ]
}

/// The special methods of such a type.
pub(crate) fn slots<T: MultiMap>() -> Vec<Slot<T>> {
    vec![
        Slot::subscript(subscript::<T>),
        Slot::length(length::<T>),
        Slot::contains(contains::<T>),
        Slot::iter(iter::<T>),
        Slot::repr(repr::<T>),
    ]
}

/// The first entry of a name; a name that is no string names none.
fn find<'py, T: MultiMap>(
    this: This<'py, T>,
    name: &Object,
    py: Attached<'py>,
) -> PyResult<Option<&'py T::Entry>> {
    let Some(name) = convert::as_str(name, py)? else {
        return Ok(None);
    };
    let mut entries = this.value().entries().iter();
    Ok(entries.find(|entry| T::name(entry) == name))
}

/// Each name, once, with its first value, in order of first appearance.
fn firsts<T: MultiMap>(this: This<'_, T>) -> impl Iterator<Item = &T::Entry> {
    let mut seen = HashSet::new();
    let entries = this.value().entries().iter();
    entries.filter(move |entry| seen.insert(T::name(entry)))
}

fn subscript<'py, T: MultiMap>(
    this: This<'py, T>,
    name: &'py Object,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    match find(this, name, py)? {
        Some(entry) => T::value(entry, py),
        None => Err(Raised::key_error(name, py)),
    }
}

fn get<'py, T: MultiMap>(
    this: This<'py, T>,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let (name, default) = mapping::name_and_default(&arguments, py)?;
    match find(this, name, py)? {
        Some(entry) => T::value(entry, py),
        None => Ok(default),
    }
}

fn get_all<'py, T: MultiMap>(
    this: This<'py, T>,
    arguments: Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    let name = convert::as_str(mapping::name(&arguments, py)?, py)?;
    let entries = this.value().entries().iter();
    let entries = entries.filter(|entry| Some(T::name(entry)) == name);
    mapping::list(entries, py, |entry| T::value(entry, py))
}

#[expect(clippy::unnecessary_wraps, reason = "slots may raise")]
fn length<T: MultiMap>(this: This<'_, T>, _py: Attached<'_>) -> PyResult<usize> {
    Ok(firsts(this).count())
}

fn contains<T: MultiMap>(this: This<'_, T>, name: &Object, py: Attached<'_>) -> PyResult<bool> {
    let Some(name) = convert::as_str(name, py)? else {
        return Ok(false);
    };
    let mut entries = this.value().entries().iter();
    Ok(entries.any(|entry| T::name(entry) == name))
}

fn keys<'py, T: MultiMap>(this: This<'py, T>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    mapping::list(firsts(this), py, |entry| {
        convert::new_str(T::name(entry), py)
    })
}

fn values<'py, T: MultiMap>(this: This<'py, T>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    mapping::list(firsts(this), py, |entry| T::value(entry, py))
}

fn items<'py, T: MultiMap>(this: This<'py, T>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    mapping::list(firsts(this), py, |entry| {
        let pair = [convert::new_str(T::name(entry), py)?, T::value(entry, py)?];
        builtin::new_tuple(pair.into_iter(), py)
    })
}

fn iter<'py, T: MultiMap>(this: This<'py, T>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    keys(this, py)?.call_method(c"__iter__", &[], py)
}

fn repr<'py, T: MultiMap>(this: This<'py, T>, py: Attached<'py>) -> PyResult<Owned<'py>> {
    mapping::repr(T::SHORT_NAME, &*items(this, py)?, py)
}
