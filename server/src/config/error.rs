//! What can be wrong with a configuration, each as one message that names source, key, value and what is allowed.

use std::fmt;
use std::io;
use std::path::PathBuf;

use clap::builder::StyledStr;

use super::given::Origin;

/// Why there is no configuration to run with.
///
/// Every variant but [`Error::Answer`] is the operator's to mend; the text of `Display` is the whole message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody's fault: `--help` or `--version` was asked for. The text belongs on standard output;
    /// `Display` gives it plain, [`StyledStr::ansi`] for a terminal with colours.
    #[error("{0}")]
    Answer(StyledStr),

    /// The operator's fault: an option that does not exist.
    #[error("{}: no such option; {}", shown(option), suggestion(nearest.as_deref(), SEE_HELP))]
    UnknownOption {
        /// The option as it was typed.
        option: String,
        /// The option that was probably meant.
        nearest: Option<String>,
    },

    /// The operator's fault: a command line that can't be taken apart, in clap's words.
    #[error("{}", shown(_0))]
    CommandLine(String),

    /// The operator's fault, or that of the file's permissions: the file can't be read.
    #[error("{}: config = {}: {cause}; expected a TOML file that can be read", shown(origin), shown(path.display()))]
    Unreadable {
        /// Who named the file.
        origin: Origin,
        /// The file as it was named.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },

    /// The operator's fault: the file is not TOML.
    #[error("{}:{line}:{column}: {}", shown(path.display()), shown(cause))]
    Syntax {
        /// The file as it was named.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Characters, counted from 1.
        column: usize,
        /// What TOML allows there.
        cause: String,
    },

    /// The operator's fault: a key or table of the file that does not exist.
    #[error("{}: {}: no such {kind}; {}", shown(origin), shown(key), suggestion(nearest.as_deref(), hint))]
    UnknownKey {
        /// The line of the file.
        origin: Origin,
        /// `key` or `table`.
        kind: &'static str,
        /// The key as it was written.
        key: String,
        /// The key that was probably meant.
        nearest: Option<String>,
        /// What to know where nothing is near.
        hint: &'static str,
    },

    /// The operator's fault: a table of the file without a key that it must have.
    #[error("{}: {table} has no {key}; expected {example}", shown(origin))]
    MissingKey {
        /// The line of the file.
        origin: Origin,
        /// The table as it is written.
        table: String,
        /// The key that is missing.
        key: &'static str,
        /// What such a table holds.
        example: &'static str,
    },

    /// The operator's fault: a value of the wrong type or out of its range.
    #[error(
        "{}: {key} = {} is not allowed; expected {allowed}",
        shown(origin),
        shown(value)
    )]
    Refused {
        /// Who gave the value.
        origin: Origin,
        /// The setting's key.
        key: String,
        /// The value as it was written.
        value: String,
        /// The type, the unit and the range.
        allowed: String,
    },
}

impl Error {
    /// The exit status that the process owes its caller: 0 for an answer, 2 for a fault.
    pub fn exit_status(&self) -> u8 {
        if matches!(self, Self::Answer(_)) {
            0
        } else {
            2
        }
    }
}

/// Where every option stands, and how the other names follow from them.
pub(super) const SEE_HELP: &str =
    "`coachwhip --help` lists every option and how keys and variables follow from them";

/// What was given, in a message of one line: control characters as escapes, which a terminal would obey otherwise.
pub(super) fn shown(given: impl fmt::Display) -> String {
    let mut shown = String::new();
    for character in given.to_string().chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// What was probably meant, else the hint.
pub(super) fn suggestion(nearest: Option<&str>, hint: &str) -> String {
    nearest.map_or_else(
        || hint.to_owned(),
        |nearest| format!("did you mean {nearest}?"),
    )
}
