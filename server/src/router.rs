//! From method and path to a handler, before any interpreter is involved.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode};
use native_types::message::{Params, RouteId};
use native_types::middleware::Worded;
use native_types::routes::{Receiving, RouteInfo};
use percent_encoding::percent_decode_str;
use smallvec::SmallVec;

mod mounts;

pub use mounts::MountClash;

/// The table that the handler modules registered. Immutable, shared by all I/O threads.
#[derive(Debug, Default)]
pub struct Router {
    paths: matchit::Router<usize>,
    rows: Vec<Row>,
    /// The mount `/`, by its row: what no route has.
    root_mount: Option<usize>,
    /// How bodies are received, by the number of the route.
    receiving: Box<[Receiving]>,
    /// Where WebSockets are opened: a table of its own, so that other requests are not looked up differently.
    sockets: Option<Box<Self>>,
    worded: Worded,
}

/// One path with its methods, or a path of a mount.
#[derive(Debug)]
struct Row {
    routes: SmallVec<[(Method, RouteId, Arc<RouteInfo>); 2]>,
    allow: HeaderValue,
    /// The mount, which has no routes.
    mount: Option<usize>,
}

/// Where a request goes.
#[derive(Debug)]
pub enum Found {
    /// To a handler.
    Route {
        /// Which one.
        route: RouteId,
        /// The values of its path parameters.
        params: Params,
        /// The percent-decoded path, where it differs from the path as it came.
        decoded_path: Option<Box<str>>,
    },
    /// Nowhere: no such path, or a path parameter that does not convert. 404.
    NotFound,
    /// The path has other methods. 405.
    MethodNotAllowed {
        /// The methods that it has, as the value of `Allow` (RFC 9110 section 10.2.1).
        allow: HeaderValue,
    },
    /// `OPTIONS` that no handler asked for. 204.
    Options {
        /// As above.
        allow: HeaderValue,
    },
    /// To WebSockets alone, and the request asks for none. 426.
    UpgradeRequired,
    /// The path is not UTF-8 once it is percent-decoded. 400.
    BadPath,
    /// To the files of a mount: the one at this index of those that the router was made with.
    Mount(usize),
}

/// Two routes for the same method and path. The author's fault.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("two handlers clash: {method} {path} is {first}, and {method} {other_path} is {second}")]
pub struct Clash {
    method: String,
    path: String,
    other_path: String,
    first: String,
    second: String,
}

impl Router {
    /// The router for a table.
    ///
    /// # Errors
    ///
    /// [`Clash`] for two routes that answer the same requests.
    pub fn new(table: &[Arc<RouteInfo>]) -> Result<Self, Clash> {
        let mut router = Self::of(table, |info| !info.is_websocket())?;
        if table.iter().any(|info| info.is_websocket()) {
            router.sockets = Some(Box::new(Self::of(table, RouteInfo::is_websocket)?));
        }
        Ok(router)
    }

    /// The router for some rows of a table.
    fn of(table: &[Arc<RouteInfo>], is_in: impl Fn(&RouteInfo) -> bool) -> Result<Self, Clash> {
        let mut methods: BTreeMap<String, Vec<(Method, RouteId, Arc<RouteInfo>)>> = BTreeMap::new();
        let rows = table.iter().enumerate().filter(|(_, info)| is_in(info));
        for (index, info) in rows.clone() {
            let id = RouteId(u32::try_from(index).expect("fewer routes than 2^32"));
            let row = methods.entry(pattern(&info.path)).or_default();
            for method in &info.methods {
                if let Some((_, _, first)) = row.iter().find(|(known, _, _)| known == method) {
                    return Err(clash(method.as_str(), first, info));
                }
                row.push((method.clone(), id, Arc::clone(info)));
            }
        }
        let mut router = Self {
            receiving: table.iter().map(|info| info.receiving).collect(),
            ..Self::default()
        };
        for (pattern, routes) in methods {
            let first = Arc::clone(&routes[0].2);
            router.insert(&pattern, routes).map_err(|with| {
                let mut others = rows.clone().map(|(_, info)| info);
                let other = others.find(|info| self::pattern(&info.path) == with);
                clash(first.methods[0].as_str(), other.unwrap_or(&first), &first)
            })?;
        }
        Ok(router)
    }

