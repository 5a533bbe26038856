//! How long things take. The tests decide how long, and measure it beside the server: what it says lies in between.

use std::time::Instant;

use crate::admin::client::Admin;
use crate::admin::gates::Gates;
use crate::admin::scrape::Scrape;
use crate::support::{Call, Connection, Mode, Server, Strategy};

fn send(server: &Server, path: &str) -> Connection {
    let mut connection = server.connect();
    connection.send(Call::get(path).bytes());
    connection
}

/// That one duration more than in `before` is in a histogram, and took from `least` to `most` seconds.
#[track_caller]
fn one_took(before: &Scrape, after: &Scrape, name: &str, (least, most): (f64, f64)) {
    let more = |part: &str| {
        let name = format!("{name}_{part}");
        after.sum(&name, &[]) - before.sum(&name, &[])
    };
    assert!((more("count") - 1.0).abs() < 1e-9, "{name}: one more");
    let took = more("sum");
    assert!(
        took >= least && took <= most,
        "{name}: {took} s is not from {least} to {most} s"
    );
    let within = |seconds: f64| after.within(name, seconds) - before.within(name, seconds);
    assert!((within(most) - 1.0).abs() < 1e-9, "{name}: in time");
    // The bound below `least`: it is rounded up by a factor of two at most.
    assert!(
        within(least / 2.0 - 1e-9).abs() < 1e-9,
        "{name}: not before {least} s"
    );
}

pub(crate) fn a_slow_handler_is_in_its_bucket(mode: Mode) {
    let gates = Gates::new();
    let server = gates.app(mode).args(["--workers", "1"]).start();
    let admin = Admin::of(&server);
    let before = admin.scrape();
    let sent = Instant::now();
    let mut slow = send(&server, "/gate/first");
    let status = admin.doing("running", 1);
    assert_eq!(status["workers"][0]["route"], "GET /gate/{name}");
    assert_eq!(status["workers"][0]["under_way"], 1);
    let seen = Instant::now();
    let busy_before = admin.scrape().sum("worker_busy_seconds_total", &[]);
    std::thread::sleep(std::time::Duration::from_millis(30));
    let busy = admin.scrape().sum("worker_busy_seconds_total", &[]);
    assert!(busy - busy_before >= 0.03, "what runs is counted already");
    let least = seen.elapsed().as_secs_f64();
    gates.open("first");
    slow.read().expect(200);
    let after = admin.reaches("handler_run_seconds_count", &[], 1.0);
    let most = sent.elapsed().as_secs_f64();
    one_took(&before, &after, "handler_run_seconds", (least, most));
    let busy = admin.doing("idle", 1)["workers"][0]["busy_seconds"].as_f64();
    let busy = busy.expect("a number");
    assert!(busy >= least && busy <= most, "{busy} s");
}

pub(crate) fn a_request_that_waits_is_in_its_bucket(mode: Mode) {
    let gates = Gates::new();
    let server = gates.app(mode).args(["--workers", "1"]).start();
    let admin = Admin::of(&server);
    let mut first = send(&server, "/gate/first");
    admin.doing("running", 1);
    let before = admin.scrape();
    let sent = Instant::now();
    let mut waiting = send(&server, "/plain");
    admin.reaches("queue_depth", &[], 1.0);
    assert_eq!(admin.status()["queue"]["waiting"], 1);
    let seen = Instant::now();
    std::thread::sleep(std::time::Duration::from_millis(30));
    let least = seen.elapsed().as_secs_f64();
    gates.open("first");
    first.read().expect(200);
    waiting.read().expect(200);
    let after = admin.reaches("queue_wait_seconds_count", &[], 2.0);
    let most = sent.elapsed().as_secs_f64();
    one_took(&before, &after, "queue_wait_seconds", (least, most));
    admin.reaches("queue_depth", &[], 0.0);
}

/// Its worker does other things meanwhile, but the request is under way until then.
pub(crate) fn a_coroutine_runs_until_its_answer(mode: Mode) {
    let gates = Gates::new();
    let server = gates.app(mode).args(["--workers", "1"]).start();
    let admin = Admin::of(&server);
    let before = admin.scrape();
    let sent = Instant::now();
    let mut slow = send(&server, "/async-gate/first");
    let status = admin.doing("waiting", 1);
    assert_eq!(status["workers"][0]["under_way"], 1);
    let seen = Instant::now();
    std::thread::sleep(std::time::Duration::from_millis(30));
    let least = seen.elapsed().as_secs_f64();
    gates.open("first");
    slow.read().expect(200);
    let after = admin.reaches("handler_run_seconds_count", &[], 1.0);
    let most = sent.elapsed().as_secs_f64();
    one_took(&before, &after, "handler_run_seconds", (least, most));
    admin.reaches("requests_under_way", &[], 0.0);
}

/// A handler that computes keeps the GIL for 5 ms once another thread asks for it; the other worker waits for it so long.
pub(crate) fn waiting_for_the_gil_is_timed(mode: Mode) {
    let gates = Gates::new();
    let server = gates.app(mode).args(["--workers", "2"]).start();
    let admin = Admin::of(&server);
    let mut spinning = send(&server, "/spin/first");
    admin.doing("running", 1);
    let before = admin.scrape();
    for _ in 0..3 {
        server.get("/plain").expect(200);
    }
    let after = admin.scrape();
    let waits =
        after.sum("gil_wait_seconds_count", &[]) - before.sum("gil_wait_seconds_count", &[]);
    let waited = after.sum("gil_wait_seconds_sum", &[]) - before.sum("gil_wait_seconds_sum", &[]);
    assert!(waits >= 1.0, "{waits} waits");
    if mode.strategy == Strategy::Main {
        assert!(waited >= 0.002, "{waited} s");
    }
    gates.open("first");
    spinning.read().expect(200);
}
