//! Health from the first moment to the last, and while nothing else answers.

use std::thread;

use rustix::process::Signal;

use crate::admin::client::Admin;
use crate::admin::gates::Gates;
use crate::admin::scrape::Scrape;
use crate::support::{Call, Launch, Mode, PATIENCE, eventually};

/// Over a unix socket, whose path is known before the server has said anything.
pub(crate) fn readiness_follows_the_server(mode: Mode) {
    let gates = Gates::new();
    let path = gates.folder().join("admin.sock");
    let launch = Launch::under(mode, "admin")
        .args(["--admin", &format!("unix:{}", path.display())])
        .args(["--workers", "2"])
        .env("GATES", gates.folder())
        .env("GATED_IMPORT", "1");
    let starting = thread::spawn(|| launch.start());
    let admin = Admin::Unix(path.clone());
    let ready = eventually("the admin listener answers", || admin.ask("GET", "/readyz"));
    assert_eq!(ready.status, 503);
    assert!(ready.body.starts_with("starting"), "{}", ready.body);
    assert_eq!(ready.body.lines().count(), 1);
    assert_eq!(admin.get("/healthz").status, 200);
    let scrape = admin.scrape();
    assert!(scrape.sum("ready", &[]).abs() < 1e-9);
    eventually("the workers start", || {
        (admin.status()["strategy"] == mode.strategy.name()).then_some(())
    });
    let status = admin.status();
    assert_eq!(status["phase"], "starting");
    assert_eq!(status["workers"][0]["doing"], "starting");
    assert!(status["workers"][0]["interpreter"].is_null());
    let scrape = admin.scrape();
    assert!((scrape.sum("workers", &[("state", "starting")]) - 2.0).abs() < 1e-9);

    gates.open("import");
    let server = starting.join().expect("it gets ready");
    let ready = admin.get("/readyz");
    assert_eq!((ready.status, ready.body.as_str()), (200, "ready\n"));
    assert_eq!(admin.get("/healthz").status, 200);

    let mut slow = server.connect();
    slow.send(Call::get("/gate/first").bytes());
    admin.doing("running", 1);
    server.signal(Signal::TERM);
    let ready = eventually("it drains", || {
        let ready = admin.get("/readyz");
        (ready.status == 503).then_some(ready)
    });
    assert!(ready.body.starts_with("draining"), "{}", ready.body);
    assert_eq!(admin.get("/healthz").status, 200);
    assert_eq!(admin.status()["phase"], "draining");
    Scrape::parse(&admin.get("/metrics").body);
    gates.open("first");
    slow.read().expect(200);
    let ended = server.ended(PATIENCE);
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
    assert!(!path.exists(), "the socket's file goes with the server");
}

pub(crate) fn everything_answers_while_every_worker_is_stuck(mode: Mode) {
    let gates = Gates::new();
    let server = gates.app(mode).args(["--workers", "2"]).start();
    let admin = Admin::of(&server);
    let mut held: Vec<_> = (0..6).map(|_| server.connect()).collect();
    for connection in &mut held {
        connection.send(Call::get("/gate/first").bytes());
    }
    admin.doing("running", 2);
    let scrape = admin.reaches("queue_depth", &[], 4.0);
    assert!((scrape.sum("requests_under_way", &[]) - 2.0).abs() < 1e-9);
    for path in ["/", "/healthz", "/readyz", "/status", "/metrics"] {
        assert_eq!(admin.get(path).status, 200, "{path}");
    }
    eventually("the last seconds are told", || {
        let status = admin.status();
        let workers = status["workers"].as_array().expect("a list");
        let is_busy = |ratio: Option<f64>| ratio.is_some_and(|it| (0.5..=1.0).contains(&it));
        workers
            .iter()
            .all(|one| is_busy(one["busy_ratio"].as_f64()))
            .then_some(())
    });
    gates.open("first");
    for connection in &mut held {
        connection.read().expect(200);
    }
}