    /// Adds a path; gives back the pattern that it clashes with.
    fn insert(
        &mut self,
        pattern: &str,
        routes: Vec<(Method, RouteId, Arc<RouteInfo>)>,
    ) -> Result<(), String> {
        match self.paths.insert(pattern, self.rows.len()) {
            Ok(()) => {}
            Err(matchit::InsertError::Conflict { with }) => return Err(with),
            Err(_) => return Err(pattern.to_owned()),
        }
        let allow = allow(&routes);
        self.rows.push(Row {
            routes: routes.into(),
            allow,
            mount: None,
        });
        Ok(())
    }

    /// How the bodies of a route's requests are received.
    pub fn receiving(&self, route: RouteId) -> Receiving {
        // Those behind the table word refusals, and read no body.
        let receiving = self.receiving.get(route.index()).copied();
        receiving.unwrap_or_default()
    }

    /// Whether WebSockets are opened anywhere.
    pub fn has_sockets(&self) -> bool {
        self.sockets.is_some()
    }

    /// Where a `GET` for `path` that asks for a WebSocket goes; `None` where none is opened.
    pub fn find_socket(&self, path: &str) -> Option<Found> {
        let found = self.sockets.as_ref()?.find(&Method::GET, path);
        (!matches!(found, Found::NotFound)).then_some(found)
    }

    /// The router with the refusals that Python words.
    #[must_use]
    pub fn with_worded(self, worded: Worded) -> Self {
        Self { worded, ..self }
    }

    /// Where a request for `method` and `path`, as it came, goes.
    pub fn find(&self, method: &Method, path: &str) -> Found {
        let found = self.look_up(method, path);
        let found = match &self.sockets {
            Some(sockets) => sockets.instead_of(found, method, path),
            None => found,
        };
        let worded = match &found {
            Found::NotFound => self.worded(StatusCode::NOT_FOUND, "", path),
            Found::MethodNotAllowed { allow } => {
                let allow = allow.to_str().expect("methods are tokens");
                self.worded(StatusCode::METHOD_NOT_ALLOWED, allow, path)
            }
            Found::Route { .. }
            | Found::Mount(_)
            | Found::Options { .. }
            | Found::UpgradeRequired
            | Found::BadPath => None,
        };
        worded.unwrap_or(found)
    }

    /// The way of a request that is refused with `status` to the function that words that, if there is one; `allow` are the
    /// methods that a 405 names.
    pub fn worded(&self, status: StatusCode, allow: &str, path: &str) -> Option<Found> {
        let route = self.worded.row(status)?;
        let is_encoded = path.contains('%');
        Some(Found::Route {
            route,
            params: Params::Decoded(vec![status.as_u16().to_string(), allow.to_owned()]),
            decoded_path: is_encoded.then(|| decode(path).into_boxed_str()),
        })
    }

    /// What is to be said of `path`, where WebSockets may be opened, when `found` is what else is there.
    fn instead_of(&self, found: Found, method: &Method, path: &str) -> Found {
        let is_missing = matches!(found, Found::NotFound);
        if !is_missing && !matches!(found, Found::MethodNotAllowed { .. }) {
            return found;
        }
        let other = self.look_up(method, path);
        if matches!(other, Found::Route { .. }) {
            Found::UpgradeRequired
        } else if is_missing {
            other
        } else {
            found
        }
    }

    fn look_up(&self, method: &Method, path: &str) -> Found {
        if !path.contains('%') {
            let Ok(matched) = self.paths.at(path) else {
                return self.without_route(method);
            };
            let ranges = matched
                .params
                .iter()
                .map(|(_, value)| range_of(value, path));
            let params = Params::Slices(ranges.collect());
            return self.rows[*matched.value].find(method, params, None, |index| {
                matched
                    .params
                    .iter()
                    .nth(index)
                    .map_or("", |(_, value)| value)
            });
        }
        let Ok(decoded) = percent_decode_str(path).decode_utf8() else {
            return Found::BadPath;
        };
        let Ok(matched) = self.paths.at(&decode_segments(path)).map(|matched| {
            let values = matched.params.iter().map(|(_, value)| decode(value));
            (*matched.value, values.collect::<Vec<String>>())
        }) else {
            return self.without_route(method);
        };
        let (row, values) = matched;
        let checked = values.clone();
        let decoded = Some(decoded.into_owned().into_boxed_str());
        self.rows[row].find(method, Params::Decoded(values), decoded, |index| {
            &checked[index]
        })
    }

