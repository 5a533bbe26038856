//! A value as a source gave it: raw, with the place to name when it is refused.
//!
//! The command line, the environment and the file all become a [`Layer`] of these; from there on
//! nothing but [`Given`]'s readers knows which source a value came from. The one difference that
//! they keep is that of types: a variable's `4` is a word that may become a number, the string
//! `"4"` in a TOML file is a string.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What one source says, by the settings' names.
pub(super) type Layer = BTreeMap<&'static str, Given>;

/// Where a value stands, as an operator would look for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of the configuration file, counted from 1.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line on which the value begins.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// An option or the argument `APP` of the command line.
    CommandLine(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::Variable(name) | Self::CommandLine(name) => formatter.write_str(name),
        }
    }
}

/// One raw value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) origin: Origin,
    /// The value as it was written, for messages.
    pub(super) written: String,
    pub(super) value: Value,
}

/// The types that a value can have before it is checked.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text without a type, of the command line, a variable or a default.
    Word(String),
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    List(Vec<Given>),
    /// A TOML type that no setting takes, or an integer beyond 64 bits.
    Unusable,
}

impl Given {
    /// A value without a type.
    pub(super) fn word(origin: Origin, word: &str) -> Self {
        let is_plain =
            !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c.is_control());
        Self {
            origin,
            written: if is_plain {
                word.to_owned()
            } else {
                format!("{word:?}")
            },
            value: Value::Word(word.to_owned()),
        }
    }

    /// Several values of one origin, each without a type.
    pub(super) fn words<'w>(origin: &Origin, words: impl IntoIterator<Item = &'w str>) -> Self {
        let elements: Vec<_> = words
            .into_iter()
            .map(|word| Self::word(origin.clone(), word))
            .collect();
        let written: Vec<_> = elements
            .iter()
            .map(|element| element.written.as_str())
            .collect();
        Self {
            origin: origin.clone(),
            written: written.join(","),
            value: Value::List(elements),
        }
    }

    /// The values of a list; anything else counts as a list of one.
    pub(super) fn elements(&self) -> &[Self] {
        match &self.value {
            Value::List(elements) => elements,
            Value::Word(_)
            | Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Unusable => std::slice::from_ref(self),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Word(text) | Value::String(text) => Some(text),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_)
            | Value::Unusable => None,
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match &self.value {
            Value::Word(word) => word.parse().ok(),
            Value::Integer(integer) => Some(*integer),
            Value::String(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::List(_)
            | Value::Unusable => None,
        }
    }

    pub(super) fn float(&self) -> Option<f64> {
        match &self.value {
            Value::Word(word) => word.parse().ok(),
            Value::Float(float) => Some(*float),
            // Only seconds are read as floats, and what 32 bits can't hold is beyond each limit of those.
            Value::Integer(integer) => i32::try_from(*integer).ok().map(f64::from),
            Value::String(_) | Value::Boolean(_) | Value::List(_) | Value::Unusable => None,
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match &self.value {
            Value::Word(word) => match word.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            Value::Boolean(boolean) => Some(*boolean),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::List(_)
            | Value::Unusable => None,
        }
    }
}
