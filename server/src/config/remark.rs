//! What stands in the sources and is passed over: told once, in the log, and no reason not to start.

use std::fmt;
use std::path::PathBuf;

use super::error::{SEE_HELP, shown, suggestion};

/// Something that looks like ours and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A variable with our prefix: a slip, or some other program's.
    UnknownVariable {
        /// The variable's name.
        variable: String,
        /// The variable that was probably meant.
        nearest: Option<String>,
    },
    /// The file that is read without being named has no table of ours.
    UnrelatedFile {
        /// The file.
        path: PathBuf,
        /// The table that was probably meant, as it is written in a file.
        nearest: Option<&'static str>,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVariable { variable, nearest } => write!(
                formatter,
                "{}: no such variable, so it is passed over; {}",
                shown(variable),
                suggestion(nearest.as_deref(), SEE_HELP)
            ),
            Self::UnrelatedFile { path, nearest } => write!(
                formatter,
                "{}: it has neither [server] nor [[static]], so it is passed over; {}",
                shown(path.display()),
                suggestion(*nearest, "--config names a file that is meant")
            ),
        }
    }
}
