//! From raw arguments, variables and TOML to one checked [`Config`].
//!
//! ```text
//! settings (the table) ──▶ args ─────────┐
//!                          environment ──┼─▶ layers of raw values ─▶ layers ─▶ Config ─▶ document (TOML)
//!                          file ─────────┘   (`given`)               (`shape` checks)
//! ```
//!
//! Each setting is defined once, in `settings`; the names in the three sources, the help, the
//! comments of the file and the messages follow from there. Precedence: default < `VIRTUAL_ENV` (for
//! `venv` alone) and `LISTEN_FDS` (for `bind` alone) < file < environment < command line. A source that is overridden is checked all
//! the same, but for the existence of its directories.
//!
//! Nothing here reads the process's own arguments or environment: [`load`] is given both, and reads
//! one file at most.

mod app;
mod args;
mod bytes;
mod checked;
mod choices;
mod document;
mod environment;
mod error;
mod file;
mod given;
mod hand_over;
mod layers;
mod lists;
mod mounts;
mod names;
mod nearest;
mod orchestrators;
mod permissions;
mod remark;
mod setting;
mod settings;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use app::{App, NoApp};
pub use checked::Config;
pub use choices::{Dispatch, LogFormat, LogLevel, Strategy};
pub use document::default_toml;
pub use error::Error;
pub use given::Origin;
pub use mounts::StaticMount;
pub use remark::Remark;
pub use shape::Count;

use layers::Layers;

/// What the process is started for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Serve the application.
    Serve,
    /// Say what Python is embedded and which strategies it allows.
    Info {
        /// As JSON rather than for a person.
        json: bool,
    },
    /// Print the routing table.
    Routes {
        /// As JSON rather than for a person.
        json: bool,
    },
    /// Run tests with pytest.
    Test {
        /// What pytest is given: paths, and further arguments.
        arguments: Vec<OsString>,
    },
    /// Run the embedded Python as its own command.
    Python {
        /// What stands after `python`.
        arguments: Vec<OsString>,
    },
    /// Print the effective configuration.
    Config,
    /// Measure what a call from Python costs.
    Boundary {
        /// The file that the figures and raw durations go to.
        output: Option<PathBuf>,
    },
}

/// What [`load`] gives.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the process is started for.
    pub command: Command,
    /// The checked configuration.
    pub config: Config,
    /// What was passed over, to be told.
    pub remarks: Vec<Remark>,
}

/// Puts the configuration together; `args` begins with the program's name, and relative paths begin at
/// `working_directory`, itself absolute.
///
/// # Errors
///
/// The first fault that is found, the operator's to mend; and [`Error::Answer`] when the command line asks for
/// help or the version, whatever the other sources say.
pub fn load(
    args: impl IntoIterator<Item = OsString>,
    environment: &BTreeMap<OsString, OsString>,
    working_directory: &Path,
) -> Result<Loaded, Error> {
    let (command, command_line) = args::read(args)?;
    let virtual_env = environment::read_virtual_env(environment);
    let handed_over = hand_over::read(environment, std::process::id())?;
    let (environment, mut remarks) = environment::read(environment)?;

    let config = &settings::CONFIG;
    let given = command_line
        .get(config.about.name)
        .or_else(|| environment.get(config.about.name));
    let named = given.map(|given| {
        let path = config.read(given)?.ok_or_else(|| config.refuse(given))?;
        Ok((path, given.origin.clone()))
    });
    let file::Contents {
        settings,
        mounts,
        remark,
    } = file::read(named.transpose()?, working_directory)?;
    remarks.extend(remark);

    let layers = Layers::new(
        [
            virtual_env,
            handed_over,
            settings,
            environment,
            command_line,
        ],
        working_directory,
    );
    let mounts = mounts::check(&mounts, working_directory)?;
    Ok(Loaded {
        command,
        config: Config::check(&layers, mounts)?,
        remarks,
    })
}
