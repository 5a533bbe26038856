//! Unix sockets: permissions, files that are in the way, and the end.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};
use tempfile::TempDir;

use crate::support::{Launch, Server};
use crate::{ask_unix, bare, fails};

/// A server on a socket, after a TCP listener whose ready line comes first.
fn listening(path: &Path) -> Launch {
    let unix = format!("unix:{}", path.display());
    bare().args(["--bind", "127.0.0.1:0", "--bind", &unix])
}

fn mode(path: &Path) -> u32 {
    let file = fs::symlink_metadata(path).expect("a file");
    assert!(file.file_type().is_socket());
    file.permissions().mode() & 0o7777
}

fn start(launch: Launch) -> Server {
    let server = launch.start();
    server.next_line();
    server
}

#[test]
fn permissions_are_as_told_whatever_the_umask() {
    for umask in ["000", "077"] {
        for (options, expected) in [
            (&[][..], 0o600),
            (&["--unix-mode", "0660"], 0o660),
            (&["--unix-mode", "777"], 0o777),
        ] {
            let folder = TempDir::new().expect("a folder");
            let path = folder.path().join("socket");
            let umask = format!("umask {umask}; exec \"$@\"");
            let launch = listening(&path).args(options);
            let _server = start(launch.through(["sh", "-c", &umask, "sh"]));
            assert_eq!(mode(&path), expected, "{umask} {options:?}");
            ask_unix(&path);
        }
    }
}

#[test]
fn a_socket_that_was_left_behind_is_replaced() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    drop(UnixListener::bind(&path).expect("a socket"));
    assert!(path.exists());
    let server = start(listening(&path));
    ask_unix(&path);
    server.stop();
    assert!(!path.exists());
}

#[test]
fn a_socket_that_is_in_use_is_left_alone() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let server = start(listening(&path));
    let name = format!("can't listen on unix:{}", path.display());
    fails(listening(&path), 1, &[&name, "in use"]);
    ask_unix(&path);
    drop(server);
    fs::remove_file(&path).expect("a killed server leaves its socket");
    let _other_kind = UnixDatagram::bind(&path).expect("a socket");
    fails(listening(&path), 1, &[&name, "in use"]);
    assert!(path.exists());
}

/// To connect in order to find out whether anybody listens would wait for somebody who accepts.
#[test]
fn a_socket_whose_backlog_is_full_is_in_use() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let address = SockAddr::unix(&path).expect("a path");
    let socket = || Socket::new(Domain::UNIX, Type::STREAM, None).expect("a socket");
    let full = socket();
    full.bind(&address).expect("a free path");
    full.listen(0).expect("a listener");
    let waiting: Vec<_> = std::iter::from_fn(|| {
        let one = socket();
        one.set_nonblocking(true).expect("a mode");
        one.connect(&address).ok().map(|()| one)
    })
    .collect();
    assert!(!waiting.is_empty());
    fails(listening(&path), 1, &["in use"]);
}

#[test]
fn what_is_in_the_way_is_named() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "kept").expect("a file");
    fails(listening(&file), 1, &["file that is no socket", "file"]);
    assert_eq!(fs::read_to_string(&file).expect("a file"), "kept");
    let missing = folder.path().join("gone/socket");
    let named = format!("no folder {}", folder.path().join("gone").display());
    fails(listening(&missing), 1, &[&named]);
    let below_a_file = file.join("socket");
    fails(listening(&below_a_file), 1, &["Not a directory"]);
}

#[test]
fn the_file_of_another_is_not_removed_at_the_end() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let server = start(listening(&path));
    fs::remove_file(&path).expect("the server's socket");
    let _other = UnixListener::bind(&path).expect("a socket in its place");
    server.stop();
    assert!(path.exists());
}

#[test]
fn the_longest_path_is_listened_on() {
    let folder = TempDir::new().expect("a folder");
    let length = folder.path().as_os_str().len();
    let path = folder.path().join("p".repeat(107 - length - 1));
    assert_eq!(path.as_os_str().len(), 107);
    let _server = start(listening(&path));
    ask_unix(&path);
}
