//! The promises of the whole: precedence, names, messages, and the way back to TOML.

mod cors;
mod errors_table;
mod listeners;
mod messages;
mod mounts;
mod remarks;
mod round_trip;
mod sources;
mod tls;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Command, Config, Error, Loaded, load};

/// A working directory with what `load` is given beside it.
struct Scene {
    directory: TempDir,
    environment: BTreeMap<OsString, OsString>,
}

impl Scene {
    fn new() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            environment: BTreeMap::new(),
        }
    }

    /// With the file that is read without being named.
    fn with_file(toml: &str) -> Self {
        let scene = Self::new();
        scene.write("config/default.toml", toml);
        scene
    }

    fn with_variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Writes a file, and the directories above it.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A directory that passes for a virtual environment.
    fn venv(&self, name: &str) -> PathBuf {
        self.write(&format!("{name}/bin/python"), "");
        self.directory.path().join(name)
    }

    fn load(&self, args: &[&str]) -> Result<(Command, Config), Error> {
        let loaded = self.load_whole(args)?;
        Ok((loaded.command, loaded.config))
    }

    fn load_whole(&self, args: &[&str]) -> Result<Loaded, Error> {
        let args = std::iter::once("coachwhip")
            .chain(args.iter().copied())
            .map(OsString::from);
        load(args, &self.environment, self.directory.path())
    }

    fn config(&self, args: &[&str]) -> Config {
        self.load(args).unwrap_or_else(|error| panic!("{error}")).1
    }

    /// What is passed over, where the rest is in order.
    fn remarks(&self) -> Vec<String> {
        let loaded = self.load_whole(&[]);
        let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
        loaded.remarks.iter().map(ToString::to_string).collect()
    }

    fn message(&self, args: &[&str]) -> String {
        let error = self.load(args).expect_err("the configuration is faulty");
        assert_eq!(error.exit_status(), 2);
        error.to_string()
    }
}
