//! Routing by table: what is found for which method and path.

use native_types::handler::{Converter, Plan};
use native_types::routes::{Receiving, RouteKind};
use native_types::signature::Source;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

fn info(path: &str, methods: &[Method], params: &[(&str, Converter)]) -> Arc<RouteInfo> {
    let names: Vec<String> = params.iter().map(|(name, _)| (*name).to_owned()).collect();
    let arguments = params.iter().enumerate();
    let arguments =
        arguments.map(|(index, (name, converter))| (index, (*name).to_owned(), *converter));
    Arc::new(RouteInfo {
        path: path.to_owned(),
        methods: methods.to_vec(),
        params: names.into(),
        plan: Plan {
            takes_request: true,
            named: arguments.collect(),
        },
        is_async: false,
        seems_to_stream: false,
        receiving: Receiving::Whole,
        kind: RouteKind::Request,
        source: Source {
            function: format!("app.{}", path.len()),
            file: "app.py".into(),
            line: 3,
        },
    })
}

fn router() -> Router {
    Router::new(&[
        info("/", &[Method::GET], &[]),
        info(
            "/users/{id}",
            &[Method::GET, Method::PUT],
            &[("id", Converter::Int)],
        ),
        info(
            "/users/{name}",
            &[Method::DELETE],
            &[("name", Converter::Str)],
        ),
        info(
            "/files/{*rest}",
            &[Method::GET],
            &[("rest", Converter::Str)],
        ),
        info("/a b", &[Method::POST], &[]),
        info("/100%", &[Method::GET], &[]),
    ])
    .unwrap()
}

fn describe(router: &Router, method: &Method, path: &str) -> String {
    tell(router.find(method, path), path)
}

fn tell(found: Found, path: &str) -> String {
    match found {
        Found::Route {
            route,
            params: Params::Slices(ranges),
            decoded_path,
        } => {
            let values = ranges
                .iter()
                .map(|range| &path[range.start as usize..range.end as usize]);
            format!(
                "{} {:?} {decoded_path:?}",
                route.0,
                values.collect::<Vec<_>>()
            )
        }
        Found::Route {
            route,
            params: Params::Decoded(values),
            decoded_path,
        } => {
            format!("{} {values:?} {:?}", route.0, decoded_path.unwrap())
        }
        Found::NotFound => "404".into(),
        Found::MethodNotAllowed { allow } => format!("405 {}", allow.to_str().unwrap()),
        Found::Options { allow } => format!("204 {}", allow.to_str().unwrap()),
        Found::BadPath => "400".into(),
        Found::Mount(index) => format!("mount {index}"),
        Found::UpgradeRequired => "426".into(),
    }
}

#[test]
fn requests_find_their_handlers() {
    let cases = [
        (Method::GET, "/", "0 [] None"),
        (Method::HEAD, "/", "0 [] None"),
        (Method::POST, "/", "405 GET, HEAD, OPTIONS"),
        (
            Method::OPTIONS,
            "/users/1",
            "204 DELETE, GET, HEAD, OPTIONS, PUT",
        ),
        (Method::GET, "/users/7", "1 [\"7\"] None"),
        (Method::PUT, "/users/7", "1 [\"7\"] None"),
        (Method::DELETE, "/users/seven", "2 [\"seven\"] None"),
        (Method::GET, "/users/seven", "404"),
        (Method::GET, "/users/", "404"),
        (Method::GET, "/users/7/x", "404"),
        (Method::GET, "/nothing", "404"),
        (Method::OPTIONS, "/nothing", "404"),
        (Method::GET, "/files/a/b.txt", "3 [\"a/b.txt\"] None"),
        (Method::POST, "/a%20b", "4 [] \"/a b\""),
        (Method::DELETE, "/users/a%2Fb", "2 [\"a/b\"] \"/users/a/b\""),
        (
            Method::DELETE,
            "/users/a%252Fb",
            "2 [\"a%2Fb\"] \"/users/a%2Fb\"",
        ),
        (
            Method::DELETE,
            "/users/%C3%A9%41",
            "2 [\"éA\"] \"/users/éA\"",
        ),
        (
            Method::DELETE,
            "/users/100%",
            "2 [\"100%\"] \"/users/100%\"",
        ),
        (Method::DELETE, "/users/%%C3%A9", "2 [\"%é\"] \"/users/%é\""),
        (
            Method::DELETE,
            "/users/%a%2%66",
            "2 [\"%a%2f\"] \"/users/%a%2f\"",
        ),
        (Method::GET, "/100%", "5 [] \"/100%\""),
        (Method::GET, "/100%25", "5 [] \"/100%\""),
        (Method::GET, "/100%2525", "404"),
        (Method::GET, "/%75sers/7", "1 [\"7\"] \"/users/7\""),
        (Method::GET, "/%ff", "400"),
    ];
    for (method, path, expected) in cases {
        assert_eq!(
            describe(&router(), &method, path),
            expected,
            "{method} {path}"
        );
    }
}

