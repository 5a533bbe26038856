//! The queue's limits: how many wait, how long they wait, and for whom.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

fn one_worker(mode: Mode) -> Launch {
    Launch::under(mode, "queueing").args(["--workers", "1"])
}

/// The numbers of requests that were refused because the queue was full, and because they waited too long, as the log
/// tells them once `count` are told of; and the number of records.
fn told_refusals(server: &Server, count: u64) -> (u64, u64, usize) {
    eventually("the log tells of refusals", || {
        let stderr = server.stderr();
        let records = stderr
            .lines()
            .filter(|line| line.contains("refused with 503"));
        let records: Vec<_> = records.collect();
        let sum = |name: &str| {
            let numbers = records.iter().map(|record| {
                let number = record.split(name).nth(1).expect("the field is there");
                let digits = number.trim_start_matches('=').split(' ').next();
                digits
                    .and_then(|digits| digits.parse::<u64>().ok())
                    .expect("a number")
            });
            numbers.sum::<u64>()
        };
        let (full, waited) = (sum("queue_full"), sum("waited_too_long"));
        (full + waited >= count).then_some((full, waited, records.len()))
    })
}

/// A request that holds the one worker; comes back when the worker has it.
fn occupy(server: &Server, milliseconds: u32) -> Connection {
    let mut connection = server.connect();
    connection.send(Call::get(&format!("/slow/{milliseconds}/first")).bytes());
    std::thread::sleep(Duration::from_millis(300));
    connection
}

fn send(server: &Server, mark: &str) -> Connection {
    let mut connection = server.connect();
    connection.send(Call::get(&format!("/slow/1/{mark}")).bytes());
    connection
}

/// A depth of one: of what comes while the worker is busy, one waits and the others are refused at once.
pub(crate) fn refuses_at_once_when_full(mode: Mode) {
    let server = one_worker(mode).args(["--queue-depth", "1"]).start();
    let start = Instant::now();
    let mut first = occupy(&server, 2500);
    let mut waiting = send(&server, "waiting");
    std::thread::sleep(Duration::from_millis(200));
    for number in 0..5 {
        let refused = send(&server, &format!("refused-{number}"))
            .read()
            .expect(503);
        let seconds: u32 = refused
            .header("retry-after")
            .and_then(|value| value.parse().ok())
            .expect("seconds");
        assert!(seconds >= 1);
        assert_eq!(refused.header("server"), Some("coachwhip"));
    }
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "refused at once, not after {:?}",
        start.elapsed()
    );
    assert_eq!(first.read().expect(200).text(), "first");
    assert_eq!(waiting.read().expect(200).text(), "waiting");
    assert_eq!(
        server.get("/ran").expect(200).json(),
        json!(["first", "waiting"]),
        "what was refused did not run"
    );
    let (full, waited, records) = told_refusals(&server, 5);
    assert_eq!((full, waited), (5, 0));
    assert!(records < 5, "{records} records for 5 refusals at once");
}

pub(crate) fn refuses_what_waited_too_long(mode: Mode) {
    let server = one_worker(mode).args(["--queue-timeout", "1"]).start();
    let start = Instant::now();
    let mut first = occupy(&server, 3000);
    let refused = send(&server, "late").read().expect(503);
    let took = start.elapsed();
    assert!(refused.header("retry-after").is_some());
    assert!(
        took >= Duration::from_secs(1) && took < Duration::from_millis(2800),
        "refused after {took:?}"
    );
    assert_eq!(first.read().expect(200).text(), "first");
    assert_eq!(
        server.get("/ran").expect(200).json(),
        json!(["first"]),
        "what was refused did not run"
    );
    assert_eq!(told_refusals(&server, 1), (0, 1, 1));
}

pub(crate) fn drops_the_request_of_a_client_that_left(mode: Mode) {
    drops_what_nobody_waits_for(&one_worker(mode).start());
}

/// The route was fast so far: whoever decides by that where a request goes is wrong about the next one.
pub(crate) fn drops_it_after_thousands_that_were_fast(mode: Mode) {
    let server = one_worker(mode).start();
    let mut connection = server.connect();
    let batch = Call::get("/slow/0/unmarked").bytes().repeat(50);
    for _ in 0..60 {
        connection.send(&batch);
        for _ in 0..50 {
            connection.read().expect(200);
        }
    }
    drops_what_nobody_waits_for(&server);
}

/// The end of a client's bytes is all that can be seen of one that leaves, so one that still reads counts as gone, too.
pub(crate) fn drops_the_request_of_a_client_that_half_closed(mode: Mode) {
    let server = one_worker(mode).start();
    let mut first = occupy(&server, 1500);
    let (mut stays, half_closed) = (send(&server, "stays"), send(&server, "half-closed"));
    let mut half_closed = half_closed;
    half_closed.end();
    assert!(half_closed.is_closed(), "without an answer");
    assert_eq!(first.read().expect(200).text(), "first");
    assert_eq!(stays.read().expect(200).text(), "stays");
    let ran = server.get("/ran").expect(200).json();
    assert_eq!(ran, json!(["first", "stays"]));
    // One that runs is not stopped; its answer has nobody to go to.
    let mut runs = occupy(&server, 1000);
    runs.end();
    assert!(runs.is_closed(), "without an answer");
    let ran = server.get("/ran").expect(200).json();
    assert_eq!(ran, json!(["first", "stays", "first"]));
    // What is answered without a worker is answered before anybody looks.
    let mut connection = server.connect();
    connection.send(Call::get("/nowhere").bytes());
    connection.end();
    connection.read().expect(404);
    assert!(connection.is_closed());
}

fn drops_what_nobody_waits_for(server: &Server) {
    let mut first = occupy(server, 1500);
    let (mut stays, leaves) = (send(server, "stays"), send(server, "leaves"));
    std::thread::sleep(Duration::from_millis(200));
    drop(leaves);
    assert_eq!(first.read().expect(200).text(), "first");
    assert_eq!(stays.read().expect(200).text(), "stays");
    eventually("a free worker", || {
        (server.get("/ran").status == 200).then_some(())
    });
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(
        server.get("/ran").expect(200).json(),
        json!(["first", "stays"]),
        "nobody waits for it, so it did not run"
    );
}
