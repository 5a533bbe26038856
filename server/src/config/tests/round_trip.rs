//! A configuration written as TOML and read back is the same; the file in the repository is the code's.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::collection::{hash_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use toml::Table;

use super::Scene;
use crate::access_log;
use crate::config::choices::Named;
use crate::config::{App, Config, Count, Origin, StaticMount, default_toml, settings};
use crate::http::{Allowed, CompressionRules, CorsRules, TrustedProxy};
use crate::net::{BindAddress, SocketOptions, TlsFiles};

/// Set to write `config/default.toml` anew instead of comparing it.
const UPDATE: &str = "COACHWHIP_TEST_UPDATE";

#[test]
fn default_toml_in_the_repository_is_made_from_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/default.toml");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, default_toml()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == default_toml(),
        "config/default.toml is stale; write it anew with `{UPDATE}=1 cargo test -p server default_toml`"
    );
}

#[test]
fn default_toml_says_what_holds_without_it() {
    let scene = Scene::new();
    let without = scene.config(&[]);
    scene.write("config/default.toml", &default_toml());
    assert_eq!(scene.config(&[]), without);
}

#[test]
fn both_documents_name_every_key() {
    let effective: Table = Scene::new().config(&[]).to_toml().parse().unwrap();
    let written = effective["server"].as_table().unwrap();
    assert_eq!(written.len(), settings::IN_FILE.len());
    for setting in settings::IN_FILE {
        let key = setting.about().key();
        assert!(effective["server"].get(&key).is_some(), "{key}");
        let line = default_toml()
            .lines()
            .find(|line| {
                line.trim_start_matches("# ")
                    .starts_with(&format!("{key} = "))
            })
            .map(str::to_owned);
        assert_eq!(
            line.is_some_and(|line| line.starts_with('#')),
            setting.default_toml().is_none(),
            "{key}"
        );
    }
}

#[test]
fn effective_configuration_keeps_an_unset_venv_unset() {
    let scene = Scene::new();
    let config = scene.config(&["--venv", ""]);
    scene.write("effective.toml", &config.to_toml());
    let activated = scene.venv("activated");
    let scene = scene.with_variable("VIRTUAL_ENV", activated);
    assert_eq!(scene.config(&["--config", "effective.toml"]), config);
}

const DIRECTORY_NAMES: [&str; 5] = [
    "plain",
    "with space",
    "quote\"d 'twice'",
    "größe\\t",
    "line\nbreak",
];

fn identifier() -> impl Strategy<Value = String> {
    "[a-zäλ_][a-z0-9ß_]{0,8}"
}

fn app() -> impl Strategy<Value = App> {
    (vec(identifier(), 1..4), option::of(identifier())).prop_map(|(parts, attribute)| App {
        module: parts.join("."),
        attribute,
    })
}

fn address() -> impl Strategy<Value = BindAddress> {
    prop_oneof![
        ("[a-z][a-z0-9.-]{0,20}", any::<u16>())
            .prop_map(|(host, port)| BindAddress::Tcp { host, port }),
        any::<([u16; 8], u16)>().prop_map(|(segments, port)| {
            BindAddress::Tcp {
                host: std::net::Ipv6Addr::from(segments).to_string(),
                port,
            }
        }),
        "/[^\0]{0,25}".prop_map(|path| BindAddress::Unix(path.into())),
        (0..=i32::MAX).prop_map(BindAddress::Fd),
    ]
}

fn count(max: usize) -> impl Strategy<Value = Count> {
    option::of(number(max)).prop_map(|count| count.map_or(Count::Auto, Count::Exactly))
}

fn number(max: usize) -> impl Strategy<Value = NonZeroUsize> {
    (1..=max).prop_map(|number| NonZeroUsize::new(number).unwrap())
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (1..=86_400_u64).prop_map(Duration::from_secs),
        (1..=86_400_000_000_000_u64).prop_map(Duration::from_nanos)
    ]
}

