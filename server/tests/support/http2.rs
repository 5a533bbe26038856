//! A client of HTTP/2 for what a well-behaved client does: many requests on one connection.
//!
//! The connection makes progress only while the client waits for something.

use std::future::Future;

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{Request, Response};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Answer, Call, PATIENCE, Server};

/// One connection.
#[derive(Debug)]
pub(crate) struct Http2 {
    runtime: Runtime,
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

/// A request that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) answer: ResponseFuture,
    /// The rest of the request.
    pub(crate) rest: SendStream<Bytes>,
}

impl Http2 {
    /// The window of the connection is larger than those of its streams, so that none waits for another to be read.
    pub(crate) fn open(server: &Server) -> Self {
        Self::open_with(
            server,
            Builder::new().initial_connection_window_size(1 << 20),
        )
    }

    /// Opens a connection with settings of its own.
    pub(crate) fn open_with(server: &Server, builder: &Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let address = server.ready.address;
        let opening = async {
            let stream = TcpStream::connect(address).await.expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            builder.handshake(stream).await.expect("HTTP/2")
        };
        let (requests, connection) = runtime.block_on(opening);
        let connection = runtime.spawn(connection);
        Self {
            runtime,
            requests,
            connection,
        }
    }

    /// Waits for something that happens on the connection, for [`PATIENCE`] at most.
    pub(crate) fn wait<T>(&self, something: impl Future<Output = T>) -> T {
        let limited = async { timeout(PATIENCE, something).await.expect("in time") };
        self.runtime.block_on(limited)
    }

    /// Begins a request; `is_whole` says that no body follows.
    pub(crate) fn begin(&mut self, call: &Call, is_whole: bool) -> Begun {
        let request = request(call);
        let mut requests = self.requests.clone();
        self.wait(async {
            requests = requests.ready().await.expect("room for a request");
            let (answer, rest) = requests.send_request(request, is_whole).expect("sent");
            // It is written when the connection has its turn.
            tokio::task::yield_now().await;
            Begun { answer, rest }
        })
    }

    /// Sends a whole request.
    pub(crate) fn send(&mut self, call: &Call) -> Begun {
        let mut begun = self.begin(call, call.content().is_none());
        if let Some(body) = call.content() {
            let body = Bytes::copy_from_slice(body);
            begun.rest.send_data(body, true).expect("taken");
        }
        begun
    }

    /// A whole request and its whole answer.
    pub(crate) fn call(&mut self, call: &Call) -> Answer {
        let begun = self.send(call);
        self.read(begun)
    }

    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.call(&Call::get(target))
    }

    /// The whole answer to a request.
    pub(crate) fn read(&self, begun: Begun) -> Answer {
        self.try_read(begun).expect("an answer")
    }

    /// The whole answer to a request; an error where the stream was reset or the connection is gone.
    pub(crate) fn try_read(&self, begun: Begun) -> Result<Answer, h2::Error> {
        self.wait(async {
            let (mut answer, mut body) = head(begun.answer.await?);
            while let Some(piece) = body.data().await {
                let piece = piece?;
                body.flow_control().release_capacity(piece.len())?;
                answer.body.extend_from_slice(&piece);
            }
            Ok(answer)
        })
    }

    /// The head of an answer, and its body, which is yet to come.
    pub(crate) fn read_head(&self, begun: Begun) -> (Answer, RecvStream) {
        head(self.wait(begun.answer).expect("an answer"))
    }

    /// The next piece of a body, which is given back to the windows.
    pub(crate) fn piece(&self, body: &mut RecvStream) -> Option<Result<Bytes, h2::Error>> {
        self.wait(async {
            loop {
                let piece = body.data().await?;
                let length = piece.as_ref().map_or(0, Bytes::len);
                body.flow_control().release_capacity(length).expect("held");
                // The end may be a frame of its own.
                if length > 0 || piece.is_err() {
                    return Some(piece);
                }
            }
        })
    }

    /// How the connection ends.
    pub(crate) fn end(self) -> Result<(), h2::Error> {
        let Self {
            runtime,
            requests,
            connection,
        } = self;
        let ended = runtime.block_on(async { timeout(PATIENCE, connection).await });
        drop(requests);
        ended.expect("in time").expect("no panic")
    }
}

fn request(call: &Call) -> Request<()> {
    let (method, target, fields) = call.head();
    let mut request = Request::builder().method(method);
    request = request.uri(format!("http://test{target}"));
    for (name, value) in fields {
        request = request.header(name, value.as_slice());
    }
    request.body(()).expect("a request")
}

fn head(response: Response<RecvStream>) -> (Answer, RecvStream) {
    let (head, body) = response.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let fields = head.headers.iter();
    let answer = Answer {
        version: format!("{:?}", head.version),
        status: head.status.as_u16(),
        headers: fields
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: Vec::new(),
    };
    (answer, body)
}
