//! The shapes of lists of names: of a few, or of any that can be read; `*` for every one.

use std::marker::PhantomData;
use std::str::FromStr;

use super::choices::Named;
use super::given::Given;
use super::lists::{elements, list};
use super::shape::{Choice, Form, Shape};
use crate::http::{Allowed, Origin, TrustedProxy};

/// What one name stands for.
pub(super) trait Name: Sized + Sync {
    fn read(text: &str) -> Option<Self>;

    fn write(&self) -> String;
}

impl Name for Origin {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Name for TrustedProxy {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Name for http::Method {
    /// Methods are case-sensitive, and `get` would never be asked for (RFC 9110 section 9.1).
    fn read(text: &str) -> Option<Self> {
        let is_lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
        Self::from_str(text).ok().filter(|_| !is_lower)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Name for http::HeaderName {
    fn read(text: &str) -> Option<Self> {
        Self::from_str(text).ok()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// Any number of names, or `*` alone.
pub(super) struct Names<T> {
    /// What one name is.
    expected: &'static str,
    name: PhantomData<T>,
}

impl<T> Names<T> {
    pub(super) const fn of(expected: &'static str) -> Self {
        Self {
            expected,
            name: PhantomData,
        }
    }

    /// What one name is, for messages.
    pub(super) fn one(&self) -> &'static str {
        self.expected
    }
}

impl<T: Name> Shape for Names<T> {
    type Value = Allowed<T>;

    const FORM: Form = Form::Listed;

    fn allowed(&self) -> String {
        format!("{}, or a list of them, or \"*\" alone", self.expected)
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Allowed<T>, &'g Given> {
        let elements = elements(given);
        if let [one] = elements
            && one.text() == Some("*")
        {
            return Ok(Allowed::Any);
        }
        let name = |element: &'g Given| {
            let text = element.text().filter(|text| *text != "*");
            text.and_then(T::read).ok_or(element)
        };
        let names: Result<_, _> = elements.iter().map(name).collect();
        names.map(Allowed::These)
    }

    fn write(&self, value: &Allowed<T>) -> String {
        match value {
            Allowed::Any => list(std::iter::once(String::from("*"))),
            Allowed::These(names) => list(names.iter().map(Name::write)),
        }
    }
}

/// Any number of a type's names.
pub(super) struct Choices<T>(Choice<T>);

impl<T> Choices<T> {
    pub(super) const ALL: Self = Self(Choice(PhantomData));
}

impl<T: Named> Shape for Choices<T> {
    type Value = Vec<T>;

    const FORM: Form = Form::Repeated;

    fn allowed(&self) -> String {
        format!("{}, or a list of them", self.0.allowed())
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Vec<T>, &'g Given> {
        elements(given).iter().map(|one| self.0.read(one)).collect()
    }

    fn write(&self, value: &Vec<T>) -> String {
        list(value.iter().map(|one| one.name().to_owned()))
    }
}