#[test]
fn a_mount_is_as_near_as_a_route_of_the_tail() {
    let router = router().with_mounts(&["/users", "/users/photos", "/"]);
    let clash = router.expect_err("/users/{id} is as near as /users/{*path}");
    let expected = MountClash {
        mount: 0,
        path: "/users/{id}".into(),
        handler: "app.11 (app.py:3)".into(),
    };
    assert_eq!(clash, expected);
    let table = [info("/{*all}", &[Method::GET], &[])];
    let router = Router::new(&table).unwrap().with_mounts(&["/a", "/"]);
    let clash = router.expect_err("nothing is left for the mount /");
    assert_eq!((clash.mount, &*clash.path), (1, "/{*all}"));
    let router = self::router().with_mounts(&["/users/7/photos", "/größe", "/assets", "/"]);
    let router = router.unwrap();
    for (method, path, expected) in [
        (Method::GET, "/users/7/photos", "mount 0"),
        (Method::GET, "/users/7/photos/", "mount 0"),
        (Method::HEAD, "/users/7/photos/a/b.png", "mount 0"),
        (Method::GET, "/users/7", "1 [\"7\"] None"),
        (Method::GET, "/users/8/photos/a", "mount 3"),
        (Method::GET, "/gr%C3%B6%C3%9Fe/a", "mount 1"),
        (Method::GET, "/assets/a", "mount 2"),
        (Method::GET, "/%61ssets/a", "mount 2"),
        (Method::GET, "/assetsx", "mount 3"),
        (Method::GET, "/assets%2Fa", "mount 3"),
        (Method::GET, "/anything", "mount 3"),
        (Method::GET, "/", "0 [] None"),
        (Method::POST, "/assets/a", "405 GET, HEAD, OPTIONS"),
        (Method::POST, "/a b", "4 [] None"),
        (Method::GET, "/a b", "405 OPTIONS, POST"),
        (Method::OPTIONS, "/assets/a", "204 GET, HEAD, OPTIONS"),
    ] {
        assert_eq!(
            describe(&router, &method, path),
            expected,
            "{method} {path}"
        );
    }
}

#[test]
fn clashing_routes_are_refused_with_both_functions() {
    let table = [
        info("/users/{id}", &[Method::GET], &[("id", Converter::Int)]),
        info("/users/{name}", &[Method::GET], &[("name", Converter::Str)]),
    ];
    let text = Router::new(&table).unwrap_err().to_string();
    for part in [
        "GET /users/{id}",
        "GET /users/{name}",
        "app.11 (app.py:3)",
        "app.13 (app.py:3)",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
}

fn socket(path: &str, params: &[(&str, Converter)]) -> Arc<RouteInfo> {
    let mut socket = info(path, &[Method::GET], params).as_ref().clone();
    socket.kind = RouteKind::WebSocket { is_accepted: true };
    Arc::new(socket)
}

#[test]
fn sockets_have_a_table_of_their_own() {
    let table = [
        info("/", &[Method::GET], &[]),
        socket("/", &[]),
        socket("/chat", &[]),
        info("/talk", &[Method::POST], &[]),
        socket("/talk", &[]),
        socket("/rooms/{id}", &[("id", Converter::Int)]),
    ];
    let router = Router::new(&table).unwrap();
    let cases = [
        (Method::GET, "/", "0 [] None"),
        (Method::GET, "/chat", "426"),
        (Method::HEAD, "/chat", "426"),
        (Method::GET, "/talk", "426"),
        (Method::POST, "/talk", "3 [] None"),
        (Method::PUT, "/talk", "405 OPTIONS, POST"),
        (Method::POST, "/chat", "405 GET, HEAD, OPTIONS"),
        (Method::OPTIONS, "/chat", "204 GET, HEAD, OPTIONS"),
        (Method::GET, "/rooms/7", "426"),
        (Method::GET, "/rooms/seven", "404"),
        (Method::GET, "/nothing", "404"),
    ];
    for (method, path, expected) in cases {
        let found = tell(router.find(&method, path), path);
        assert_eq!(found, expected, "{method} {path}");
    }
    for (path, expected) in [
        ("/", Some("1 [] None")),
        ("/talk", Some("4 [] None")),
        ("/rooms/7", Some("5 [\"7\"] None")),
        ("/rooms/seven", None),
        ("/nothing", None),
        ("/%ff", Some("400")),
    ] {
        let found = router.find_socket(path).map(|found| tell(found, path));
        assert_eq!(found.as_deref(), expected, "{path}");
    }
}

proptest! {
    /// Whatever a client sends as one segment arrives decoded, once.
    #[test]
    fn an_encoded_segment_arrives_as_it_was(name in "\\PC{1,20}") {
        let path = format!("/users/{}", utf8_percent_encode(&name, NON_ALPHANUMERIC));
        let Found::Route { params, .. } = router().find(&Method::DELETE, &path) else {
            panic!("{path} is not found");
        };
        let value = match params {
            Params::Slices(ranges) => path[ranges[0].start as usize..ranges[0].end as usize].to_owned(),
            Params::Decoded(values) => values[0].clone(),
        };
        prop_assert_eq!(value, name);
    }

    /// No path makes routing panic.
    #[test]
    fn any_path_is_answered(path in "/[ -~]{0,40}") {
        let _ = router().find(&Method::GET, &path);
    }
}
