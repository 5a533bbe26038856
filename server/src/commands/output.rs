//! A file that a command leaves behind: whole, or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why a file can't be written: the operator's or the machine's fault.
#[derive(Debug, thiserror::Error)]
#[error("can't write {}: {error}", path.display())]
pub struct OutputError {
    path: PathBuf,
    error: io::Error,
}

/// A place that can be written to.
#[derive(Debug)]
pub(super) struct Output {
    place: PathBuf,
    /// Where it is written before it is renamed.
    draft: PathBuf,
}

impl Output {
    /// The file at `path`, which is there or not. Tries whether it can be written.
    ///
    /// # Errors
    ///
    /// What the system says, and for a path that is something else than a file.
    pub(super) fn at(path: &Path) -> Result<Self, OutputError> {
        let refused = |error| OutputError {
            path: path.to_owned(),
            error,
        };
        // A link stays one: the file that it leads to is replaced.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let is_other = fs::metadata(&place).is_ok_and(|there| !there.is_file());
        let (Some(name), false) = (place.file_name(), is_other) else {
            return Err(refused(io::Error::other("that is no file")));
        };
        let mut draft = OsString::from(".");
        draft.push(name);
        draft.push(format!(".{}", std::process::id()));
        let draft = place.with_file_name(draft);
        File::create_new(&draft)
            .and_then(|_file| fs::remove_file(&draft))
            .map_err(refused)?;
        Ok(Self { place, draft })
    }

    /// Puts `text` there, in place of what was there.
    ///
    /// # Errors
    ///
    /// What the system says; what was there is there still.
    pub(super) fn write(self, text: &str) -> Result<(), OutputError> {
        let write = || {
            let mut file = File::create_new(&self.draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&self.draft, &self.place)
        };
        write().map_err(|error| {
            let _ = fs::remove_file(&self.draft);
            OutputError {
                path: self.place.clone(),
                error,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("told.json");
        for text in ["a longer text", "a text"] {
            let output = Output::at(&path).unwrap();
            output.write(text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["told.json"]);
    }

    #[test]
    fn what_can_not_be_written_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("told.json");
        let output = Output::at(&path).unwrap();
        assert!(names(folder.path()).is_empty());
        fs::create_dir(&path).unwrap();
        assert!(output.write("a text").is_err());
        assert_eq!(names(folder.path()), ["told.json"]);
    }

    #[test]
    fn a_link_leads_to_the_file_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, "before").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        Output::at(&link).unwrap().write("after").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "after");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/dev/null"), Path::new("/")] {
            assert!(Output::at(path).is_err(), "{}", path.display());
        }
        assert!(Output::at(&folder.path().join("absent/told.json")).is_err());
    }
}
