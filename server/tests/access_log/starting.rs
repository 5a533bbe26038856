//! A log that can't be written to is said at the start.

use std::fs;

use rustix::fs::{CWD, FileType, Mode as Permissions, mknodat};
use rustix::process::Signal;

use crate::Folder;
use crate::support::{Ended, Launch, eventually};

#[test]
fn a_log_that_cannot_be_opened_exits_1_with_its_name() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).expect("a folder");
    mknodat(
        CWD,
        folder.path("pipe"),
        FileType::Fifo,
        Permissions::from_raw_mode(0o600),
        0,
    )
    .expect("a pipe");
    for (name, cause) in [
        ("absent/access.log", "No such file or directory"),
        ("folder", "Is a directory"),
        ("pipe", "nobody reads that pipe"),
    ] {
        let path = folder.path(name);
        let path = path.to_str().expect("UTF-8");
        let Ended {
            code,
            stdout,
            stderr,
        } = Launch::app("access_log").args(["--access-log", path]).run();
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        let message = format!("coachwhip: can't write the access log to {path}: {cause}");
        assert!(stderr.contains(&message), "no {message:?} in {stderr}");
    }
}

/// And stays there, whatever the application makes of the working directory.
#[test]
fn a_relative_name_begins_where_the_server_is_started() {
    let folder = Folder::new();
    let launch = Launch::app("access_log").directory(folder.path("."));
    let server = launch.args(["--access-log", "access.log"]).start();
    assert_eq!(server.get("/leave").expect(200).text(), "/");
    folder.await_lines(1);
    fs::rename(folder.path("access.log"), folder.path("renamed")).expect("renamed");
    server.signal(Signal::HUP);
    eventually("it is told", || {
        server
            .stderr()
            .contains("SIGHUP: the access log")
            .then_some(())
    });
    server.get("/").expect(200);
    server.stop();
    assert_eq!(folder.lines().len(), 1);
}
