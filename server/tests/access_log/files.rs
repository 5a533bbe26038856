//! Where the lines go: a file that is appended to and may be exchanged, or standard error.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::Signal;

use crate::support::{Call, Connection, Launch, Mode, PATIENCE, Server, eventually};
use crate::{Folder, lines_of, object, told_lost, without_time};

pub(crate) fn are_appended_to(mode: Mode) {
    let folder = Folder::new();
    for count in 1..=2 {
        let server = folder.launch(mode).start();
        server.get("/").expect(200);
        let ended = server.stop();
        assert_eq!(
            ended.stdout, "",
            "the ready line is all that stdout ever holds"
        );
        assert_eq!(folder.lines().len(), count);
    }
    let file = fs::metadata(folder.path("access.log")).expect("the log");
    assert_eq!(file.permissions().mode() & 0o137, 0, "not for everybody");
}

/// Ends the load when it is dropped, a test that fails included.
struct Ends<'g>(&'g AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Calls `/?THREAD-NUMBER` on one connection after the other while `goes_on`; how often it was answered.
fn load(server: &Server, thread: usize, goes_on: &AtomicBool) -> usize {
    let mut answered = 0;
    while goes_on.load(Ordering::Relaxed)
        && let Ok(mut connection) = Connection::try_open(server)
    {
        while goes_on.load(Ordering::Relaxed) {
            let sent = connection.try_send(Call::get(&format!("/?{thread}-{answered}")).bytes());
            match sent.and_then(|()| connection.try_read()) {
                Ok(Some(answer)) => {
                    let closes = answer.header("connection") == Some("close");
                    answer.expect(200);
                    answered += 1;
                    if closes {
                        break;
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
    }
    answered
}

/// How often each target is in the lines; fails for one that is no whole line.
fn targets(lines: &[String]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        let line = without_time(line);
        let target = line.strip_prefix("127.0.0.1 - - [TIME] \"GET /?");
        let target = target.and_then(|rest| rest.strip_suffix(" HTTP/1.1\" 200 5 \"-\" \"-\""));
        *counts
            .entry(target.unwrap_or_else(|| panic!("{line}")).to_owned())
            .or_default() += 1;
    }
    counts
}

/// Each of `answered`, which threads have counted, has one line.
fn are_all_there(lines: &[String], answered: &[usize]) {
    let counts = targets(lines);
    assert!(
        counts.values().all(|count| *count == 1),
        "a line is there twice"
    );
    for (thread, answered) in answered.iter().enumerate() {
        for number in 0..*answered {
            assert!(
                counts.contains_key(&format!("{thread}-{number}")),
                "{thread}-{number} is missing"
            );
        }
    }
    assert_eq!(
        counts.len(),
        answered.iter().sum::<usize>(),
        "lines of what was not answered"
    );
}

/// As logrotate does: rename, tell the server, look at the renamed file.
pub(crate) fn are_opened_anew_on_sighup(mode: Mode) {
    const RENAMES: usize = 5;
    let folder = Folder::new();
    let server = folder.launch(mode).start();
    let goes_on = AtomicBool::new(true);
    let answered: Vec<usize> = thread::scope(|scope| {
        let (server, goes_on) = (&server, &goes_on);
        let _ends = Ends(goes_on);
        let threads: Vec<_> = (0..2)
            .map(|thread| scope.spawn(move || load(server, thread, goes_on)))
            .collect();
        for number in 0..RENAMES {
            eventually("a line", || (!folder.lines().is_empty()).then_some(()));
            fs::rename(
                folder.path("access.log"),
                folder.path(&format!("access.log.{number}")),
            )
            .expect("renamed");
            server.signal(Signal::HUP);
            eventually("the file is opened anew", || {
                folder.path("access.log").exists().then_some(())
            });
        }
        eventually("a last line", || (!folder.lines().is_empty()).then_some(()));
        goes_on.store(false, Ordering::Relaxed);
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let ended = server.stop();
    assert_eq!(
        ended
            .stderr
            .matches("SIGHUP: the access log read anew")
            .count(),
        RENAMES,
        "{}",
        ended.stderr
    );
    assert_eq!(told_lost(&ended.stderr), 0, "{}", ended.stderr);
    let mut lines = folder.lines();
    for number in 0..RENAMES {
        lines.extend(lines_of(
            &fs::read(folder.path(&format!("access.log.{number}"))).expect("a renamed file"),
        ));
    }
    are_all_there(&lines, &answered);
}

pub(crate) fn have_every_line_of_a_server_that_ends_under_load(mode: Mode) {
    let folder = Folder::new();
    let server = folder.launch(mode).start();
    let goes_on = AtomicBool::new(true);
    let answered: Vec<usize> = thread::scope(|scope| {
        let (server, goes_on) = (&server, &goes_on);
        let _ends = Ends(goes_on);
        let threads: Vec<_> = (0..4)
            .map(|thread| scope.spawn(move || load(server, thread, goes_on)))
            .collect();
        eventually("load", || (folder.lines().len() > 100).then_some(()));
        server.signal(Signal::TERM);
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let ended = server.ended(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(told_lost(&ended.stderr), 0, "{}", ended.stderr);
    are_all_there(&folder.lines(), &answered);
}

pub(crate) fn may_be_standard_error(mode: Mode) {
    let launch = Launch::under(mode, "access_log").args(["--access-log", "-"]);
    let launch = launch.args(["--access-log-format", "json"]);
    let server = launch.start();
    server.get("/").expect(200);
    let ended = server.stop();
    assert_eq!(
        ended.stdout, "",
        "the ready line is all that stdout ever holds"
    );
    let lines: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .collect();
    assert_eq!(lines.len(), 1, "{}", ended.stderr);
    assert_eq!(object(lines[0])["target"], "/");
}
