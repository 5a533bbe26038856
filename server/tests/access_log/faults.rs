//! What takes the lines takes none, or not all of them: they are counted, and no request waits.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

use rustix::fs::{CWD, FileType, Mode as Permissions, OFlags, mknodat};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::{Call, Launch, Mode, Server, Strategy, eventually};
use crate::{Folder, lines_of, told_lost};

fn starts_with_log(mode: impl Into<Mode>, path: &str) -> Server {
    Launch::under(mode, "access_log")
        .args(["--access-log", path])
        .start()
}

/// What the admin listener on a unix socket counts as lost.
fn counted_lost(socket: &Path) -> Option<u64> {
    let mut stream = UnixStream::connect(socket).expect("an admin listener");
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: admin\r\n\r\n")
        .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let line = answer
        .lines()
        .find_map(|line| line.strip_prefix("coachwhip_access_log_dropped_total "));
    line.unwrap_or_else(|| panic!("not counted: {answer}"))
        .parse()
        .ok()
}

pub(crate) fn full_disk_holds_up_nothing(mode: Mode) {
    const COUNT: u64 = 300;
    let folder = Folder::new();
    let socket = folder.path("admin");
    let launch = Launch::under(mode, "access_log").args(["--access-log", "/dev/full", "--admin"]);
    let server = launch.args([format!("unix:{}", socket.display())]).start();
    let mut connection = server.connect();
    for _ in 0..COUNT {
        connection.call(&Call::get("/")).expect(200);
    }
    eventually("all are counted", || {
        (counted_lost(&socket)? == COUNT).then_some(())
    });
    eventually("it is told", || {
        server
            .stderr()
            .contains("records of the access log were lost")
            .then_some(())
    });
    let told = server.stderr();
    assert!(told.contains("No space left on device"), "{told}");
    let ended = server.stop();
    assert_eq!(told_lost(&ended.stderr), COUNT, "{}", ended.stderr);
    let last = ended.stderr.lines().last().expect("a log");
    assert!(last.contains("ended: every request was answered"), "{last}");
}

/// Before it would be told anyway.
pub(crate) fn full_disk_is_told_at_the_end(mode: Mode) {
    let server = starts_with_log(mode, "/dev/full");
    server.get("/").expect(200);
    let ended = server.stop();
    assert_eq!(told_lost(&ended.stderr), 1, "{}", ended.stderr);
}

/// How large a file of that server may become, in bytes.
fn limit_files(server: &Server, bytes: Option<u64>) {
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Pid::from_raw(server.process_id()), Resource::Fsize, limit)
        .expect("the server is ours");
}

/// The file takes a part of a line. The rest comes when there is room again, and what was in between is lost as a whole.
pub(crate) fn full_disk_tears_no_line(mode: Mode) {
    let folder = Folder::new();
    let server = folder.start(mode, "common");
    let length = |folder: &Folder| {
        fs::metadata(folder.path("access.log"))
            .expect("the log")
            .len()
    };
    server.get("/first").expect(404);
    folder.await_lines(1);
    let line = length(&folder);
    limit_files(&server, Some(line * 2 + line / 2));
    for number in 0..20 {
        server.get(&format!("/?{number}")).expect(200);
    }
    eventually("the file is full", || {
        (length(&folder) == line * 2 + line / 2).then_some(())
    });
    eventually("it is told", || {
        (told_lost(&server.stderr()) > 0).then_some(())
    });
    limit_files(&server, None);
    let before = folder.lines().len();
    server.get("/last").expect(404);
    let lines = eventually("the last line", || {
        Some(folder.lines()).filter(|lines| lines.last().is_some_and(|line| line.contains("/last")))
    });
    assert_eq!(
        lines.len(),
        before + 2,
        "the torn line and the last: {lines:#?}"
    );
    let ended = server.stop();
    assert!(ended.stderr.contains("File too large"), "{}", ended.stderr);
    for line in &lines {
        assert!(line.starts_with("127.0.0.1 - - ["), "{lines:#?}");
        assert!(
            line.ends_with(" HTTP/1.1\" 404 9") || line.ends_with(" HTTP/1.1\" 200 5"),
            "{lines:#?}"
        );
    }
    assert_eq!(
        lines.len() as u64 + told_lost(&ended.stderr),
        22,
        "{lines:#?}\n{}",
        ended.stderr
    );
}

/// A pipe whose reader stalls until every request is answered; then it reads what there is.
pub(crate) fn reader_that_stalls_holds_up_nothing(strategy: Strategy) {
    // More than the pipe, the batch and the channel hold.
    const COUNT: usize = 20_000;
    const AT_ONCE: usize = 200;
    let folder = Folder::new();
    let path = folder.path("pipe");
    let permissions = Permissions::from_raw_mode(0o600);
    mknodat(CWD, &path, FileType::Fifo, permissions, 0).expect("a pipe");
    let reader = fs::OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(&path)
        .expect("its reader");
    let server = starts_with_log(strategy, path.to_str().expect("UTF-8"));
    let mut connection = server.connect();
    let calls = Call::get("/nope").bytes().repeat(AT_ONCE);
    for _ in 0..COUNT / AT_ONCE {
        connection.send(&calls);
        for _ in 0..AT_ONCE {
            connection.read().expect(404);
        }
    }
    eventually("it is told", || {
        (told_lost(&server.stderr()) > 0).then_some(())
    });
    let reading = thread::spawn(move || {
        rustix::io::ioctl_fionbio(&reader, false).expect("a pipe");
        let (mut reader, mut read) = (reader, Vec::new());
        reader.read_to_end(&mut read).expect("what is in the pipe");
        read
    });
    let ended = server.stop();
    let lines = lines_of(&reading.join().expect("no panic"));
    assert!(
        lines
            .iter()
            .all(|line| line.ends_with("\"GET /nope HTTP/1.1\" 404 9 \"-\" \"-\""))
    );
    assert_eq!(
        lines.len() as u64 + told_lost(&ended.stderr),
        COUNT as u64,
        "{}",
        ended.stderr
    );
    assert!(
        lines.len() > 10_000,
        "{} lines were kept for the reader",
        lines.len()
    );
}
