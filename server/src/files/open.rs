//! Opening a file without being surprised by what it is.
//!
//! What a path names is first opened as a mere reference (`O_PATH`), which neither waits for the other end of a pipe nor
//! touches a device. The kernel says through `/proc/self/fd` what was found and where; only that, if it is a regular
//! file, is opened for reading. So nothing that changes meanwhile can slip in.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A regular file, opened for reading.
#[derive(Debug)]
pub struct Opened {
    pub(super) file: File,
    /// The path that it was asked for by; its end says what the content is.
    pub(super) path: PathBuf,
    pub(super) about: About,
}

/// What is told of a file, as it was when it was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// In bytes.
    pub(super) length: u64,
    /// When it was last changed, if HTTP has a date for it.
    pub(super) modified: Option<SystemTime>,
    /// What no other version of it has.
    pub(super) identity: Identity,
    /// When it was opened.
    pub(super) seen: SystemTime,
}

/// Where a file lies, and when it was written; the times in seconds and nanoseconds.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) inode: u64,
    /// By the kernel (ctime).
    pub(super) changed: (i64, i64),
    /// By whoever set that last (mtime).
    pub(super) modified: (i64, i64),
}

/// What stands at a path below a directory.
#[derive(Debug)]
pub(super) enum Below {
    File(Opened),
    Directory,
}

/// The first moment after the last that an HTTP date can name, since the epoch: the year 10000.
const DATES_END: Duration = Duration::from_hours(70_389_528);

/// Opens the regular file at `path`, wherever symbolic links lead.
///
/// # Threads
///
/// Blocks for as long as the file system does.
///
/// # Errors
///
/// Those of the file system; [`io::ErrorKind::IsADirectory`], and [`io::ErrorKind::PermissionDenied`] for what is no
/// regular file.
pub fn open(path: PathBuf) -> io::Result<Opened> {
    match Reference::to(&path)?.open(path)? {
        Below::File(opened) => Ok(opened),
        Below::Directory => Err(io::ErrorKind::IsADirectory.into()),
    }
}

/// Opens what is at `relative`, of plain names only, below `root`; symbolic links may not lead out of it.
///
/// `root` is looked up anew each time, so that a directory may be replaced as a whole.
///
/// # Errors
///
/// As [`open`]; [`io::ErrorKind::PermissionDenied`] also for what is elsewhere.
pub(super) fn open_below(root: &Path, relative: &Path) -> io::Result<Below> {
    let root = Reference::to(root)?.place()?;
    let path = root.join(relative);
    let reference = Reference::to(&path)?;
    if !reference.place()?.starts_with(&root) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    reference.open(path)
}

/// Something in the file system, found but not opened.
struct Reference(File);

impl Reference {
    fn to(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(libc::O_PATH);
        options.open(path).map(Self)
    }

    /// The kernel's link to it.
    fn link(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }

    /// Where it is: absolute, without symbolic links.
    fn place(&self) -> io::Result<PathBuf> {
        fs::read_link(self.link())
    }

    /// Opens it, if it is a regular file; `path` is what it was found by.
    fn open(&self, path: PathBuf) -> io::Result<Below> {
        let kind = self.0.metadata()?.file_type();
        if kind.is_dir() {
            return Ok(Below::Directory);
        }
        if !kind.is_file() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let file = File::open(self.link())?;
        let seen = SystemTime::now();
        let about = About::of(&file.metadata()?, seen);
        Ok(Below::File(Opened { file, path, about }))
    }
}

impl About {
    fn of(metadata: &Metadata, seen: SystemTime) -> Self {
        let has_date = |time: &SystemTime| {
            let since = time.duration_since(SystemTime::UNIX_EPOCH);
            since.is_ok_and(|since| since < DATES_END)
        };
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok().filter(has_date),
            identity: Identity {
                inode: metadata.ino(),
                changed: (metadata.ctime(), metadata.ctime_nsec()),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
            },
            seen,
        }
    }
}