    /// Where a request goes whose path has no route.
    fn without_route(&self, method: &Method) -> Found {
        let row = self.root_mount.map(|row| &self.rows[row]);
        row.map_or(Found::NotFound, |row| row.without_route(method))
    }
}

impl Row {
    fn find<'a>(
        &self,
        method: &Method,
        params: Params,
        decoded_path: Option<Box<str>>,
        value: impl Fn(usize) -> &'a str,
    ) -> Found {
        let by_method = |wanted: &Method| self.routes.iter().find(|(known, _, _)| known == wanted);
        let found = by_method(method).or_else(|| {
            if *method == Method::HEAD {
                by_method(&Method::GET)
            } else {
                None
            }
        });
        let Some((_, route, info)) = found else {
            return self.without_route(method);
        };
        let mut named = info.plan.named.iter();
        if named.all(|(index, _, converter)| converter.accepts(value(*index))) {
            Found::Route {
                route: *route,
                params,
                decoded_path,
            }
        } else {
            Found::NotFound
        }
    }

    /// The answer to a method that no route of the path has.
    fn without_route(&self, method: &Method) -> Found {
        let allow = self.allow.clone();
        match *method {
            Method::GET | Method::HEAD if let Some(mount) = self.mount => Found::Mount(mount),
            Method::OPTIONS => Found::Options { allow },
            _ => Found::MethodNotAllowed { allow },
        }
    }
}

/// The path with its parameters numbered, so that `/users/{id}` and `/users/{name}` are the same, and with percent signs as
/// [`decode_segments`] has them.
fn pattern(path: &str) -> String {
    let mut number = 0;
    let segments = path.split('/').map(|segment| {
        if !segment.starts_with('{') {
            return segment.replace('%', "%25");
        }
        number += 1;
        if segment.starts_with("{*") {
            format!("{{*p{number}}}")
        } else {
            format!("{{p{number}}}")
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn range_of(value: &str, path: &str) -> Range<u32> {
    let start = value.as_ptr() as usize - path.as_ptr() as usize;
    let bound = |index: usize| u32::try_from(index).expect("a path is shorter than 4 GiB");
    bound(start)..bound(start + value.len())
}

/// The path decoded for matching: all but slashes and percent signs, so that an encoded slash stays within its segment and
/// each value can be decoded by itself. A `%` that begins no escape stands for itself, so it becomes `%25`.
fn decode_segments(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = escaped_byte(rest);
        match (escaped, first) {
            (Some(b'/'), _) => bytes.extend_from_slice(b"%2F"),
            (Some(b'%'), _) | (None, b'%') => bytes.extend_from_slice(b"%25"),
            (Some(byte), _) => bytes.push(byte),
            (None, byte) => bytes.push(*byte),
        }
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    String::from_utf8(bytes).expect("the decoded path is UTF-8, and ASCII was put for ASCII")
}

/// The byte that the escape at the start of `text` stands for, if there is one.
fn escaped_byte(text: &[u8]) -> Option<u8> {
    let &[b'%', high, low, ..] = text else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// `Allow`: the methods of a path, and those that the server answers by itself.
fn allow(routes: &[(Method, RouteId, Arc<RouteInfo>)]) -> HeaderValue {
    let mut names: Vec<&str> = routes
        .iter()
        .map(|(method, _, _)| method.as_str())
        .collect();
    if names.contains(&"GET") && !names.contains(&"HEAD") {
        names.push("HEAD");
    }
    if !names.contains(&"OPTIONS") {
        names.push("OPTIONS");
    }
    names.sort_unstable();
    HeaderValue::try_from(names.join(", ")).expect("methods are tokens")
}

fn clash(method: &str, first: &RouteInfo, second: &RouteInfo) -> Clash {
    let method = if first.is_websocket() {
        "WEBSOCKET"
    } else {
        method
    };
    Clash {
        method: method.to_owned(),
        path: first.path.clone(),
        other_path: second.path.clone(),
        first: first.source.to_string(),
        second: second.source.to_string(),
    }
}

#[cfg(test)]
mod tests;
