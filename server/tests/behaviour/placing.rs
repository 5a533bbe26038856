//! WebSockets and streams are spread over the workers: each goes to the one that has the fewest of them.

use std::time::{Duration, Instant};

use crate::support::mode::Dispatch;
use crate::support::socket::handshake;
use crate::support::{Call, Connection, Launch, Mode, Server, eventually};

/// How many there are of what lasts.
const COUNT: usize = 60;
/// How many of them one of two workers may have: half, within a tenth.
const EVEN: std::ops::RangeInclusive<usize> = 27..=33;

fn two_workers(mode: Mode) -> Server {
    Launch::under(mode, "behaviour")
        .args(["--workers", "2"])
        .start()
}

/// One that lasts, open for as long as it is kept.
struct Lasting {
    connection: Connection,
    is_socket: bool,
}

impl Lasting {
    fn ask(server: &Server, target: &str) -> Self {
        let is_socket = target == "/placing/socket";
        let mut connection = server.connect();
        let call = if is_socket {
            handshake(target)
        } else {
            Call::get(target)
        };
        connection.send(call.bytes());
        Self {
            connection,
            is_socket,
        }
    }

    /// The worker that has it.
    fn worker(&mut self) -> usize {
        let head = self.connection.read_head();
        let told = if self.is_socket {
            head.expect(101);
            // A frame of one character.
            let frame = self.connection.bytes(3);
            assert_eq!(frame[..2], [0x81, 1]);
            char::from(frame[2]).to_string()
        } else {
            head.expect(200);
            String::from_utf8(self.connection.chunk()).expect("text")
        };
        let digits = told.trim_start_matches("data: ").trim_end();
        digits.parse().expect("the number of a worker")
    }
}

fn opened(server: &Server, target: &str) -> (Lasting, usize) {
    let mut lasting = Lasting::ask(server, target);
    let worker = lasting.worker();
    (lasting, worker)
}

/// Fails unless two workers have about as many each.
fn are_even(what: &str, workers: impl IntoIterator<Item = usize>) {
    let mut counts = [0; 2];
    workers.into_iter().for_each(|worker| counts[worker] += 1);
    assert_eq!(counts.iter().sum::<usize>(), COUNT);
    assert!(EVEN.contains(&counts[0]), "{what}: {counts:?}");
}

fn open_in_turn(server: &Server, target: &str) -> Vec<(Lasting, usize)> {
    let all: Vec<_> = (0..COUNT).map(|_| opened(server, target)).collect();
    are_even(target, all.iter().map(|(_, worker)| *worker));
    all
}

fn open_at_once(server: &Server, target: &str) {
    let all = (0..COUNT).map(|_| Lasting::ask(server, target));
    let mut all: Vec<_> = all.collect();
    are_even(target, all.iter_mut().map(Lasting::worker));
}

pub(crate) fn spreads_sockets_opened_in_turn(mode: Mode) {
    open_in_turn(&two_workers(mode), "/placing/socket");
}

pub(crate) fn spreads_sockets_opened_at_once(mode: Mode) {
    open_at_once(&two_workers(mode), "/placing/socket");
}

/// Routes that say in their code that they stream, from the first request on.
pub(crate) fn spreads_streams(mode: Mode) {
    for target in ["/placing/events", "/placing/generator"] {
        open_in_turn(&two_workers(mode), target);
        open_at_once(&two_workers(mode), target);
    }
}

/// A route that was seen to stream is expected to, until it has not for long enough.
pub(crate) fn learns_which_routes_stream(mode: Mode) {
    let server = two_workers(mode);
    let target = "/placing/unforeseen";
    let first = opened(&server, target);
    let call = Call::get("/placing/unforeseen?pass");
    for _ in 0..3 {
        // Three answers of another kind change nothing.
        assert_eq!(server.call(&call).expect(200).text(), "passing");
    }
    let others = (1..COUNT).map(|_| Lasting::ask(&server, target));
    let mut others: Vec<_> = others.collect();
    let workers = others.iter_mut().map(Lasting::worker);
    are_even(target, workers.chain([first.1]));
}

/// Those that have left do not count.
pub(crate) fn fills_up_the_worker_that_was_left(mode: Mode) {
    let server = two_workers(mode);
    let all = open_in_turn(&server, "/placing/socket");
    let (left, stay): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, worker)| *worker == 1);
    let count = left.len();
    drop(left);
    // The server learns of it soon: when it does, the next one goes where they were.
    eventually("the left worker is chosen", || {
        (opened(&server, "/placing/socket").1 == 1).then_some(())
    });
    let next: Vec<_> = (0..count)
        .map(|_| opened(&server, "/placing/socket"))
        .collect();
    let on_the_left = next.iter().filter(|(_, worker)| *worker == 1).count();
    assert!(on_the_left + 6 >= count, "{on_the_left} of {count}");
    assert_eq!(stay.len() + count, COUNT);
}

/// A worker whose handler takes long holds up nobody who was placed with it.
pub(crate) fn passes_on_what_waits_for_a_busy_worker(mode: Mode) {
    const NAP: Duration = Duration::from_secs(8);
    let server = two_workers(mode);
    let mut napping = server.connect();
    let began = Instant::now();
    napping.send(Call::get(&format!("/nap/{}", NAP.as_millis())).bytes());
    std::thread::sleep(Duration::from_millis(100));
    let mut sockets: Vec<_> = (0..6)
        .map(|_| Lasting::ask(&server, "/placing/socket"))
        .collect();
    let first = sockets[0].worker();
    for socket in &mut sockets[1..] {
        assert_eq!(socket.worker(), first, "the one that does not sleep");
    }
    let took = began.elapsed();
    assert!(took < NAP, "opened after {took:?}");
    napping.read().expect(200);
}

/// Short requests go to a worker that has nothing else to do. Inline, those of the reactor that no worker drives go to
/// whoever sleeps before one is taken from another reactor.
pub(crate) fn prefers_workers_without_sockets_for_requests(mode: Mode) {
    if mode.dispatch == Dispatch::Inline {
        return;
    }
    let server = two_workers(mode);
    let (_socket, worker) = opened(&server, "/placing/socket");
    let told = (0..20).map(|_| server.get("/where").expect(200).json());
    let elsewhere = told.filter(|told| told["worker"] != worker).count();
    assert!(elsewhere > 15, "{elsewhere} of 20");
}
