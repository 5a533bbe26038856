//! Which thread runs a handler is nobody's business: a long one holds up its own worker only, an answer finds its request.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::server::shared;
use crate::support::{Call, Connection, Launch, Mode, Server};

/// How long the long runs take: more than all that is asked meanwhile takes on a busy machine.
const LONG: Duration = Duration::from_millis(1_500);
/// Calls after which a route counts as fast, whoever counts, and how many of them are written at once.
const WARM_UP: usize = 3_000;
const PIPELINED: usize = 50;
/// So many that each I/O thread has some.
const CONNECTIONS: usize = 8;

fn start(mode: Mode, workers: &str) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", workers])
        .start()
}

fn connect(server: &Server) -> Vec<Connection> {
    (0..CONNECTIONS).map(|_| server.connect()).collect()
}

/// Calls a route on each connection in turns, [`WARM_UP`] times in all.
fn warm_up(connections: &mut [Connection], target: &str) {
    let batch = Call::get(target).bytes().repeat(PIPELINED);
    for round in 0..WARM_UP / PIPELINED {
        let connection = &mut connections[round % CONNECTIONS];
        connection.send(&batch);
        for _ in 0..PIPELINED {
            connection.read().expect(200);
        }
    }
}

/// A long run of a handler.
struct LongRun<'c> {
    connection: &'c mut Connection,
    began: Instant,
}

impl<'c> LongRun<'c> {
    /// Sends the request and gives the server the time to begin with it.
    fn begin(connection: &'c mut Connection, route: &str) -> Self {
        let began = Instant::now();
        connection.send(Call::get(&format!("{route}/{}", LONG.as_millis())).bytes());
        thread::sleep(Duration::from_millis(100));
        Self { connection, began }
    }

    /// Fails unless each of `connections` is answered `status` before the run can have ended.
    fn lets_pass(&self, connections: &mut [Connection], call: &Call, status: u16) {
        for connection in &mut *connections {
            connection.send(call.bytes());
        }
        for connection in connections {
            connection.read().expect(status);
        }
        let took = self.began.elapsed();
        assert!(took < LONG, "{call:?} was answered after {took:?}");
    }

    /// Its own answer comes.
    fn ends(self) {
        let text = self.connection.read().expect(200).text();
        assert_eq!(text, LONG.as_millis().to_string());
    }
}

fn long_run_holds_up_its_worker_only(mode: Mode, route: &str) {
    let server = start(mode, "2");
    let mut connections = connect(&server);
    warm_up(&mut connections, "/int/7");
    warm_up(&mut connections, &format!("{route}/0"));
    let (long, others) = connections.split_at_mut(1);
    let run = LongRun::begin(&mut long[0], route);
    run.lets_pass(others, &Call::get("/int/7"), 200);
    run.lets_pass(&mut connect(&server), &Call::get("/int/7"), 200);
    run.ends();
}

pub(crate) fn lets_others_run_while_a_fast_route_sleeps(mode: Mode) {
    long_run_holds_up_its_worker_only(mode, "/nap");
}

pub(crate) fn lets_others_run_while_a_fast_route_computes(mode: Mode) {
    long_run_holds_up_its_worker_only(mode, "/burn");
}

/// What needs no Python does not wait for it, on connections that were open and on new ones.
pub(crate) fn answers_by_itself_while_the_worker_sleeps(mode: Mode) {
    let server = start(mode, "1");
    let mut connections = connect(&server);
    warm_up(&mut connections, "/nap/0");
    let (long, others) = connections.split_at_mut(1);
    let run = LongRun::begin(&mut long[0], "/nap");
    run.lets_pass(others, &Call::get("/nowhere"), 404);
    run.lets_pass(others, &Call::new("OPTIONS", "/nap/0"), 204);
    run.lets_pass(&mut connect(&server), &Call::get("/nowhere"), 404);
    run.ends();
}

/// One worker sleeps and the other computes, which under `main` means that it has the GIL.
pub(crate) fn accepts_while_every_worker_is_busy(mode: Mode) {
    let server = start(mode, "2");
    let mut connections = connect(&server);
    warm_up(&mut connections, "/burn/0");
    let (sleeps, computes) = connections.split_at_mut(1);
    let sleeping = LongRun::begin(&mut sleeps[0], "/nap");
    let computing = LongRun::begin(&mut computes[0], "/burn");
    sleeping.lets_pass(&mut connect(&server), &Call::get("/nowhere"), 404);
    sleeping.ends();
    computing.ends();
}

