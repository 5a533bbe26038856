//! The server, in this process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, io, process, thread};

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// The longest body.
pub const BODY_BYTES_MAX: usize = 256;
/// The most header fields.
pub const HEADERS_MAX: usize = 32;
/// The longest head.
pub const HEAD_BYTES_MAX: usize = 8 << 10;
/// So many connections may be open: were they kept, there would soon be no more.
const CONNECTIONS_MAX: usize = 16;

/// A new connection to the server, which is started by the first one and runs until the process ends.
///
/// It runs under `main` unless the environment (`COACHWHIP_STRATEGY`, `COACHWHIP_DISPATCH`) says otherwise.
///
/// # Panics
///
/// When there is no server, or it takes no connections.
pub fn connect() -> UnixStream {
    static SOCKET: OnceLock<PathBuf> = OnceLock::new();
    let socket = SOCKET.get_or_init(start);
    UnixStream::connect(socket).expect("a server that listens")
}

fn start() -> PathBuf {
    outlive_pipes().expect("a runtime");
    let socket = env::temp_dir().join(format!("coachwhip-fuzz-{}.socket", process::id()));
    let path = socket.clone();
    thread::spawn(move || serve(&path));
    // It listens before it is ready; who connects then, waits.
    while UnixStream::connect(&socket).is_err() {
        thread::sleep(Duration::from_millis(1));
    }
    socket
}

fn serve(socket: &Path) {
    let handlers = Path::new(env!("CARGO_MANIFEST_DIR")).join("handlers");
    let arguments = [
        String::from("coachwhip"),
        format!("--bind=unix:{}", socket.display()),
        format!("--pythonpath={}", handlers.display()),
        format!("--max-body-bytes={BODY_BYTES_MAX}"),
        format!("--max-headers={HEADERS_MAX}"),
        format!("--max-header-bytes={HEAD_BYTES_MAX}"),
        format!("--max-connections={CONNECTIONS_MAX}"),
        String::from("fuzzed"),
    ];
    let mut environment: BTreeMap<OsString, OsString> = [
        ("COACHWHIP_STRATEGY", "main"),
        ("COACHWHIP_DISPATCH", "inline"),
        ("COACHWHIP_WORKERS", "1"),
        ("COACHWHIP_IO_THREADS", "1"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    environment.extend(env::vars_os());
    let loaded = server::config::load(arguments.map(Into::into), &environment, &env::temp_dir());
    let config = loaded.expect("a configuration").config;
    let settings = server::start::settings(&config).expect("settings");
    server::supervision::serve(settings).expect("a server");
    // A signal has ended it.
    process::exit(0);
}

/// Catches SIGPIPE, which Rust's own `main` ignores, and libFuzzer's does not.
fn outlive_pipes() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let _entered = runtime.enter();
    // The handler stays when the runtime is gone.
    signal(SignalKind::pipe()).map(drop)
}
