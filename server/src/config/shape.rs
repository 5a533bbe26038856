//! The shapes of single values: how a raw value is checked, described and written as TOML.
//!
//! A [`Shape`] is the whole knowledge about a setting's type and range; what the help, the file's
//! comments and the messages say is allowed is the shape's own sentence.

use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::app::{App, module_of_file};
use super::choices::Named;
use super::given::Given;

/// Checks, describes and writes the values of a setting.
pub(super) trait Shape: Sync {
    /// The checked value.
    type Value;

    /// How the setting stands on the command line.
    const FORM: Form = Form::Option;

    /// The type, the unit and the range, to stand after "expected".
    fn allowed(&self) -> String;

    /// What to say instead where `given` shows what was meant.
    fn allowed_instead_of(&self, given: &Given) -> String {
        let _ = given;
        self.allowed()
    }

    /// # Errors
    ///
    /// The part of `given` that is not allowed.
    fn read<'g>(&self, given: &'g Given) -> Result<Self::Value, &'g Given>;

    /// The value as TOML that [`Shape::read`] takes.
    fn write(&self, value: &Self::Value) -> String;
}

/// How a setting stands on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The word that is no option.
    Argument,
    /// `--name VALUE`.
    Option,
    /// `--name VALUE`, any number of times.
    Repeated,
    /// As [`Self::Repeated`], and each time one value or several between commas, which no value contains.
    Listed,
    /// `--name`, or `--name=false`.
    Switch,
}

/// A number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// As many as the machine and the strategy make sensible.
    Auto,
    /// So many.
    Exactly(NonZeroUsize),
}

impl Count {
    /// The number, where `auto` is what fits the machine.
    pub fn or(self, auto: NonZeroUsize) -> NonZeroUsize {
        match self {
            Self::Auto => auto,
            Self::Exactly(count) => count,
        }
    }
}

/// A [`Count`], at most `max`.
pub(super) struct Threads {
    pub(super) max: usize,
}

impl Shape for Threads {
    type Value = Count;

    fn allowed(&self) -> String {
        format!("{}, or \"auto\"", Number { max: self.max }.allowed())
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Count, &'g Given> {
        if given.text() == Some("auto") {
            return Ok(Count::Auto);
        }
        Number { max: self.max }.read(given).map(Count::Exactly)
    }

    fn write(&self, value: &Count) -> String {
        match value {
            Count::Auto => string("auto"),
            Count::Exactly(count) => count.to_string(),
        }
    }
}

/// From 1 to `max` of something.
pub(super) struct Number {
    pub(super) max: usize,
}

impl Shape for Number {
    type Value = NonZeroUsize;

    fn allowed(&self) -> String {
        format!("an integer from 1 to {}", self.max)
    }

    fn read<'g>(&self, given: &'g Given) -> Result<NonZeroUsize, &'g Given> {
        let number = given
            .integer()
            .and_then(|integer| usize::try_from(integer).ok())
            .and_then(NonZeroUsize::new);
        number
            .filter(|number| number.get() <= self.max)
            .ok_or(given)
    }

    fn write(&self, value: &NonZeroUsize) -> String {
        value.to_string()
    }
}

/// More than no time, at most `max` seconds; read to the nanosecond.
pub(super) struct Seconds {
    pub(super) max: u32,
}

impl Shape for Seconds {
    type Value = Duration;

    fn allowed(&self) -> String {
        format!("a number of seconds, more than 0 and at most {}", self.max)
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Duration, &'g Given> {
        let duration = given
            .float()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        duration
            .filter(|duration| {
                !duration.is_zero() && *duration <= Duration::from_secs(self.max.into())
            })
            .ok_or(given)
    }

    fn write(&self, value: &Duration) -> String {
        let decimals = format!("{}.{:09}", value.as_secs(), value.subsec_nanos());
        decimals
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    }
}

/// Yes or no.
pub(super) struct Switch;

impl Shape for Switch {
    type Value = bool;

    const FORM: Form = Form::Switch;

    fn allowed(&self) -> String {
        "true or false".to_owned()
    }

    fn read<'g>(&self, given: &'g Given) -> Result<bool, &'g Given> {
        given.boolean().ok_or(given)
    }

    fn write(&self, value: &bool) -> String {
        value.to_string()
    }
}

/// One of a type's names.
pub(super) struct Choice<T>(pub(super) PhantomData<T>);

impl<T: Named> Shape for Choice<T> {
    type Value = T;

    fn allowed(&self) -> String {
        let names: Vec<_> = T::NAMES
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        match names.split_last() {
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }

    fn read<'g>(&self, given: &'g Given) -> Result<T, &'g Given> {
        let chosen = T::NAMES.iter().find(|(name, _)| given.text() == Some(name));
        chosen.map(|(_, value)| *value).ok_or(given)
    }

    fn write(&self, value: &T) -> String {
        string(value.name())
    }
}

/// An application's import path.
pub(super) struct Application;

impl Shape for Application {
    type Value = App;

    const FORM: Form = Form::Argument;

    fn allowed(&self) -> String {
        "package.module, each part a Python identifier".to_owned()
    }

    fn allowed_instead_of(&self, given: &Given) -> String {
        match given.text().and_then(module_of_file) {
            Some(module) => format!("a module, not its file; name the module: {module}"),
            None => self.allowed(),
        }
    }

    fn read<'g>(&self, given: &'g Given) -> Result<App, &'g Given> {
        given.text().and_then(|text| text.parse().ok()).ok_or(given)
    }

    fn write(&self, value: &App) -> String {
        string(&value.to_string())
    }
}

/// A path, or none where the text is empty.
pub(super) struct OptionalPath {
    /// What has to be there, and whether none is allowed.
    pub(super) expected: &'static str,
}

impl Shape for OptionalPath {
    type Value = Option<PathBuf>;

    fn allowed(&self) -> String {
        self.expected.to_owned()
    }

    fn read<'g>(&self, given: &'g Given) -> Result<Option<PathBuf>, &'g Given> {
        let path = given.text().ok_or(given)?;
        Ok(if path.is_empty() {
            None
        } else {
            Some(path.into())
        })
    }

    fn write(&self, value: &Option<PathBuf>) -> String {
        string(
            &value
                .as_deref()
                .map(|path| path.to_string_lossy())
                .unwrap_or_default(),
        )
    }
}

/// Text as a TOML string.
pub(super) fn string(text: &str) -> String {
    toml::Value::from(text).to_string()
}
