//! Real clients, and nginx in front: each asks for the same things, from `GET` to WebSockets, as far as it can.
//!
//! What is not on the machine is skipped, and standard error tells so. `.ci/run` installs what can be had.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process_group};
use support::strategy::info;
use support::{Launch, Server, Strategy, eventually, root};

support::mode::under_every! { strategy;
    clients: [
        curl,
        python_http_client,
        requests,
        httpx,
        aiohttp,
        node_fetch,
        chromium,
    ],
    nginx: [
        buffers,
        passes_on_at_once,
        connects_by_a_unix_socket,
    ],
    refused: [
        from_python_http_client,
        from_requests,
        from_httpx,
        from_node_fetch,
        from_curl,
        through_nginx,
        through_haproxy,
    ],
}

/// The clients, each a function of the strategy to test under.
mod clients {
    pub(crate) mod refused;

    pub(crate) use super::{
        aiohttp, chromium, curl, httpx, node_fetch, python_http_client, requests,
    };
}

use clients::refused;

/// What nginx does to requests and answers, each a function of the strategy to test under.
mod nginx {
    pub(crate) use super::{buffers, connects_by_a_unix_socket, passes_on_at_once};
}

/// How long a client may take for everything, as `timeout` takes it.
const LIMIT_S: &str = "60";

/// One worker: what some of the handlers remember is their interpreter's.
fn app(strategy: Strategy) -> Launch {
    Launch::under(strategy, "clients").args(["--workers", "1"])
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn script(name: &str) -> PathBuf {
    root().join("server/tests/clients").join(name)
}

/// A program with a time limit.
fn limited(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("timeout");
    // A proxy that the machine has for the world outside is none for this one.
    command
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
    command
        .arg(LIMIT_S)
        .arg(program.as_ref())
        .stdin(Stdio::null());
    command
}

/// Goes around what captures the output of tests: a reader of the run must see what was left out.
fn skip(client: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {client}: {why}");
}

/// Whether a program of that name runs with these arguments; says so if it does not.
fn is_there(program: &str, arguments: &[&str]) -> bool {
    let mut command = limited(program);
    let runs = command.args(arguments).output();
    let is_there = runs.is_ok_and(|output| output.status.success());
    if !is_there {
        skip(program, "not on this machine, or too old");
    }
    is_there
}

/// Fails unless the client says at its end that all works.
fn expect_all(command: &mut Command, server: &Server) {
    let output = command.output().expect("the program can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.lines().last() == Some("all"),
        "{command:?}\n{said}\n{}\nstderr of the server:\n{}",
        String::from_utf8_lossy(&output.stderr),
        server.stderr()
    );
}

fn curl(strategy: Strategy) {
    if is_there("curl", &["--version"]) {
        let server = app(strategy).start();
        let mut command = limited("bash");
        command
            .arg(script("curl.sh"))
            .arg(url(server.ready.address));
        expect_all(&mut command, &server);
    }
}

/// A Python that has the clients from PyPI; none where they can't be installed.
fn python() -> Option<&'static Path> {
    static TOOLS: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = TOOLS.get_or_init(|| {
        let output = Command::new(root().join("scripts/client-tools"))
            .stdin(Stdio::null())
            .output()
            .expect("bash runs the script");
        let path = String::from_utf8(output.stdout).expect("a path in UTF-8");
        let is_made = output.status.success();
        is_made.then(|| Path::new(path.trim()).join("bin/python"))
    });
    made.as_deref()
}

fn python_client(name: &str, python: &Path, url: &str, server: &Server, more: &[&str]) {
    let mut command = limited(python);
    command
        .arg("-I")
        .arg(script("python_clients.py"))
        .args([name, url])
        .args(more);
    expect_all(&mut command, server);
}

/// With what the standard library of the embedded Python has.
fn python_http_client(strategy: Strategy) {
    let python = info()["python"]["executable"].as_str();
    let python = Path::new(python.expect("info --json has python.executable"));
    let server = app(strategy).start();
    python_client(
        "http.client",
        python,
        &url(server.ready.address),
        &server,
        &[],
    );
}

fn from_pypi(name: &str, strategy: Strategy) {
    let Some(python) = python() else {
        return skip(name, "scripts/client-tools can't install it");
    };
    let server = app(strategy).start();
    python_client(name, python, &url(server.ready.address), &server, &[]);
}

