//! What the admin listener answers.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SERVER, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use prometheus::{Encoder as _, TextEncoder};

use super::board::Board;
use super::families::families;
use super::ratio::Ratios;
use super::status::Status;

/// The page. It fetches `/status` from where it came from and needs nothing else.
const PAGE: &str = include_str!("page.html");

/// What the page may do: run its one script and have its one style sheet, both named by what they hold, and ask its own
/// listener. A test compares the two with the page.
const POLICY: &str = "default-src 'none'; \
     script-src 'sha256-K8/o0sZY5rsH27uMaoB+3wlxFcaQ31VnMG57xERjRyk='; \
     style-src 'sha256-B7Dqwv+grLuDM76NLBsShnWjyYrcz/EKsWUc7t7l8cc='; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TEXT: &str = "text/plain; charset=utf-8";

/// What the listener shows.
#[derive(Debug)]
pub(super) struct View {
    pub(super) board: Arc<Board>,
    pub(super) ratios: Ratios,
}

impl View {
    pub(super) fn new(board: Arc<Board>) -> Self {
        Self {
            board,
            ratios: Ratios::default(),
        }
    }

    /// Looks at the workers, once there are any.
    pub(super) fn look(&self) {
        if let Some(running) = self.board.known().running {
            self.ratios.look(&running.meters);
        }
    }
}

/// The answer to one request.
pub(super) fn answer(view: &View, method: &Method, path: &str) -> Response<Full<Bytes>> {
    let mut response = if [Method::GET, Method::HEAD].contains(method) {
        find(view, path)
    } else {
        let mut refusal = text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
        set(&mut refusal, ALLOW, "GET, HEAD");
        refusal
    };
    set(&mut response, SERVER, "coachwhip");
    set(&mut response, CACHE_CONTROL, "no-store");
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn find(view: &View, path: &str) -> Response<Full<Bytes>> {
    match path {
        "/" => {
            let mut page = of(StatusCode::OK, "text/html; charset=utf-8", PAGE);
            set(&mut page, CONTENT_SECURITY_POLICY, POLICY);
            page
        }
        "/healthz" => text(StatusCode::OK, "alive\n"),
        "/readyz" => match view.board.known().readiness() {
            Ok(()) => text(StatusCode::OK, "ready\n"),
            Err(why) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        },
        "/status" => match serde_json::to_vec(&Status::of(view)) {
            Ok(json) => of(StatusCode::OK, "application/json", json),
            Err(error) => failed(&error),
        },
        "/metrics" => {
            let mut page = Vec::new();
            match TextEncoder::new().encode(&families(view), &mut page) {
                Ok(()) => of(StatusCode::OK, prometheus::TEXT_FORMAT, page),
                Err(error) => failed(&error),
            }
        }
        _ => text(StatusCode::NOT_FOUND, "Not Found\n"),
    }
}

fn failed(error: &dyn std::error::Error) -> Response<Full<Bytes>> {
    let error = error.to_string();
    tracing::error!(error, "the admin listener can't write its answer");
    text(StatusCode::INTERNAL_SERVER_ERROR, "the log says why\n")
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    of(status, TEXT, body)
}

fn of(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, content_type);
    response
}

fn set(response: &mut Response<Full<Bytes>>, name: HeaderName, value: &'static str) {
    let value = HeaderValue::from_static(value);
    response.headers_mut().insert(name, value);
}
