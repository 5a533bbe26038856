//! The file system of the file service: one file, already open.

use std::fs::File;
use std::future::{Ready, ready};
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::SystemTime;

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs;

use super::open::About;

/// Gives the one file for every path; it can be opened once.
#[derive(Clone, Debug)]
pub(super) struct OneFile {
    pub(super) about: About,
    file: Arc<Mutex<Option<File>>>,
}

impl OneFile {
    pub(super) fn new(file: File, about: About) -> Self {
        Self {
            about,
            file: Arc::new(Mutex::new(Some(file))),
        }
    }
}

impl fs::Backend for OneFile {
    type File = Reading;
    type Metadata = About;
    type OpenFuture = Ready<io::Result<Reading>>;
    type MetadataFuture = Ready<io::Result<About>>;

    fn open(&self, _path: PathBuf) -> Self::OpenFuture {
        let file = self
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let reading = file.map(|file| Reading {
            file: tokio::fs::File::from_std(file),
            about: self.about,
        });
        ready(reading.ok_or_else(|| io::ErrorKind::NotFound.into()))
    }

    fn metadata(&self, _path: PathBuf) -> Self::MetadataFuture {
        ready(Ok(self.about))
    }
}

impl fs::Metadata for About {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        // What the service makes of it is not sent.
        Ok(SystemTime::UNIX_EPOCH)
    }

    fn len(&self) -> u64 {
        self.length
    }
}

/// The file while it is sent.
#[derive(Debug)]
pub(super) struct Reading {
    file: tokio::fs::File,
    about: About,
}

impl fs::File for Reading {
    type Metadata = About;
    type MetadataFuture<'a> = Ready<io::Result<About>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.about))
    }
}

impl AsyncRead for Reading {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.file).poll_read(context, buffer)
    }
}

impl AsyncSeek for Reading {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.file).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.file).poll_complete(context)
    }
}
