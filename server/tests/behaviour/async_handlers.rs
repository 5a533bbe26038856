//! Async handlers: one event loop a worker, fed from the same queue as the sync ones.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::server::shared;
use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

fn one_worker(mode: Mode) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", "1", "--queue-depth", "1000", "--debug"])
        .start()
}

/// Sends `call` on as many new connections as asked.
fn send_on(server: &Server, count: usize, call: &Call) -> Vec<Connection> {
    let mut connections: Vec<_> = (0..count).map(|_| server.connect()).collect();
    for connection in &mut connections {
        connection.send(call.bytes());
    }
    connections
}

pub(crate) fn echo(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for length in [0, 1, 1000, 100_000] {
        let body = vec![b'x'; length];
        let call = Call::post("/async/echo", &body).header("Content-Type", "text/x-test");
        let answer = connection.call(&call).expect(200);
        assert_eq!(answer.header("content-type"), Some("text/x-test"));
        assert_eq!(answer.body, body);
    }
}

pub(crate) fn take_path_parameters(mode: Mode) {
    let server = shared(mode);
    assert_eq!(
        server.get("/async/users/7").expect(200).json(),
        json!({"id": 7})
    );
    server.get("/async/users/seven").expect(404);
    assert_eq!(
        server.get("/async/argumentless").expect(200).text(),
        "nothing"
    );
}

pub(crate) fn answer_without_awaiting(mode: Mode) {
    let server = shared(mode);
    let mut connection = server.connect();
    for _ in 0..50 {
        assert_eq!(
            connection
                .call(&Call::get("/async/at-once"))
                .expect(200)
                .text(),
            "without a single await"
        );
    }
}

/// 200 sleeps of 0.3 s in one worker take the time of one, not of 200.
pub(crate) fn sleep_at_the_same_time(mode: Mode) {
    let server = one_worker(mode);
    server.get("/async/sleep/1").expect(200);
    let start = Instant::now();
    for mut connection in send_on(&server, 200, &Call::get("/async/sleep/300")) {
        assert_eq!(connection.read().expect(200).text(), "300");
    }
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_millis(1500),
        "200 sleeps took {took:?}"
    );
}

pub(crate) fn let_sync_handlers_run_between(mode: Mode) {
    let server = one_worker(mode);
    let mut sleeping = send_on(&server, 5, &Call::get("/async/sleep/1500"));
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    assert_eq!(server.get("/value/int").expect(200).text(), "42");
    assert_eq!(server.get("/async/at-once").expect(200).status, 200);
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "a sync handler waited {:?}",
        start.elapsed()
    );
    server.get("/sync/sleep/200").expect(200);
    for connection in &mut sleeping {
        connection.read().expect(200);
    }
}

/// A task that a handler leaves behind goes on after the answer, and without any request that would wake the worker.
pub(crate) fn keep_background_tasks(mode: Mode) {
    let server = one_worker(mode);
    server
        .call(&Call::post("/async/background/first", ""))
        .expect(202);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(
        server.get("/async/finished").expect(200).json(),
        json!(["first"])
    );
    server
        .call(&Call::post("/async/background/second", ""))
        .expect(202);
    eventually("the second background task", || {
        (server.get("/async/finished").json() == json!(["first", "second"])).then_some(())
    });
}

pub(crate) fn answer_http_errors(mode: Mode) {
    let answer = shared(mode).get("/async/error").expect(404);
    assert!(answer.text().contains("not in here"), "{}", answer.text());
}

pub(crate) fn share_one_loop_a_worker(mode: Mode) {
    let server = shared(mode);
    let mut loops: BTreeMap<String, Value> = BTreeMap::new();
    for mut connection in send_on(&server, 40, &Call::get("/async/loop")) {
        let told = connection.read().expect(200).json();
        let known = loops
            .entry(told[0].to_string())
            .or_insert_with(|| told.clone());
        assert_eq!(*known, told, "a worker has one loop and one interpreter");
    }
    assert!(loops.len() <= 2, "two workers: {loops:?}");
}

pub(crate) fn use_asyncio(mode: Mode) {
    let server = shared(mode);
    assert_eq!(
        server.get("/async/gather").expect(200).json(),
        json!([0, 1, 2, 3, 4])
    );
    assert_eq!(server.get("/async/timeout").expect(200).text(), "timed out");
    assert_eq!(
        server.get("/async/to-thread").expect(200).text(),
        "from a thread"
    );
}

pub(crate) fn have_a_context_each(mode: Mode) {
    let server = shared(mode);
    let mut connections: Vec<_> = (0..10).map(|_| server.connect()).collect();
    for (number, connection) in connections.iter_mut().enumerate() {
        connection.send(Call::get(&format!("/async/context/name-{number}")).bytes());
    }
    for (number, connection) in connections.iter_mut().enumerate() {
        assert_eq!(
            connection.read().expect(200).json(),
            json!(["nobody's", format!("name-{number}")])
        );
    }
}

/// `SystemExit` of a task ends a round of asyncio's loop early: what else was due in it must not be lost, or wait.
pub(crate) fn let_a_task_exit_while_others_run(mode: Mode) {
    let server = one_worker(mode);
    let mut exits = send_on(&server, 1, &Call::get("/async/exits-late"));
    std::thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    let mut others = send_on(&server, 5, &Call::get("/async/sleep/50"));
    exits[0].read().expect(500);
    for other in &mut others {
        other.read().expect(200);
    }
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    server.get("/async/sleep/1").expect(200);
}
