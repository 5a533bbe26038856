//! The commands that end by themselves, the precedence of the sources of configuration, and the demo.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::strategy::{info, python_version};
use support::{Call, Ended, Launch, Strategy, handlers, root};

/// What a command prints that must succeed.
fn prints(launch: Launch) -> String {
    let Ended {
        code,
        stdout,
        stderr,
    } = launch.run();
    assert_eq!(code, Some(0), "stderr:\n{stderr}");
    stdout
}

fn prints_toml(launch: Launch) -> toml::Table {
    let text = prints(launch);
    text.parse()
        .unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn info_tells_python_and_strategies() {
    let text = prints(Launch::bare().args(["info"]));
    for part in [
        python_version(),
        "main",
        "subinterp",
        "freethreaded",
        "auto",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let python = &info()["python"];
    assert_eq!(info()["version"], env!("CARGO_PKG_VERSION"));
    assert!(
        python["free_threaded"].is_boolean() && python["executable"].is_string(),
        "{python}"
    );
    let strategies = info()["strategies"]
        .as_object()
        .expect("strategies by name");
    let names: Vec<_> = strategies.keys().map(String::as_str).collect();
    assert_eq!(
        BTreeSet::from_iter(names),
        BTreeSet::from(["freethreaded", "main", "subinterp"])
    );
    for (name, told) in strategies {
        let possible = told["possible"]
            .as_bool()
            .expect("possible is true or false");
        assert!(
            possible
                || told["reason"]
                    .as_str()
                    .is_some_and(|reason| !reason.is_empty()),
            "{name}: {told}"
        );
    }
    let auto = info()["auto"]["strategy"].as_str().expect("auto.strategy");
    assert_eq!(
        strategies[auto]["possible"], true,
        "auto takes what is possible"
    );
    assert!(info()["auto"]["reason"].is_string());
}

#[test]
fn version_and_help_exit_0() {
    assert_eq!(
        prints(Launch::bare().args(["--version"])).trim(),
        concat!("coachwhip ", env!("CARGO_PKG_VERSION"))
    );
    let help = prints(Launch::bare().args(["--help"]));
    for option in [
        "--strategy",
        "--dispatch",
        "--workers",
        "--bind",
        "--queue-depth",
        "--pythonpath",
        "--config",
        "--debug",
    ] {
        assert!(help.contains(option), "no {option} in {help}");
    }
}

fn routes() -> Launch {
    Launch::bare()
        .args(["routes", "behaviour", "--pythonpath"])
        .args([handlers()])
}

#[test]
fn routes_tells_method_path_function_and_place() {
    let text = prints(routes());
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.contains("/int/{value}"))
        .collect();
    let [line] = lines[..] else {
        panic!("not one line for /int/{{value}}: {text}")
    };
    for part in ["GET", "takes_int", "routing.py:"] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    let methods = text
        .lines()
        .filter(|line| line.split_whitespace().any(|word| word == "/verbs"));
    let told: String = methods.collect();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert!(told.contains(method), "no {method} for /verbs in {told}");
    }
    let both = text
        .lines()
        .filter(|line| line.split_whitespace().any(|word| word == "/ws/both"));
    let methods: BTreeSet<_> = both
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(methods, BTreeSet::from(["GET", "WEBSOCKET"]), "{text}");
}

/// Every object with a `path`, at whatever depth.
fn entries<'a>(told: &'a Value, found: &mut Vec<&'a Value>) {
    if told.get("path").is_some() {
        found.push(told);
    }
    let lists = told.as_array().into_iter().flatten();
    let maps = told.as_object().into_iter().flat_map(|map| map.values());
    for inner in lists.chain(maps) {
        entries(inner, found);
    }
}

#[test]
fn routes_json_tells_the_same() {
    let text = prints(routes().args(["--json"]));
    let told: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    let mut found = Vec::new();
    entries(&told, &mut found);
    let entry = found
        .iter()
        .find(|entry| entry["path"] == "/int/{value}")
        .expect("an entry of /int/{value}");
    let text = entry.to_string();
    for part in ["GET", "takes_int", "routing.py"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn config_can_be_fed_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("fed.toml");
    let first = prints(Launch::bare().args([
        "config",
        "--workers",
        "3",
        "--queue-depth",
        "77",
        "--strategy",
        "main",
    ]));
    std::fs::write(&file, &first).expect("a temporary file");
    let second = prints(Launch::bare().args([Path::new("config"), Path::new("--config"), &file]));
    assert_eq!(first, second);
    let table: toml::Table = first
        .parse()
        .unwrap_or_else(|error| panic!("{error} in {first}"));
    assert_eq!(table["server"]["workers"].as_integer(), Some(3));
    assert!(first.contains("77"));
}

/// Default < file < environment < command line.
#[test]
fn config_takes_the_strongest_source() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("given.toml");
    std::fs::write(&file, "[server]\nworkers = 5\n").expect("a temporary file");
    let command = || Launch::bare().args(["config", "--strategy", "main"]);
    let with_file = || command().args([Path::new("--config"), &file]);
    let workers = |launch| prints_toml(launch)["server"]["workers"].as_integer();
    assert_eq!(workers(with_file()), Some(5));
    assert_eq!(workers(with_file().env("COACHWHIP_WORKERS", "6")), Some(6));
    assert_eq!(
        workers(
            with_file()
                .env("COACHWHIP_WORKERS", "6")
                .args(["--workers", "7"])
        ),
        Some(7)
    );
    assert_eq!(workers(command().env("COACHWHIP_WORKERS", "6")), Some(6));
}

#[test]
fn config_reads_the_default_file_below_the_working_directory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("config")).expect("a temporary folder");
    std::fs::write(
        folder.path().join("config/default.toml"),
        "[server]\nworkers = 5\n",
    )
    .expect("a temporary file");
    let told = prints_toml(Launch::bare().args(["config"]).directory(folder.path()));
    assert_eq!(told["server"]["workers"].as_integer(), Some(5));
}

/// The root's own `config/default.toml` serves the demo, under each strategy.
#[test]
fn demo_is_served_at_the_root_by_default() {
    for strategy in [Strategy::Main, Strategy::Subinterp, Strategy::Freethreaded] {
        if !strategy.is_possible() {
            continue;
        }
        let arguments = [
            "--strategy",
            strategy.name(),
            "--bind",
            "127.0.0.1:0",
            "--workers",
            "2",
        ];
        let server = Launch::bare().args(arguments).directory(root()).start();
        assert_eq!(server.ready.field("app"), "pyhandlers.demo");
        assert_eq!(server.ready.field("workers"), "2");
        assert_eq!(server.get("/").expect(200).text(), "Hello, World!");
        assert_eq!(server.get("/users/7").expect(200).json()["id"], 7);
        server.get("/users/seven").expect(404);
        let echo = Call::post("/echo", "{\"a\": 1}").header("Content-Type", "application/json");
        let answer = server.call(&echo).expect(200);
        assert_eq!(
            (answer.header("content-type"), answer.text().as_str()),
            (Some("application/json"), "{\"a\": 1}")
        );
        assert_eq!(
            server.get("/where").expect(200).json()["strategy"],
            strategy.name()
        );
        server.get("/slow").expect(200);
        server.get("/cpu").expect(200);
        server.stop();
    }
}
