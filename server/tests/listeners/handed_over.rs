//! Sockets that a supervisor has made: `fd:N`, and `LISTEN_FDS` as service managers have it.

use std::net::TcpStream;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Launch, Mode, handlers};
use crate::{address, ask, ask_unix, bare, fails, place};

/// Opens what its arguments name as descriptors from 3 on, says so in the variables, and becomes the server.
const SUPERVISOR: &str = "
import fcntl, os, socket, sys

def opened(name):
    kind, _, path = name.partition(':')
    if kind == 'file':
        return open('/dev/null')
    if kind in ('unix', 'datagram'):
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if kind == 'unix' else socket.SOCK_DGRAM)
        one.bind(path)
    elif kind == 'connected':
        return socket.socketpair()[0]
    else:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == 'udp' else socket.SOCK_STREAM)
        one.bind(('127.0.0.1', 0))
    if kind in ('tcp', 'unix'):
        one.listen()
    return one

split = sys.argv.index('--')
files = [opened(name) for name in sys.argv[1:split]]
high = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for one in files]
for number, one in enumerate(high, 3):
    os.dup2(one, number, inheritable=True)
for one in high:
    os.close(one)
os.environ['LISTEN_FDS'] = str(len(files))
os.environ['LISTEN_PID'] = str(os.getpid())
os.environ['LISTEN_FDNAMES'] = ':'.join('x' for _ in files)
os.execv(sys.argv[split + 1], sys.argv[split + 1:])
";

fn with_sockets(launch: Launch, sockets: &[&str]) -> Launch {
    let words = ["python3", "-c", SUPERVISOR].iter().chain(sockets);
    launch.through(words.chain(&["--"]))
}

/// A server under `mode` that is told no address.
fn unnamed(mode: Mode) -> Launch {
    Launch::bare()
        .args(["--pythonpath"])
        .args([handlers()])
        .args(["--strategy", mode.strategy.name()])
        .args(["--dispatch", mode.dispatch.name(), "listeners"])
}

pub(crate) fn sockets_are_served_without_being_named(mode: Mode) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let unix = format!("unix:{}", path.display());
    let server = with_sockets(unnamed(mode), &["tcp", &unix, "tcp"]).start();
    assert_eq!(place(&server.next_line()), unix);
    let third = address(&server.next_line());
    for address in [server.ready.address, third] {
        ask(TcpStream::connect(address).expect("the server listens"));
    }
    ask_unix(&path);
    server.stop();
    assert!(path.exists(), "who has made the file removes it");
}

#[test]
fn sockets_that_are_named_are_served_alone() {
    let launch = bare().args(["--bind", "fd:4", "--bind", "127.0.0.1:0"]);
    let server = with_sockets(launch, &["tcp", "tcp"]).start();
    let other = address(&server.next_line());
    for address in [server.ready.address, other] {
        ask(TcpStream::connect(address).expect("the server listens"));
    }
    let ended = server.stop();
    assert_eq!(ended.stdout, "", "two ready lines");
}

#[test]
fn descriptors_that_can_t_be_served_are_named_with_the_cause() {
    let folder = TempDir::new().expect("a folder");
    let datagram = format!("datagram:{}", folder.path().join("socket").display());
    for (kind, cause) in [
        ("udp", "datagram"),
        (datagram.as_str(), "datagram"),
        ("file", "no socket"),
        ("connected", "connected, or does not listen"),
        ("idle", "connected, or does not listen"),
    ] {
        let launch = with_sockets(bare(), &["tcp", kind]);
        fails(launch, 1, &["can't listen on fd:4: ", cause]);
    }
    for number in [3, 99, i32::MAX] {
        let place = format!("fd:{number}");
        let expected =
            format!("can't listen on {place}: this process was given no such descriptor");
        fails(bare().args(["--bind", &place]), 1, &[&expected]);
    }
    for number in ["-1", "2147483648", "x", ""] {
        let place = format!("fd:{number}");
        fails(bare().args(["--bind", &place]), 2, &["--bind", "fd:N"]);
    }
}

/// Numbers of the server's own descriptors are numbers that nothing was handed over as.
#[test]
fn the_servers_own_sockets_are_no_sockets_that_were_handed_over() {
    for number in 3..12 {
        let place = format!("fd:{number}");
        let launch = bare().args(["--bind", "127.0.0.1:0", "--bind", &place]);
        fails(launch, 1, &[&place]);
    }
}

/// What handlers execute has no use for them, and would keep them open when the server has ended.
#[test]
fn sockets_are_not_inherited_further() {
    let unix = TempDir::new().expect("a folder");
    let path = format!("unix:{}", Path::new(unix.path()).join("socket").display());
    let server = with_sockets(bare(), &["tcp", &path]).start();
    let inherited = server.get("/inherited").expect(200).json();
    assert_eq!(inherited, serde_json::json!([]));
}