fn requests(strategy: Strategy) {
    from_pypi("requests", strategy);
}

fn httpx(strategy: Strategy) {
    from_pypi("httpx", strategy);
}

fn aiohttp(strategy: Strategy) {
    from_pypi("aiohttp", strategy);
}

fn node_fetch(strategy: Strategy) {
    // Before 22 it has its WebSocket only if asked.
    if is_there("node", &["--experimental-websocket", "--eval", "WebSocket"]) {
        let server = app(strategy).start();
        let mut command = limited("node");
        command
            .arg("--experimental-websocket")
            .arg(script("node.js"));
        expect_all(command.arg(url(server.ready.address)), &server);
    }
}

/// A process and those that it has started, which end with it.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// A page does with `fetch` and `WebSocket` what the others do, and reports.
fn chromium(strategy: Strategy) {
    if !is_there("chromium", &["--version"]) {
        return;
    }
    let server = app(strategy).start();
    let profile = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new("chromium");
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("{}/page", url(server.ready.address)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let browser = Group(command.process_group(0).spawn().expect("chromium starts"));
    let report = eventually("the page reports", || {
        let reports = server.get("/reports").expect(200).json();
        reports[0].as_str().map(str::to_owned)
    });
    drop(browser);
    assert_eq!(
        report.lines().last(),
        Some("all"),
        "{report}\n{}",
        server.stderr()
    );
}

/// A proxy before a server, which listens on a socket in the same folder too.
struct Proxied {
    server: Server,
    port: u16,
    _proxy: Group,
    _folder: tempfile::TempDir,
}

/// Debian has it where not everybody looks for programs.
const NGINX: &str = "/usr/sbin/nginx";
const HAPROXY: &str = "/usr/sbin/haproxy";

fn nginx(app: Launch) -> Option<Proxied> {
    let options = ["-e", "stderr", "-c"];
    is_there(NGINX, &["-v"]).then(|| proxied(app, (NGINX, &options, "nginx.conf")))
}

fn haproxy(app: Launch) -> Option<Proxied> {
    let options = ["-q", "-db", "-f"];
    is_there(HAPROXY, &["-v"]).then(|| proxied(app, (HAPROXY, &options, "haproxy.cfg")))
}

/// Starts a server, and before it a program with options and a file of configuration.
fn proxied(app: Launch, (program, options, configuration): (&str, &[&str], &str)) -> Proxied {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let socket = format!("unix:{}/server.sock", folder.path().display());
    let server = app.args(["--bind", &socket]).start();
    // Another process may take the port until the proxy has it, which says so then.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.expect("a free port").port();
    let text = fs::read_to_string(script(configuration)).expect("the file is there");
    let text = text
        .replace("FOLDER", &folder.path().display().to_string())
        .replace("ADDRESS", &server.ready.address.to_string())
        .replace("PORT", &port.to_string());
    let file = folder.path().join(configuration);
    fs::write(&file, text).expect("a file in the temporary folder");
    let mut command = Command::new(program);
    command.args(options).arg(file).stdin(Stdio::null());
    let proxy = Group(command.process_group(0).spawn().expect("the proxy starts"));
    eventually("the proxy listens", || {
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    Proxied {
        server,
        port,
        _proxy: proxy,
        _folder: folder,
    }
}

/// Two clients of Python go through the location `name`, one of which speaks WebSocket.
fn through(strategy: Strategy, name: &str, more: &[&str]) {
    let Some(proxied) = nginx(app(strategy)) else {
        return;
    };
    let url = format!("http://127.0.0.1:{}/{name}", proxied.port);
    let Some(python) = python() else {
        return skip(
            "nginx",
            "scripts/client-tools can't install aiohttp to ask through it",
        );
    };
    for client in ["http.client", "aiohttp"] {
        python_client(client, python, &url, &proxied.server, more);
    }
}

/// Requests and answers are kept by nginx until they are whole.
fn buffers(strategy: Strategy) {
    through(strategy, "buffered", &["buffered"]);
}

fn passes_on_at_once(strategy: Strategy) {
    through(strategy, "streamed", &[]);
}

fn connects_by_a_unix_socket(strategy: Strategy) {
    through(strategy, "socket", &[]);
}
