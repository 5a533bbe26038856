//! The thread's end of the access log: whole lines to a file that may be exchanged.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use memchr::memchr;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;

use super::losses::Losses;

/// Bytes that are collected, if there are so many, for one write.
const BATCH_BYTES: usize = 64 << 10;

/// Who may read a file that is made: its owner and group, since it says who asked for what.
const MODE: u32 = 0o640;

/// The file can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("can't write the access log to {}: {cause}", path.display())]
pub struct OpenError {
    path: PathBuf,
    cause: String,
}

/// What lines are written to.
#[derive(Debug)]
pub(super) enum Place {
    StandardError,
    File(File),
}

/// The way to exchange the file: its name, and the next one once it is open.
#[derive(Clone, Debug)]
pub(super) struct Reopening {
    path: PathBuf,
    next: Arc<Mutex<Option<File>>>,
}

impl Reopening {
    /// The file, and the way to exchange it.
    pub(super) fn open(path: PathBuf) -> Result<(Place, Self), OpenError> {
        let file = open(&path)?;
        let next = Arc::default();
        Ok((Place::File(file), Self { path, next }))
    }

    /// Opens the file that the name leads to now, for the next write.
    pub(super) fn reopen(&self) -> Result<(), OpenError> {
        let file = open(&self.path)?;
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    fn take(&self) -> Option<File> {
        self.next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// Opens for appending, without waiting: a pipe that nobody reads is an error.
fn open(path: &Path) -> Result<File, OpenError> {
    let opened = || -> io::Result<File> {
        let waits_for_nothing = OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(MODE)
            .custom_flags(waits_for_nothing.bits().cast_signed())
            .open(path)?;
        // Writing may wait: it is done by a thread that does nothing else.
        fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
        Ok(file)
    };
    opened().map_err(|error| OpenError {
        path: path.to_owned(),
        cause: if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) {
            String::from("nobody reads that pipe")
        } else {
            error.to_string()
        },
    })
}

/// Writes lines in batches. None is torn: where a file takes a part of a line, the rest is kept for when it takes more.
#[derive(Debug)]
pub(super) struct Output {
    place: Place,
    reopening: Option<Reopening>,
    losses: Arc<Losses>,
    waiting: Vec<u8>,
    /// Whether what waits begins with the rest of a line.
    is_torn: bool,
}

impl Output {
    pub(super) fn new(place: Place, reopening: Option<Reopening>, losses: Arc<Losses>) -> Self {
        Self {
            place,
            reopening,
            losses,
            waiting: Vec::with_capacity(BATCH_BYTES),
            is_torn: false,
        }
    }

    fn write_out(&mut self) {
        if let Some(file) = self.reopening.as_ref().and_then(Reopening::take) {
            self.end_torn_line();
            self.place = Place::File(file);
        }
        let (taken, outcome) = self.place.take(&self.waiting);
        self.losses.written(lines(&self.waiting[..taken]));
        let Err(error) = outcome else {
            self.waiting.clear();
            self.is_torn = false;
            return;
        };
        self.is_torn = match taken.checked_sub(1) {
            None => self.is_torn,
            Some(last) => self.waiting[last] != b'\n',
        };
        let kept_to = if self.is_torn {
            line_end(&self.waiting, taken)
        } else {
            taken
        };
        self.losses.refused(lines(&self.waiting[kept_to..]), &error);
        self.waiting.truncate(kept_to);
        self.waiting.drain(..taken);
    }

    /// Gives the file that a line was begun in its end, before another takes its place.
    fn end_torn_line(&mut self) {
        if !std::mem::take(&mut self.is_torn) {
            return;
        }
        let rest = self.waiting.drain(..line_end(&self.waiting, 0));
        match self.place.take(rest.as_slice()).1 {
            Ok(()) => self.losses.written(1),
            Err(error) => self.losses.refused(1, &error),
        }
    }
}

impl Write for Output {
    /// Takes a whole line; whether it is written is not the caller's concern.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(line);
        if self.waiting.len() >= BATCH_BYTES {
            self.write_out();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out();
        Ok(())
    }
}

impl Place {
    /// Writes as much as it takes: how many bytes, and why not all.
    fn take(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        match self {
            // Locked, so that no record of the server's log comes between.
            Self::StandardError => take(&mut io::stderr().lock(), bytes),
            Self::File(file) => take(file, bytes),
        }
    }
}

fn take(output: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut taken = 0;
    while taken < bytes.len() {
        match output.write(&bytes[taken..]) {
            Ok(0) => return (taken, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => taken += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (taken, Err(error)),
        }
    }
    (taken, Ok(()))
}

/// How many lines end in `bytes`.
fn lines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// Where the line ends that `from` is in.
fn line_end(bytes: &[u8], from: usize) -> usize {
    memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end + 1)
}
