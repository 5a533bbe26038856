//! What the mappings (`Headers`, `Query`, `Form`, `ResponseHeaders`) have in common.

use crate::capi::convert::{new_str, text_of};
use crate::capi::{Arguments, Attached, Object, Owned, PyResult, builtin};

/// `Py_TPFLAGS_MAPPING`: `match` statements treat instances as mappings (PEP 634).
pub(crate) const FLAG: u64 = 1 << 6;

/// The arguments of `get(name, default=None)`.
pub(crate) fn name_and_default<'py>(
    arguments: &Arguments<'py>,
    py: Attached<'py>,
) -> PyResult<(&'py Object, Owned<'py>)> {
    let [name, default] = arguments.bind("get", &[c"name", c"default"], (1, 2), py)?;
    let name = name.expect("bind requires it");
    Ok((
        name,
        default.map_or_else(|| builtin::none(py), |default| default.own(py)),
    ))
}

/// The argument of `get_all(name)`.
pub(crate) fn name<'py>(arguments: &Arguments<'py>, py: Attached<'py>) -> PyResult<&'py Object> {
    let [name] = arguments.bind("get_all", &[c"name"], (1, 1), py)?;
    Ok(name.expect("bind requires it"))
}

/// A list of what `make` makes of each item.
pub(crate) fn list<'py, I>(
    items: impl Iterator<Item = I>,
    py: Attached<'py>,
    mut make: impl FnMut(I) -> PyResult<Owned<'py>>,
) -> PyResult<Owned<'py>> {
    let list = builtin::new_list(py)?;
    for item in items {
        builtin::append(&list, &*make(item)?, py)?;
    }
    Ok(list)
}

/// `Name([('key', 'value'), ...])`.
pub(crate) fn repr<'py>(name: &str, items: &Object, py: Attached<'py>) -> PyResult<Owned<'py>> {
    new_str(&format!("{name}({})", text_of(items, py)?), py)
}