fn named<T: Named + std::fmt::Debug>() -> impl Strategy<Value = T> {
    select(T::NAMES).prop_map(|(_, value)| value)
}

fn directories(below: PathBuf) -> impl Strategy<Value = PathBuf> {
    select(&DIRECTORY_NAMES).prop_map(move |name| below.join(name))
}

fn static_mounts(below: PathBuf) -> impl Strategy<Value = Vec<StaticMount>> {
    let path = prop_oneof![Just(String::from("/")), "(/[a-zß0-9_\"' -]{1,6}){1,3}"];
    let paths = hash_set(path, 0..3);
    let controls = vec(option::of("[a-z=\", ]{0,8}[a-z0-9]"), 3);
    (paths, vec(directories(below), 3), controls).prop_map(|(paths, directories, controls)| {
        let mounts = paths.into_iter().zip(directories).zip(controls);
        mounts
            .map(|((mount, dir), control)| StaticMount {
                mount,
                dir,
                cache_control: control.map(|control| control.trim().parse().unwrap()),
                origin: Origin::Default,
            })
            .collect()
    })
}

fn allowed<T: Clone + std::fmt::Debug + 'static>(
    names: &'static [&'static str],
    read: fn(&str) -> T,
) -> impl Strategy<Value = Allowed<T>> {
    option::of(vec(select(names).prop_map(read), 0..4))
        .prop_map(|names| names.map_or(Allowed::Any, Allowed::These))
}

fn cors() -> impl Strategy<Value = CorsRules> {
    let origins = &["https://example.org", "http://localhost:5173", "app://main"];
    let headers = &["authorization", "content-type", "x-own"];
    let rules = (
        allowed(origins, |text| text.parse().unwrap()),
        allowed(&["GET", "POST", "BREW"], |text| text.parse().unwrap()),
        allowed(headers, |text| text.parse().unwrap()),
        allowed(headers, |text| text.parse().unwrap()),
        any::<(bool, bool)>(),
        duration(),
    );
    rules.prop_map(
        |(origins, methods, headers, exposed, (credentials, private_network), max_age)| {
            let has_any =
                origins.is_any() || methods.is_any() || headers.is_any() || exposed.is_any();
            CorsRules {
                origins,
                methods,
                headers,
                exposed,
                credentials: credentials && !has_any,
                max_age,
                private_network,
            }
        },
    )
}

fn compression() -> impl Strategy<Value = CompressionRules> {
    (vec(named(), 0..4), 1..=(1_usize << 30)).prop_map(|(algorithms, bytes_min)| CompressionRules {
        algorithms,
        bytes_min,
    })
}

fn tls() -> impl Strategy<Value = TlsFiles> {
    let file = || select(&DIRECTORY_NAMES).prop_map(PathBuf::from);
    (vec((file(), file()), 0..3), option::of(file())).prop_map(|(pairs, client_ca)| {
        let (certificates, keys): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let client_ca = client_ca.filter(|_| !keys.is_empty());
        TlsFiles {
            certificates,
            keys,
            client_ca,
        }
    })
}

fn socket_options() -> impl Strategy<Value = SocketOptions> {
    (0..=0o777_u32, any::<bool>(), number(65_535)).prop_map(|(mode, reuse_port, backlog)| {
        SocketOptions {
            unix_mode: format!("{mode:03o}").parse().unwrap(),
            reuse_port,
            backlog,
        }
    })
}

/// The proxies that are trusted, and whether they speak the PROXY protocol.
fn proxies() -> impl Strategy<Value = (Allowed<TrustedProxy>, bool)> {
    let names = &["unix", "10.0.0.1", "192.168.0.0/16", "::1", "2001:db8::/32"];
    let proxies = allowed(names, |text| text.parse().unwrap());
    (proxies, any::<bool>()).prop_map(|(proxies, speaks)| {
        let has_proxies = proxies != Allowed::These(Vec::new());
        (proxies, speaks && has_proxies)
    })
}

