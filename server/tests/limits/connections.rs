//! How many connections there may be, and what one of them may ask for.

use std::collections::VecDeque;
use std::fs;
use std::thread;
use std::time::Duration;

use crate::support::{Call, Launch, Mode, Server};

/// How many connections the server has open, beside those that it listens on.
fn open(server: &Server) -> usize {
    let folder = format!("/proc/{}/fd", server.process_id());
    let links = fs::read_dir(folder).expect("a Linux /proc");
    let targets = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

pub(crate) fn are_served_up_to_the_limit(mode: Mode) {
    const LIMIT: usize = 5;
    let server = Launch::under(mode, "limits")
        .args(["--max-connections", "5", "--io-threads", "1"])
        .start();
    let before = open(&server);
    let mut open_ones: Vec<_> = (0..LIMIT).map(|_| server.connect()).collect();
    for connection in &mut open_ones {
        connection.call(&Call::get("/")).expect(200);
    }
    let mut waiting: VecDeque<_> = (0..LIMIT).map(|_| server.connect()).collect();
    for connection in &mut waiting {
        connection.send(Call::get("/").bytes());
    }
    // As one closes, one is served, in their order.
    while let Some(mut next) = waiting.pop_front() {
        assert!(!next.has_come(Duration::from_millis(100)));
        for connection in &mut open_ones {
            connection.call(&Call::get("/")).expect(200);
        }
        // One is held ready for the next place.
        assert!(open(&server) <= before + LIMIT + 1);
        open_ones.remove(0);
        next.read().expect(200);
        open_ones.push(next);
    }
}

/// Answers come in order, and what is not read yet waits in the kernel: a client that does not read fills no memory.
pub(crate) fn take_a_flood_of_requests_in_order(mode: Mode) {
    const COUNT: usize = 5_000;
    let server = Launch::under(mode, "limits").start();
    server.get("/").expect(200);
    let before = resident_kib(&server);
    let connection = server.connect();
    let mut writing = connection.share();
    let writer = thread::spawn(move || {
        let requests: Vec<u8> = (0..COUNT)
            .flat_map(|number| Call::get(&format!("/{}", "x".repeat(number % 100))).bytes())
            .collect();
        writing.send(requests);
    });
    thread::sleep(Duration::from_millis(500));
    let grown = resident_kib(&server) - before;
    assert!(grown < 8 * 1024, "{grown} KiB more");
    let mut connection = connection;
    for number in 0..COUNT {
        let answer = connection.read().expect(200).json();
        assert_eq!(answer[0], number % 100 + 1, "request {number}");
    }
    writer.join().expect("everything is sent");
}

fn resident_kib(server: &Server) -> i64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.process_id()));
    let status = status.expect("a Linux /proc");
    let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = size.and_then(|size| size.trim().strip_suffix(" kB"));
    size.and_then(|size| size.parse().ok())
        .expect("a size in KiB")
}
