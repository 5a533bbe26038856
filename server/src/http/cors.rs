//! Which pages of other origins may read answers (CORS, the Fetch standard, section 3.2).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};
use tower_layer::Layer as _;
use tower_service::Service as _;

use super::AnswerBody;
use super::answered::Answered;

/// What is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed<T> {
    /// Everything, `*`.
    Any,
    /// These.
    These(Vec<T>),
}

impl<T> Allowed<T> {
    /// Whether it is `*`.
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }
}

/// An origin as browsers send it (RFC 6454): scheme, host, and the port where it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (scheme, place) = text.split_once("://").ok_or(())?;
        let uri: Uri = text.parse().map_err(|_| ())?;
        let authority = uri.authority().ok_or(())?;
        // Anything beside scheme, host and port would stand in what is left.
        if authority.as_str() != place || place.contains('@') || authority.host().is_empty() {
            return Err(());
        }
        let own_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => "",
        };
        let place = place.strip_suffix(own_port).unwrap_or(place);
        let text = format!("{scheme}://{place}").to_ascii_lowercase();
        HeaderValue::try_from(text).map(Self).map_err(|_| ())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// What pages of which origins may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsRules {
    /// The pages that may read answers.
    pub origins: Allowed<Origin>,
    /// The methods that they may use.
    pub methods: Allowed<Method>,
    /// The request's header fields that they may set.
    pub headers: Allowed<HeaderName>,
    /// The answer's header fields that they may read, beside the usual ones.
    pub exposed: Allowed<HeaderName>,
    /// Whether they may send cookies and the like. Nothing is [`Allowed::Any`] then.
    pub credentials: bool,
    /// How long browsers may keep the answer to a preflight.
    pub max_age: Duration,
    /// Whether they may reach the server from a more public network than its own (Private Network Access).
    pub private_network: bool,
}

/// Answers preflights, and adds the header fields that browsers look for.
#[derive(Clone, Debug)]
pub(super) struct Cors(CorsLayer);

impl Cors {
    pub(super) fn new(rules: CorsRules) -> Self {
        let origins = match rules.origins {
            Allowed::Any => AllowOrigin::any(),
            Allowed::These(origins) => {
                AllowOrigin::list(origins.into_iter().map(|Origin(value)| value))
            }
        };
        let methods = match rules.methods {
            Allowed::Any => AllowMethods::any(),
            Allowed::These(methods) => AllowMethods::list(methods),
        };
        let headers = match rules.headers {
            Allowed::Any => AllowHeaders::any(),
            Allowed::These(names) => AllowHeaders::list(names),
        };
        let exposed = match rules.exposed {
            Allowed::Any => ExposeHeaders::any(),
            Allowed::These(names) => ExposeHeaders::list(names),
        };
        let layer = CorsLayer::new()
            .allow_origin(origins)
            .allow_methods(methods)
            .allow_headers(headers)
            .expose_headers(exposed)
            .allow_credentials(rules.credentials)
            .max_age(rules.max_age)
            .allow_private_network(rules.private_network);
        Self(layer)
    }

    /// Whether the request asks only whether another one would be allowed.
    pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
        let has = |name| headers.contains_key(name);
        *method == Method::OPTIONS && has(ORIGIN) && has(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The answer to a preflight with these header fields.
    pub(super) async fn preflight(&self, headers: HeaderMap) -> Response<AnswerBody> {
        self.apply(Method::OPTIONS, headers, Response::default())
            .await
    }

    /// Adds to `response` what a page of `origin` needs to read it.
    pub(super) async fn sign(
        &self,
        origin: Option<HeaderValue>,
        response: Response<AnswerBody>,
    ) -> Response<AnswerBody> {
        let origin = origin.map(|origin| (ORIGIN, origin));
        // The layer would answer every `OPTIONS` by itself, those that ask for no preflight too.
        self.apply(Method::GET, origin.into_iter().collect(), response)
            .await
    }

    async fn apply(
        &self,
        method: Method,
        headers: HeaderMap,
        response: Response<AnswerBody>,
    ) -> Response<AnswerBody> {
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        let mut service = self.0.layer(Answered::new(response));
        service
            .call(request)
            .await
            .unwrap_or_else(|never| match never {})
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn origins_are_read_as_browsers_send_them() {
        let rows = [
            ("https://example.org", Some("https://example.org")),
            ("HTTPS://Example.ORG", Some("https://example.org")),
            ("https://example.org:443", Some("https://example.org")),
            ("http://example.org:80", Some("http://example.org")),
            ("http://localhost:5173", Some("http://localhost:5173")),
            ("https://example.org:80", Some("https://example.org:80")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("app://main", Some("app://main")),
            ("https://example.org/", None),
            ("https://example.org/path", None),
            ("https://user@example.org", None),
            ("https://example.org?query", None),
            ("https://*.example.org/", None),
            ("example.org", None),
            ("https://", None),
            ("null", None),
            ("", None),
        ];
        for (text, expected) in rows {
            let read = text.parse::<Origin>().ok().map(|origin| origin.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }
}
