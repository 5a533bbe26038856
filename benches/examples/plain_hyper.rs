//! The ceiling: a plain hyper server that gives the demo's answer to every request, with no Python behind it.
//!
//! The load tests run it beside coachwhip; what coachwhip costs beyond it is the price of routing, limits, the hop to
//! an interpreter and Python itself. Status, headers and body are those of the demo's `/`, so that the bytes on the
//! wire are the same. An example and not a binary, so that `cargo run` at the workspace's root stays unambiguous.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;

use bytes::Bytes;
use clap::Parser;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// The command line.
#[derive(Debug, Parser)]
struct Args {
    /// Threads that do I/O: 1 is tokio's current-thread runtime, more its multi-thread runtime.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// `HOST:PORT`; port 0 takes a free one and the ready line says which.
    #[arg(long, default_value = "127.0.0.1:0")]
    bind: SocketAddr,
}

fn main() -> io::Result<()> {
    let args = Args::parse();
    runtime(args.threads)?.block_on(serve(args.bind))
}

fn runtime(threads: usize) -> io::Result<Runtime> {
    let mut builder = if threads == 1 {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_io().build()
}

/// Prints the ready line, then accepts until the process is killed.
async fn serve(bind: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(bind).await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on http://{}", listener.local_addr()?)?;
    stdout.flush()?;
    // On a worker thread: the thread that blocks on the runtime is one more than the workers asked for.
    tokio::spawn(accept(listener)).await?
}

async fn accept(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            // A client that goes away is not this server's business.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(hello))
                .await;
        });
    }
}

async fn hello(_request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(SERVER, HeaderValue::from_static("coachwhip"));
    Ok(response)
}
