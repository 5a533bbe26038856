//! Unix sockets: the file, its permissions, and its end.

use std::fmt;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use socket2::{Domain, SockAddr, Socket, Type};

use super::listener::SocketOptions;

/// The permissions of a socket's file. `Display` gives four octal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnixMode(u32);

/// The text is not three or four octal digits of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMode;

impl FromStr for UnixMode {
    type Err = NoMode;

    fn from_str(text: &str) -> Result<Self, NoMode> {
        let is_octal = text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
        if !is_octal || !matches!(text.len(), 3 | 4) {
            return Err(NoMode);
        }
        let mode = u32::from_str_radix(text, 8).map_err(|_| NoMode)?;
        // Set-ID and sticky bits mean nothing on a socket.
        (mode <= 0o777).then_some(Self(mode)).ok_or(NoMode)
    }
}

impl fmt::Display for UnixMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04o}", self.0)
    }
}

/// A unix socket's file, which is removed when the server ends, unless another has taken its place by then.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path)?,
        })
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let file = fs::symlink_metadata(path)?;
    Ok((file.dev(), file.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|identity| identity == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Listens on a socket at `path`, in place of one that nobody listens on any more.
pub(super) fn listen(
    path: &Path,
    options: SocketOptions,
) -> io::Result<(UnixListener, SocketFile)> {
    make_way(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket
        .bind(&SockAddr::unix(path)?)
        .map_err(|error| explain(error, path))?;
    let file = SocketFile::of(path)?;
    // The file may have other permissions for a moment, but as long as nobody listens each connection is refused.
    fs::set_permissions(path, Permissions::from_mode(options.unix_mode.0))?;
    socket.listen(options.backlog())?;
    socket.set_nonblocking(true)?;
    Ok((OwnedFd::from(socket).into(), file))
}

/// Removes a socket that is left over from a process that ended without removing it.
fn make_way(path: &Path) -> io::Result<()> {
    let Ok(file) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !file.file_type().is_socket() {
        return Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "there is a file that is no socket",
        ));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Where more connections wait than the other process accepts, a blocking one would, too.
    probe.set_nonblocking(true)?;
    match probe.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        // Somebody listens, or it is not for us to know; binding says the rest.
        Ok(()) | Err(_) => Ok(()),
    }
}

fn explain(error: io::Error, path: &Path) -> io::Error {
    let kind = error.kind();
    if kind != ErrorKind::NotFound {
        return error;
    }
    let folder = path.parent().unwrap_or(path);
    io::Error::new(kind, format!("there is no folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_round_trip() {
        for (text, mode) in [("0600", 0o600), ("0000", 0), ("0777", 0o777)] {
            let read: UnixMode = text.parse().unwrap();
            assert_eq!((read, read.to_string().as_str()), (UnixMode(mode), text));
        }
        assert_eq!("660".parse(), Ok(UnixMode(0o660)));
    }

    #[test]
    fn modes_refuse_other_numbers() {
        for text in [
            "", "0", "60", "1000", "0800", "00600", "-600", "+600", "0o600", "rw-",
        ] {
            assert_eq!(text.parse::<UnixMode>(), Err(NoMode), "{text}");
        }
    }
}
