//! What hyper writes for responses: its own connection, over memory in place of a socket.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::ready;
use std::hint::black_box;
use std::io::Result;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use http::Response;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use server::http::AnswerBody;

/// The shortest request: hyper writes a response only to a request.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// The client's end of a connection: sends so many requests at once, and keeps the last bytes that it was sent.
#[derive(Debug)]
struct Client {
    requests: u64,
    received: Rc<RefCell<Vec<u8>>>,
}

impl Read for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<Result<()>> {
        while self.requests > 0 && buffer.remaining() >= REQUEST.len() {
            buffer.put_slice(REQUEST);
            self.requests -= 1;
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Client {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if self.requests == 0 {
            let mut received = self.received.borrow_mut();
            received.clear();
            received.extend_from_slice(bytes);
        }
        Poll::Ready(Ok(black_box(bytes).len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Lets one connection answer `count` requests, each with what `answer` makes; the bytes of the last answer.
///
/// Everything happens on the calling thread, before this returns.
///
/// # Panics
///
/// When the connection fails.
pub fn answers(count: u64, answer: impl Fn() -> Response<AnswerBody>) -> Vec<u8> {
    let received = Rc::new(RefCell::new(Vec::new()));
    let client = Client {
        requests: count,
        received: Rc::clone(&received),
    };
    let service = service_fn(|_| ready(Ok::<_, Infallible>(answer())));
    let mut connection = pin!(
        http1::Builder::new()
            // The client's end comes with its last request, before that is answered.
            .half_close(true)
            .serve_connection(client, service)
    );
    let mut context = Context::from_waker(Waker::noop());
    // Nothing is ever waited for, so it is pending only where hyper lets others run.
    let ended = loop {
        if let Poll::Ready(ended) = connection.as_mut().poll(&mut context) {
            break ended;
        }
    };
    ended.expect("a connection that ends after the last answer");
    received.take()
}
