//! The shapes of settings that take several values: repeated on the command line, between commas in a variable. And that of
//! a single address, beside that of several.

use std::path::PathBuf;

use super::given::Given;
use super::shape::{Form, Shape, string};
use crate::net::BindAddress;

/// Where to listen; at least one place.
pub(super) struct Addresses;

impl Shape for Addresses {
    type Value = Vec<BindAddress>;

    const FORM: Form = Form::Repeated;

    fn allowed(&self) -> String {
        "HOST:PORT, [IPV6]:PORT, unix:/path (at most 107 bytes) or fd:N, or a list of them"
            .to_owned()
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Vec<BindAddress>, &'g Given> {
        if given.elements().is_empty() {
            return Err(given);
        }
        let address = |element: &'g Given| {
            element
                .text()
                .and_then(|text| text.parse().ok())
                .ok_or(element)
        };
        given.elements().iter().map(address).collect()
    }

    fn write(&self, value: &Vec<BindAddress>) -> String {
        list(value.iter().map(ToString::to_string))
    }
}

/// One place to listen, or none where the text is empty.
pub(super) struct OptionalAddress;

impl Shape for OptionalAddress {
    type Value = Option<BindAddress>;

    fn allowed(&self) -> String {
        "HOST:PORT, [IPV6]:PORT, unix:/path or fd:N, or \"\" for none".to_owned()
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Option<BindAddress>, &'g Given> {
        match given.text().ok_or(given)? {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| given),
        }
    }

    fn write(&self, value: &Option<BindAddress>) -> String {
        let address = value.as_ref().map(ToString::to_string);
        string(&address.unwrap_or_default())
    }
}

/// Directories; that they exist is checked where the working directory is known.
pub(super) struct Directories;

impl Shape for Directories {
    type Value = Vec<PathBuf>;

    const FORM: Form = Form::Repeated;

    fn allowed(&self) -> String {
        "a directory that exists, or a list of them".to_owned()
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Vec<PathBuf>, &'g Given> {
        let directory = |element: &'g Given| {
            element
                .text()
                .filter(|text| !text.is_empty())
                .map(PathBuf::from)
                .ok_or(element)
        };
        given.elements().iter().map(directory).collect()
    }

    fn write(&self, value: &Vec<PathBuf>) -> String {
        list(value.iter().map(|path| path.to_string_lossy().into_owned()))
    }
}

/// Files; whether they are there is seen when they are read.
pub(super) struct Files;

impl Shape for Files {
    type Value = Vec<PathBuf>;

    const FORM: Form = Form::Repeated;

    fn allowed(&self) -> String {
        "a file, or a list of them".to_owned()
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Vec<PathBuf>, &'g Given> {
        let file = |element: &'g Given| {
            let text = element.text().filter(|text| !text.is_empty());
            text.map(PathBuf::from).ok_or(element)
        };
        elements(given).iter().map(file).collect()
    }

    fn write(&self, value: &Vec<PathBuf>) -> String {
        list(value.iter().map(|path| path.to_string_lossy().into_owned()))
    }
}

/// The values of a list; empty text, which a variable can't do without, stands for none.
pub(super) fn elements(given: &Given) -> &[Given] {
    match given.elements() {
        [one] if one.text() == Some("") => &[],
        elements => elements,
    }
}

/// Texts as a TOML array.
pub(super) fn list(texts: impl Iterator<Item = String>) -> String {
    let strings: Vec<_> = texts.map(|text| string(&text)).collect();
    format!("[{}]", strings.join(", "))
}
