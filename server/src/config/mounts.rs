//! The tables `[[static]]`: which directory's files are served below which path.
//!
//! They stand in the file alone, because neither an option nor a variable holds pairs. How they are served is said in
//! `docs/operations.md`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use http::HeaderValue;

use super::error::Error;
use super::given::{Given, Origin};
use super::layers::directory;
use super::shape::string;

/// The name of the tables.
pub(super) const TABLE: &str = "static";

/// The keys of each; it must have the first two.
pub(super) const KEYS: [&str; 3] = ["mount", "dir", "cache_control"];

/// What a mount may be, to stand after "expected".
const ALLOWED_MOUNT: &str = "a path that begins with / and has no empty, . or .. segment and none of { } % ? # \\, \
                             such as \"/assets\"";

/// What a directory may be, to stand after "expected".
const ALLOWED_DIRECTORY: &str = "a directory that exists";

/// What is said to caches, to stand after "expected".
const ALLOWED_CACHE_CONTROL: &str = "the value of a header field, such as \"max-age=3600\"";

/// One `[[static]]`, checked.
#[derive(Clone, Debug)]
pub struct StaticMount {
    /// The path below which the files are, percent-decoded: `/` itself, or without a slash at its end.
    pub mount: String,
    /// Their directory: it existed at start-up, absolute.
    pub dir: PathBuf,
    /// The `Cache-Control` of its files, if they have one.
    pub cache_control: Option<HeaderValue>,
    /// Where the table stands, for messages.
    pub origin: Origin,
}

/// Two are the same wherever they stand.
impl PartialEq for StaticMount {
    fn eq(&self, other: &Self) -> bool {
        (&self.mount, &self.dir, &self.cache_control)
            == (&other.mount, &other.dir, &other.cache_control)
    }
}

/// One `[[static]]` as the file has it.
#[derive(Debug)]
pub(super) struct MountTable {
    /// Its first line.
    pub(super) origin: Origin,
    /// The values of [`KEYS`].
    pub(super) values: [Option<Given>; KEYS.len()],
}

/// The mounts that the tables describe.
///
/// # Errors
///
/// [`Error::Refused`] and [`Error::MissingKey`].
pub(super) fn check(
    tables: &[MountTable],
    working_directory: &Path,
) -> Result<Vec<StaticMount>, Error> {
    let mut mounts: Vec<StaticMount> = Vec::new();
    for table in tables {
        let (mount, dir) = (table.given(0)?, table.given(1)?);
        let path = mount.text().and_then(mount_path);
        let path = path.ok_or_else(|| refuse(KEYS[0], mount, ALLOWED_MOUNT))?;
        if let Some(other) = mounts.iter().find(|other| other.mount == path) {
            let allowed = format!("a mount of its own: {} has the same", other.origin);
            return Err(refuse(KEYS[0], mount, &allowed));
        }
        let absolute = dir
            .text()
            .filter(|text| !text.is_empty())
            .and_then(|text| directory(working_directory, text.into()));
        mounts.push(StaticMount {
            mount: path,
            dir: absolute.ok_or_else(|| refuse(KEYS[1], dir, ALLOWED_DIRECTORY))?,
            cache_control: table.cache_control()?,
            origin: mount.origin.clone(),
        });
    }
    Ok(mounts)
}

impl MountTable {
    fn cache_control(&self) -> Result<Option<HeaderValue>, Error> {
        let Some(given) = &self.values[2] else {
            return Ok(None);
        };
        let text = given.text().map(str::trim);
        let text = text.filter(|text| !text.is_empty() && text.is_ascii());
        let value = text.and_then(|text| HeaderValue::from_str(text).ok());
        let value = value.ok_or_else(|| refuse(KEYS[2], given, ALLOWED_CACHE_CONTROL))?;
        Ok(Some(value))
    }

    /// The value of the key at `index`, which must be there.
    fn given(&self, index: usize) -> Result<&Given, Error> {
        self.values[index]
            .as_ref()
            .ok_or_else(|| Error::MissingKey {
                origin: self.origin.clone(),
                table: format!("[[{TABLE}]]"),
                key: KEYS[index],
                example: "mount = \"/assets\" and dir = \"public\", for example",
            })
    }
}

/// A mount without a slash at its end, if it is one.
fn mount_path(text: &str) -> Option<String> {
    if text == "/" {
        return Some(text.to_owned());
    }
    let path = text.strip_suffix('/').unwrap_or(text);
    let is_plain = |segment: &str| {
        let is_odd = |letter: char| letter.is_control() || "{}%?#\\".contains(letter);
        !matches!(segment, "" | "." | "..") && !segment.contains(is_odd)
    };
    let is_path = path.strip_prefix('/')?.split('/').all(is_plain);
    is_path.then(|| path.to_owned())
}

fn refuse(key: &str, given: &Given, allowed: &str) -> Error {
    Error::Refused {
        origin: given.origin.clone(),
        key: key.to_owned(),
        value: given.written.clone(),
        allowed: allowed.to_owned(),
    }
}

/// The heading and the meaning, as comments.
const ABOUT: &str = "\
# ---- Static files ----

# Files that are served without entering Python, one table [[static]] for each directory; below [server] and all of its keys.
# mount: the path below which they are; `/` for all paths that no route has. dir: their directory.
# cache_control: the Cache-Control of these files; none is sent without it. No function of the application protects them.
";

/// The tables for a file; an example as comments where there are none.
pub(super) fn write(mounts: &[StaticMount]) -> String {
    let mut text = ABOUT.to_owned();
    if mounts.is_empty() {
        text += "# [[static]]\n# mount = \"/assets\"\n# dir = \"public\"\n# cache_control = \"max-age=3600\"\n";
    }
    for mount in mounts {
        let (path, dir) = (string(&mount.mount), string(&mount.dir.to_string_lossy()));
        let _ = write!(text, "\n[[{TABLE}]]\nmount = {path}\ndir = {dir}\n");
        if let Some(value) = &mount.cache_control {
            let value = string(value.to_str().unwrap_or_default());
            let _ = writeln!(text, "cache_control = {value}");
        }
    }
    text
}
