//! Writing what JSON has no type for: dates and times, UUIDs, decimals, enumerations, dataclasses.

use super::write::Writer;
use crate::capi::call::import;
use crate::capi::exception::Builtin;
use crate::capi::{Attached, Object, PyResult, Raised, RefSlot, convert};

/// How objects of a known class are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A string: what `isoformat()` gives.
    IsoFormat,
    /// A string: what `str()` gives.
    Text,
    /// What its attribute `value` is.
    Value,
}

/// The classes by module and name: these modules are never imported here, since what has made an object has done so.
const CLASSES: [(&str, &str, Form); 6] = [
    ("datetime", "datetime", Form::IsoFormat),
    ("datetime", "date", Form::IsoFormat),
    ("datetime", "time", Form::IsoFormat),
    ("uuid", "UUID", Form::Text),
    ("decimal", "Decimal", Form::Text),
    ("enum", "Enum", Form::Value),
];

/// The classes of [`CLASSES`] in one interpreter, each from when an object of it was first written.
#[derive(Debug)]
pub(crate) struct KnownTypes([RefSlot; CLASSES.len()]);

impl KnownTypes {
    /// None yet.
    pub(crate) const fn empty() -> Self {
        Self([const { RefSlot::empty() }; CLASSES.len()])
    }

    /// Every place, for the collector.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &RefSlot> {
        self.0.iter()
    }

    /// How `value` is written, if its class or a base of that is known.
    fn form(&self, value: &Object, py: Attached<'_>) -> PyResult<Option<Form>> {
        for (slot, (_, _, form)) in self.0.iter().zip(CLASSES) {
            if slot.get(py).is_some_and(|kind| value.is_exactly(kind, py)) {
                return Ok(Some(form));
            }
        }
        let mut found = None;
        let bases = value.type_object(py).attribute(c"__mro__", py)?;
        bases.for_each(py, |class| {
            if found.is_none() {
                found = self.form_of_class(class, py)?;
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn form_of_class(&self, class: &Object, py: Attached<'_>) -> PyResult<Option<Form>> {
        let rows = || self.0.iter().zip(CLASSES);
        let is_met = |slot: &RefSlot| slot.get(py).is_some_and(|known| known.is(class));
        if let Some((_, (_, _, form))) = rows().find(|(slot, _)| is_met(slot)) {
            return Ok(Some(form));
        }
        let name = class.attribute(c"__name__", py)?;
        let name = convert::as_str(&name, py)?;
        for (slot, (module, known, form)) in rows() {
            if name == Some(known) && slot.get(py).is_none() {
                let from = class.attribute(c"__module__", py)?;
                if convert::as_str(&from, py)? == Some(module) {
                    slot.fill(class.own(py), py);
                    return Ok(Some(form));
                }
            }
        }
        Ok(None)
    }
}

impl Writer<'_> {
    /// Writes an object that is no `str`, number, `dict`, `list` or `tuple`.
    ///
    /// # Errors
    ///
    /// `TypeError` for a type that JSON can't hold.
    pub(super) fn other(&mut self, value: &Object, depth: usize) -> PyResult<()> {
        let py = self.py;
        match self.state.json_types.form(value, py)? {
            Some(Form::IsoFormat) => self.text_of(&*value.call_method(c"isoformat", &[], py)?),
            Some(Form::Text) => self.text_of(&*value.string(py)?),
            Some(Form::Value) => self.value(&*value.attribute(c"value", py)?, depth + 1),
            None if value
                .type_object(py)
                .attribute_opt(c"__dataclass_fields__", py)?
                .is_some() =>
            {
                self.dataclass(value, depth)
            }
            None => {
                let message = format!("{} can't be written as JSON", value.type_name(py));
                Err(Raised::type_error(&message, py))
            }
        }
    }

    /// Writes the fields of a dataclass as members, in the order of their definition.
    fn dataclass(&mut self, value: &Object, depth: usize) -> PyResult<()> {
        let py = self.py;
        // Whoever made the dataclass has imported the module already.
        let fields = import(c"dataclasses", py)?.call_method(c"fields", &[value], py)?;
        self.out.push(b'{');
        let mut is_first = true;
        fields.for_each(py, |field| {
            let name = field.attribute(c"name", py)?;
            self.key(&name, &mut is_first)?;
            self.value(&*value.attribute_by(&name, py)?, depth + 1)
        })?;
        self.out.push(b'}');
        Ok(())
    }

    /// Writes what a method of the object has returned, a `str`.
    fn text_of(&mut self, string: &Object) -> PyResult<()> {
        if self.string_if_any(string)? {
            return Ok(());
        }
        let name = string.type_name(self.py);
        let message = format!("isoformat() must return str, not {name}");
        Err(Raised::new(Builtin::TypeError, &message, self.py))
    }
}
