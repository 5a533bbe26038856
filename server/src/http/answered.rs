//! A service whose answer is known: what layers are put around when only what they do to an answer is wanted.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

/// Gives the answer that it holds, once, whatever the request.
#[derive(Debug)]
pub(super) struct Answered<B>(Option<Response<B>>);

impl<B> Answered<B> {
    pub(super) fn new(response: Response<B>) -> Self {
        Self(Some(response))
    }
}

impl<B> Service<Request<()>> for Answered<B> {
    type Response = Response<B>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<()>) -> Self::Future {
        ready(Ok(self.0.take().expect("called once")))
    }
}
