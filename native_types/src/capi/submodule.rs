//! A module inside the built-in one, made with it: `coachwhip.json`.
#![expect(unsafe_code, reason = "makes modules and functions")]

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::inittab::state_of_module;
use super::method::Method;
use super::module::ModuleState as _;
use super::{Attached, Object, Owned, PyResult, builtin, convert};
use crate::state::State;

/// What a module inside `coachwhip` is made of.
#[derive(Debug)]
pub struct Submodule {
    /// Its name in `coachwhip`.
    pub name: &'static CStr,
    /// The name under which Python imports it.
    pub full_name: &'static CStr,
    /// Its docstring.
    pub doc: &'static CStr,
    /// Its functions, which get the state of `coachwhip`.
    pub functions: &'static [Method<State>],
}

impl Submodule {
    /// Makes the module in the interpreter of `parent`: as its attribute, and in `sys.modules`, where `import` looks first.
    ///
    /// # Panics
    ///
    /// When `parent` is not the interpreter's `coachwhip`.
    pub fn add_to(&'static self, parent: &Object, py: Attached<'_>) -> PyResult<()> {
        assert!(state_of_module(parent, py).is_some(), "a part of coachwhip");
        // SAFETY: NUL-terminated; copied.
        let module = unsafe { ffi::PyModule_New(self.full_name.as_ptr()) };
        // SAFETY: a new reference, or NULL with an exception set.
        let module = unsafe { Owned::steal_or_raise(module, py) }?;
        // SAFETY: a module, and a NUL-terminated text, which is copied.
        let status = unsafe { ffi::PyModule_SetDocString(module.as_ptr(), self.doc.as_ptr()) };
        builtin::done(status, py)?;
        let full_name = convert::new_interned(self.full_name, py)?;
        let exported = builtin::new_list(py)?;
        for function in self.functions {
            let function = callable(function, parent, &full_name, py)?;
            let name = function.attribute(c"__name__", py)?;
            builtin::append(&exported, &name, py)?;
            module.set_attribute_by(&name, &function, py)?;
        }
        module.set_attribute(c"__all__", &exported, py)?;
        self.describe(&module, parent, py)?;
        parent.set_attribute(self.name, &module, py)?;
        // SAFETY: attached (the token).
        let modules = unsafe { ffi::PyImport_GetModuleDict() };
        // SAFETY: the interpreter holds it.
        let modules = unsafe { Object::borrow(modules) };
        builtin::set_item(modules, &full_name, &module, py)
    }

    /// Sets what the import system would: the loader of the module that holds this one.
    fn describe(&self, module: &Object, parent: &Object, py: Attached<'_>) -> PyResult<()> {
        let package = convert::new_interned(State::NAME, py)?;
        module.set_attribute(c"__package__", &package, py)?;
        let Some(spec) = parent.attribute_opt(c"__spec__", py)? else {
            return Ok(());
        };
        if spec.is_none(py) {
            return Ok(());
        }
        let full_name = convert::new_interned(self.full_name, py)?;
        let loader = spec.attribute(c"loader", py)?;
        module.set_attribute(c"__loader__", &loader, py)?;
        let own = spec.type_object(py).call(&[&full_name, &loader], py)?;
        module.set_attribute(c"__spec__", &own, py)
    }
}

/// A function of `parent`, the interpreter's `coachwhip`, that says to be one of the module `name`.
fn callable<'py>(
    function: &'static Method<State>,
    parent: &Object,
    name: &Object,
    py: Attached<'py>,
) -> PyResult<Owned<'py>> {
    // SAFETY: a row that lives for ever, of a function for `parent` (`Submodule::add_to` has checked it); references of its
    // own are taken.
    let made = unsafe { ffi::PyCFunction_NewEx(function.row(), parent.as_ptr(), name.as_ptr()) };
    // SAFETY: a new reference, or NULL with an exception set.
    unsafe { Owned::steal_or_raise(made, py) }
}