fn access_log() -> impl Strategy<Value = (Option<PathBuf>, access_log::Format)> {
    let path = prop_oneof![Just(String::from("-")), "[^\0]{1,25}"];
    (option::of(path.prop_map(PathBuf::from)), named())
}

/// A configuration with other settings of HTTP.
fn with_http(python: Config) -> impl Strategy<Value = Config> {
    let connections = (
        socket_options(),
        tls(),
        (number(10_000), (1_usize << 20)..=(64 << 30)),
        1..=(1_usize << 30),
    );
    let http = (cors(), compression(), connections, proxies(), access_log());
    let http = (http, named());
    http.prop_map(
        move |((cors, compression, connections, proxies, access_log), error_format)| {
            let (access_log, access_log_format) = access_log;
            let (socket_options, tls, (http2_max_streams, http2_max_unsent_bytes), min_body_rate) =
                connections;
            let (trusted_proxies, proxy_protocol) = proxies;
            Config {
                error_format,
                tls,
                socket_options,
                trusted_proxies,
                proxy_protocol,
                cors,
                compression,
                min_body_rate,
                http2_max_streams,
                http2_max_unsent_bytes,
                access_log,
                access_log_format,
                ..python.clone()
            }
        },
    )
}

/// Of the rest, what `base` has.
fn config(below: &Path, base: Config) -> impl Strategy<Value = Config> + use<> {
    let python = (
        app(),
        vec(directories(below.to_owned()), 0..4),
        option::of(directories(below.to_owned())),
        named(),
        named(),
        named(),
        named(),
    );
    let numbers = (
        count(1024),
        count(256),
        number(1_000_000),
        number(1 << 20),
        number(1000),
        number(1_000_000),
        [number(1_000_000), number(1_000_000)],
    );
    let limits = (
        (vec(address(), 1..4), option::of(address())),
        0..=(64_usize << 30),
        (8_usize << 10)..=(1 << 20),
        any::<(bool, bool)>(),
        (1_usize << 10)..=(1 << 30),
    );
    let times = [(); 6].map(|()| duration());
    let others = (numbers, limits, times, static_mounts(below.to_owned()));
    (python, others).prop_map(move |(python, (numbers, limits, times, static_mounts))| {
        let (app, pythonpath, venv, strategy, dispatch, log_level, log_format) = python;
        let (workers, io_threads, max_concurrency, queue_depth, ..) = numbers;
        let (.., max_headers, max_connections, [max_form_fields, max_form_files]) = numbers;
        let ((bind, admin), max_body_bytes, max_header_bytes, switches, max_message_bytes) = limits;
        let (pin_cores, debug) = switches;
        let [queue_timeout, header_timeout, body_timeout, rest @ ..] = times;
        let [keep_alive_timeout, ping_interval, shutdown_timeout] = rest;
        Config {
            app,
            pythonpath,
            venv,
            strategy,
            workers,
            max_concurrency,
            pin_cores,
            dispatch,
            queue_depth,
            queue_timeout,
            bind,
            io_threads,
            debug,
            max_body_bytes,
            max_form_fields,
            max_form_files,
            max_header_bytes,
            max_headers,
            header_timeout,
            body_timeout,
            keep_alive_timeout,
            max_message_bytes,
            ping_interval,
            max_connections,
            shutdown_timeout,
            admin,
            log_level,
            log_format,
            static_mounts,
            ..base.clone()
        }
    })
}

#[test]
fn configuration_survives_its_way_through_toml() {
    let scene = Scene::new();
    for name in DIRECTORY_NAMES {
        scene.venv(name);
    }
    let default = Scene::new().config(&[]);
    let configured = config(scene.directory.path(), default).prop_flat_map(with_http);
    proptest!(|(config in configured)| {
        scene.write("effective.toml", &config.to_toml());
        prop_assert_eq!(scene.config(&["--config", "effective.toml"]), config);
    });
}
