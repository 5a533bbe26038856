//! Figures that criterion does not keep, as rows of a CSV file for the record.

use std::env;
use std::fmt::Display;
use std::fs;
use std::path::PathBuf;

/// Names the folder that rows are written to; where it is not set, none are.
pub const FOLDER: &str = "BENCH_ROWS_DIR";

/// Whether the bench is to measure; else, under `cargo test`, it only has to show that it runs.
pub fn is_measuring() -> bool {
    env::args().any(|argument| argument == "--bench")
}

/// Whether rows are asked for.
pub fn are_wanted() -> bool {
    env::var_os(FOLDER).is_some()
}

/// The rows of one file.
#[derive(Debug)]
pub struct Rows {
    file: &'static str,
    text: String,
}

impl Rows {
    /// A file of that name, with its columns.
    pub fn new(file: &'static str, columns: &[&str]) -> Self {
        Self {
            file,
            text: columns.join(",") + "\n",
        }
    }

    /// Adds a row. Values hold no comma, quote or line break.
    pub fn add(&mut self, values: &[&dyn Display]) {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        self.text += &(values.join(",") + "\n");
    }

    /// Writes the file, in place of an older one, if rows are asked for.
    ///
    /// # Panics
    ///
    /// When it can't be written.
    pub fn write(self) {
        let Some(folder) = env::var_os(FOLDER) else {
            return;
        };
        let folder = PathBuf::from(folder);
        fs::create_dir_all(&folder).expect("the folder of the rows can be made");
        fs::write(folder.join(self.file), self.text).expect("the rows can be written");
    }
}