/// Each kind of handler is called between runs of the other, by several clients at once.
pub(crate) fn mixes_sync_and_async_handlers(mode: Mode) {
    let server = shared(mode);
    let client = |number: usize| {
        let mut connection = server.connect();
        for call in 0..100 {
            let kind = ["sync", "async"][(number + call) % 2];
            let answer = connection.call(&Call::get(&format!("/marked/{kind}/{number}-{call}")));
            assert_eq!(answer.expect(200).text(), format!("{kind} {number}-{call}"));
        }
    };
    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || client(number));
        }
    });
}

/// A request whose answer shows its mark; without one for what no handler answers.
fn marked(kind: usize, mark: &str) -> (Call, Option<String>) {
    let get = |route: &str| Call::get(&format!("/marked/{route}/{mark}"));
    match kind % 5 {
        0 => (get("sync"), Some(format!("sync {mark}"))),
        1 => (get("slow"), Some(format!("slow {mark}"))),
        2 => (get("async"), Some(format!("async {mark}"))),
        3 => {
            let body = mark.repeat(100);
            (Call::post("/marked/echo", &body), Some(body))
        }
        _ => (get("nowhere"), None),
    }
}

fn is_the_answer(connection: &mut Connection, expected: Option<String>) {
    let answer = connection.read();
    match expected {
        Some(text) => assert_eq!(answer.expect(200).text(), text),
        None => assert_eq!(answer.status, 404),
    }
}

/// 200 connections have a request under way at any time.
pub(crate) fn gives_each_request_its_own_answer(mode: Mode) {
    let server = shared(mode);
    let client = |number: usize| {
        let mut connections: Vec<_> = (0..20).map(|_| server.connect()).collect();
        for round in 0..25 {
            let requests: Vec<_> = (0..connections.len())
                .map(|index| marked(round + index, &format!("{number}-{index}-{round}")))
                .collect();
            for (connection, (call, _)) in connections.iter_mut().zip(&requests) {
                connection.send(call.bytes());
            }
            for (connection, (_, expected)) in connections.iter_mut().zip(requests) {
                is_the_answer(connection, expected);
            }
        }
    };
    thread::scope(|scope| {
        for number in 0..10 {
            scope.spawn(move || client(number));
        }
    });
}

/// Fast ones first, so that the route of the slow ones was fast for long.
pub(crate) fn answers_pipelined_requests_in_order(mode: Mode) {
    let server = start(mode, "2");
    let mut connections = connect(&server);
    warm_up(&mut connections, "/nap/0");
    let connection = &mut connections[0];
    let (mut bytes, mut answers) = (Vec::new(), Vec::new());
    for number in 0..50 {
        let (call, expected) = marked(number, &format!("mark-{number}"));
        let milliseconds = [0, 0, 20, 0, 5][number % 5];
        bytes.extend(Call::get(&format!("/nap/{milliseconds}")).bytes());
        bytes.extend(call.bytes());
        answers.extend([Some(milliseconds.to_string()), expected]);
    }
    connection.send(bytes);
    for expected in answers {
        is_the_answer(connection, expected);
    }
}

/// An interpreter's handlers run on the thread that ran its hooks, unless workers share it.
pub(crate) fn keeps_handlers_on_the_thread_of_their_hooks(mode: Mode) {
    let workers = if mode.strategy.isolates() { "2" } else { "1" };
    let server = Launch::under(mode, "thread_bound")
        .args(["--workers", workers, "--debug"])
        .start();
    let mut connections = connect(&server);
    for round in 0..100 {
        for (index, connection) in connections.iter_mut().enumerate() {
            let route = ["/sync", "/async"][(round + index) % 2];
            connection.send(Call::get(route).bytes());
        }
        for connection in &mut connections {
            let told = connection.read().expect(200).json();
            assert_eq!(told, json!([told[0], told[0]]), "calls, and rows of them");
        }
    }
}
