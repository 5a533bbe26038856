//! The queue's limits: how many wait, how long they wait, and for whom.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

fn one_worker(mode: Mode) -> Launch {
    Launch::under(mode, "queueing").args(["--workers", "1"])
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
