//! One setting: its name, from which the option, the key and the variable follow, what it means, its default and its shape.

use super::error::Error;
use super::given::{Given, Origin};
use super::shape::{Form, Shape};

/// What a person reads about a setting.
pub(super) struct About {
    /// The option without its dashes; the key `queue_depth` and the variable `COACHWHIP_QUEUE_DEPTH` follow from `queue-depth`.
    pub(super) name: &'static str,
    /// The section of the help and of the file.
    pub(super) heading: &'static str,
    /// The value's place holder, which names the unit where there is one.
    pub(super) placeholder: &'static str,
    /// What it does, and what happens at the limit; one line, without a full stop.
    pub(super) meaning: &'static str,
    /// The default as a variable would give it; a list between commas, empty for an empty list or none.
    pub(super) default: &'static str,
}

/// The prefix of every variable of ours.
pub(super) const VARIABLE_PREFIX: &str = "COACHWHIP_";

impl About {
    /// `--queue-depth`.
    pub(super) fn option(&self) -> String {
        format!("--{}", self.name)
    }

    /// `queue_depth`.
    pub(super) fn key(&self) -> String {
        self.name.replace('-', "_")
    }

    /// `COACHWHIP_QUEUE_DEPTH`.
    pub(super) fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.key().to_uppercase())
    }

    /// The line of the help.
    pub(super) fn help(&self) -> String {
        let default = if self.default.is_empty() {
            "none"
        } else {
            self.default
        };
        format!("{} [default: {default}]", self.meaning)
    }
}

/// A setting and the shape of its values.
pub(super) struct Setting<S> {
    pub(super) about: About,
    pub(super) shape: S,
}

impl<S: Shape> Setting<S> {
    /// # Errors
    ///
    /// [`Error::Refused`], which names the part of the value that is at fault.
    pub(super) fn read(&self, given: &Given) -> Result<S::Value, Error> {
        self.shape
            .read(given)
            .map_err(|culprit| self.refuse(culprit))
    }

    /// The setting with a value, ready to be written to a file.
    pub(super) fn entry(&'static self, value: &S::Value) -> Entry {
        Entry {
            setting: self,
            toml: Some(self.shape.write(value)),
        }
    }

    /// The message about a value that is not allowed.
    pub(super) fn refuse(&self, culprit: &Given) -> Error {
        Error::Refused {
            origin: culprit.origin.clone(),
            key: self.about.key(),
            value: culprit.written.clone(),
            allowed: self.shape.allowed_instead_of(culprit),
        }
    }
}

/// A setting and its value as TOML; without one it has none.
pub(super) struct Entry {
    pub(super) setting: &'static dyn AnySetting,
    pub(super) toml: Option<String>,
}

/// A setting whatever its shape: what the readers of the sources and the writers of help and file need.
pub(super) trait AnySetting: Sync {
    fn about(&self) -> &About;

    fn form(&self) -> Form;

    /// The type, the unit and the range.
    fn allowed(&self) -> String;

    /// The default as TOML; `None` where it is to have no value.
    fn default_toml(&self) -> Option<String>;

    /// The words that a source without types gives for this setting; only a list's words are taken apart.
    fn given(&self, origin: Origin, text: &str) -> Given {
        if matches!(self.form(), Form::Repeated | Form::Listed) {
            Given::words(&origin, text.split(','))
        } else {
            Given::word(origin, text)
        }
    }
}

impl<S: Shape> AnySetting for Setting<S> {
    fn about(&self) -> &About {
        &self.about
    }

    fn form(&self) -> Form {
        S::FORM
    }

    fn allowed(&self) -> String {
        self.shape.allowed()
    }

    fn default_toml(&self) -> Option<String> {
        let default = self.given(Origin::Default, self.about.default);
        let value = self.shape.read(&default).ok()?;
        let is_list = matches!(S::FORM, Form::Repeated | Form::Listed);
        if self.about.default.is_empty() && !is_list {
            None
        } else {
            Some(self.shape.write(&value))
        }
    }
}
