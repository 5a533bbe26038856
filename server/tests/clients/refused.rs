//! Uploads that are refused, by real clients and through proxies: each gets its answer, and none a reset or a 502.
//!
//! `loadtests/refused_uploads.py` sends as many as is wished.

use std::path::Path;

use crate::support::strategy::info;
use crate::support::{Launch, Server, Strategy};
use crate::{Proxied, expect_all, haproxy, is_there, limited, nginx, python, script, skip, url};

fn app(strategy: Strategy) -> Launch {
    let options = "--workers 1 --max-body-bytes 1000";
    Launch::under(strategy, "refusals").args(options.split(' '))
}

/// The client `name` of `refused.py` gets all answers.
fn is_answered(python: &Path, arguments: &[&str], server: &Server) {
    let mut command = limited(python);
    command.arg("-I").arg(script("refused.py")).args(arguments);
    expect_all(&mut command, server);
}

fn embedded_python() -> &'static Path {
    let path = info()["python"]["executable"].as_str();
    Path::new(path.expect("info --json has python.executable"))
}

fn from_pypi(name: &str, strategy: Strategy) {
    let Some(python) = python() else {
        return skip(name, "scripts/client-tools can't install it");
    };
    let server = app(strategy).start();
    is_answered(python, &[name, &url(server.ready.address)], &server);
}

fn through(proxied: &Proxied, location: &str) {
    let url = format!("http://127.0.0.1:{}{location}", proxied.port);
    // nginx closes connections that it has said to keep, when a body was not read to its end.
    let arguments = ["http.client", &url, "fresh"];
    is_answered(embedded_python(), &arguments, &proxied.server);
}

pub(crate) fn from_python_http_client(strategy: Strategy) {
    let server = app(strategy).start();
    let arguments = ["http.client", &url(server.ready.address)];
    is_answered(embedded_python(), &arguments, &server);
}

pub(crate) fn from_requests(strategy: Strategy) {
    from_pypi("requests", strategy);
}

pub(crate) fn from_httpx(strategy: Strategy) {
    from_pypi("httpx", strategy);
}

pub(crate) fn from_node_fetch(strategy: Strategy) {
    if is_there("node", &["--eval", "fetch"]) {
        let server = app(strategy).start();
        let mut command = limited("node");
        command.arg(script("refused.js"));
        expect_all(command.arg(url(server.ready.address)), &server);
    }
}

pub(crate) fn from_curl(strategy: Strategy) {
    if is_there("curl", &["--http2-prior-knowledge", "--version"]) {
        let server = app(strategy).start();
        let mut command = limited("bash");
        command.arg(script("refused.sh"));
        expect_all(command.arg(url(server.ready.address)), &server);
    }
}

pub(crate) fn through_nginx(strategy: Strategy) {
    if let Some(proxied) = nginx(app(strategy)) {
        for location in ["/buffered", "/streamed", "/socket"] {
            through(&proxied, location);
        }
    }
}

pub(crate) fn through_haproxy(strategy: Strategy) {
    if let Some(proxied) = haproxy(app(strategy)) {
        through(&proxied, "");
    }
}
