//! What does not start: one clear message on stderr, the exit status of the contract, and nothing on stdout.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

mod startup {
    mod modules;
}

use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use support::strategy::{info, python_version};
use support::{Call, Ended, Launch, Strategy, handlers};

/// Runs what must fail with `status`, and returns its message after looking for each of `parts`.
fn fails(launch: Launch, status: i32, parts: &[&str]) -> String {
    let Ended {
        code,
        stdout,
        stderr,
    } = launch.run();
    assert_eq!(code, Some(status), "exit status; stderr:\n{stderr}");
    assert_eq!(stdout, "", "no ready line of a server that did not start");
    for part in parts {
        assert!(stderr.contains(part), "no {part:?} in stderr:\n{stderr}");
    }
    assert!(
        !stderr.contains("panicked"),
        "a failure is no panic:\n{stderr}"
    );
    stderr
}

#[test]
fn bad_option_or_value_exits_2_naming_both() {
    let rows = [
        ("--nonsense", "1"),
        ("--strategy", "fastest"),
        ("--workers", "0"),
        ("--workers", "-1"),
        ("--workers", "many"),
        ("--workers", "99999999999999999999"),
        ("--io-threads", "0"),
        ("--io-threads", "none"),
        ("--queue-depth", "0"),
        ("--queue-depth", "1.5"),
        ("--queue-timeout", "soon"),
        ("--queue-timeout", "-1"),
        ("--max-body-bytes", "lots"),
        ("--shutdown-timeout", "NaN"),
        ("--bind", "nowhere"),
        ("--bind", "127.0.0.1:65536"),
        ("--log-level", "loud"),
        ("--log-format", "xml"),
    ];
    for (option, value) in rows {
        let argument = format!("{option}={value}");
        let stderr = fails(Launch::app("behaviour").args([&argument]), 2, &[option]);
        assert!(
            option == "--nonsense" || stderr.contains(value),
            "{option} {value} is not named:\n{stderr}"
        );
    }
}

#[test]
fn bad_variable_exits_2_naming_it() {
    let rows = [
        ("COACHWHIP_WORKERS", "many"),
        ("COACHWHIP_STRATEGY", "fastest"),
        ("COACHWHIP_QUEUE_DEPTH", "0"),
    ];
    for (variable, value) in rows {
        fails(
            Launch::app("behaviour").env(variable, value),
            2,
            &[variable, value],
        );
    }
}

/// A Service called `coachwhip` in Kubernetes, a slip, and a file of another program: the first is no news, the others are.
#[test]
fn what_is_none_of_ours_is_passed_over_and_told_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("config")).expect("a temporary folder");
    let file = folder.path().join("config/default.toml");
    std::fs::write(file, "[database]\nworkers = \"many\"\n").expect("a temporary file");
    for command in [&["config"][..], &["info"], &["routes"]] {
        let ended = Launch::app("behaviour")
            .args(command)
            .env("COACHWHIP_SERVICE_HOST", "10.0.0.1")
            .env("COACHWHIP_SERVICE_PORT_HTTP", "80")
            .env("COACHWHIP_PORT", "tcp://10.0.0.1:80")
            .env("COACHWHIP_PORT_80_TCP_ADDR", "10.0.0.1")
            .env("COACHWHIP_WROKERS", "3")
            .directory(folder.path())
            .run();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let mut told: Vec<_> = ended.stderr.lines().collect();
        told.retain(|line| line.contains("passed over"));
        assert_eq!(told.len(), 2, "{command:?}: {}", ended.stderr);
        let said = told.join("\n");
        for part in [
            "COACHWHIP_WROKERS: no such variable",
            "did you mean COACHWHIP_WORKERS?",
            "config/default.toml: it has neither [server] nor [[static]]",
            "WARN",
        ] {
            assert!(said.contains(part), "no {part:?} in {said}");
        }
    }
}

#[test]
fn bad_file_exits_2_naming_line_and_key() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rows = [
        ("unknown.toml", "[server]\nwrokers = 3\n", "2", "wrokers"),
        (
            "table.toml",
            "[server]\nworkers = 1\n\n[sever]\nworkers = 2\n",
            "4",
            "sever",
        ),
        (
            "type.toml",
            "# comment\n[server]\n\nworkers = \"four\"\n",
            "4",
            "workers",
        ),
        ("range.toml", "[server]\nworkers = 0\n", "2", "workers"),
        ("syntax.toml", "[server]\nworkers = \n", "2", "quoted"),
    ];
    for (name, text, line, key) in rows {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a temporary file");
        let place = format!("{name}:{line}");
        let launch = Launch::app("behaviour").args([PathBuf::from("--config"), file]);
        fails(launch, 2, &[&place, key]);
    }
    fails(
        Launch::app("behaviour").args(["--config", "absent.toml"]),
        2,
        &["absent.toml"],
    );
}

#[test]
fn impossible_strategy_exits_2_telling_what_it_needs() {
    for strategy in [Strategy::Main, Strategy::Subinterp, Strategy::Freethreaded] {
        if !strategy.is_possible() {
            fails(
                Launch::under(strategy, "behaviour"),
                2,
                &[strategy.name(), python_version()],
            );
            let reason = info()["strategies"][strategy.name()]["reason"].as_str();
            assert!(
                reason.is_some_and(|reason| !reason.is_empty()),
                "info gives the reason"
            );
        }
    }
}

/// Every strategy that is possible, and `auto`.
fn possible() -> Vec<&'static str> {
    let all = [Strategy::Main, Strategy::Subinterp, Strategy::Freethreaded];
    let possible = all
        .into_iter()
        .filter(|strategy| strategy.is_possible())
        .map(Strategy::name);
    possible.chain(["auto"]).collect()
}

#[test]
fn app_that_cannot_be_imported_exits_1_with_its_traceback() {
    for strategy in possible() {
        let app = |name| Launch::app(name).args(["--strategy", strategy]);
        let parts = [
            "Traceback (most recent call last)",
            "raises_at_import.py",
            "ValueError: not today",
            "worker",
        ];
        let stderr = fails(app("raises_at_import"), 1, &parts);
        assert!(stderr.contains("interpreter"), "{stderr}");
        fails(
            app("no_such_app"),
            1,
            &["ModuleNotFoundError", "no_such_app"],
        );
        fails(
            app("exits_at_import"),
            1,
            &["SystemExit", "exits_at_import.py"],
        );
    }
}

#[test]
fn startup_hook_that_raises_exits_1_with_its_traceback() {
    for strategy in possible() {
        let launch = Launch::app("raises_at_startup").args(["--strategy", strategy]);
        let parts = [
            "Traceback",
            "raises_at_startup.py",
            "in connect",
            "ConnectionError: no database here",
            "worker",
        ];
        fails(launch, 1, &parts);
    }
}

/// The line of a function may be that of its `def` or of its first decorator, as Python's code objects tell it.
#[test]
fn clashing_routes_exit_1_naming_both_functions() {
    let stderr = fails(
        Launch::app("clashing"),
        1,
        &["by_number", "by_name", "/users/{"],
    );
    for (decorator, definition) in [(6, 7), (11, 12)] {
        let places = [
            format!("clashing.py:{decorator}"),
            format!("clashing.py:{definition}"),
        ];
        assert!(
            places.iter().any(|place| stderr.contains(place)),
            "none of {places:?} in {stderr}"
        );
    }
}

#[test]
fn path_parameter_mistakes_exit_1_at_import() {
    fails(
        Launch::app("unknown_parameter"),
        1,
        &["user", "number", "/users/{id}"],
    );
    fails(
        Launch::app("unsupported_annotation"),
        1,
        &["user", "id", "list", "int"],
    );
    fails(Launch::app("malformed_path"), 1, &["/users/{id"]);
}

#[test]
fn websocket_mistakes_exit_1_at_import() {
    let place = "websocket_mistakes.py:";
    for (mistake, parts) in [
        ("sync", ["websocket_mistakes.chat", place, "async def"]),
        ("generator", ["websocket_mistakes.chat", place, "async def"]),
        ("no-socket", ["websocket_mistakes.chat", place, "f(socket)"]),
        (
            "param-first",
            ["websocket_mistakes.chat", place, "f(socket, room)"],
        ),
        (
            "unknown-param",
            ["websocket_mistakes.chat", place, "'number'"],
        ),
        (
            "clash",
            [
                "websocket_mistakes.chat",
                "websocket_mistakes.talk",
                "WEBSOCKET /rooms/{name}",
            ],
        ),
    ] {
        let launch = Launch::app("websocket_mistakes").env("MISTAKE", mistake);
        fails(launch, 1, &parts);
    }
}

#[test]
fn address_in_use_exits_1_naming_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken
        .local_addr()
        .expect("a bound socket has an address")
        .to_string();
    let launch = Launch::bare()
        .args(["--bind", &address, "--pythonpath"])
        .args([handlers()])
        .args(["behaviour"]);
    fails(launch, 1, &[&address, "in use"]);
}

#[test]
fn routes_that_come_too_late_exit_1_naming_the_path() {
    for strategy in [Strategy::Main, Strategy::Subinterp, Strategy::Freethreaded] {
        if strategy.is_possible() {
            fails(
                Launch::under(strategy, "late_route").args(["--workers", "2"]),
                1,
                &["/late", "too late", "late_route.py"],
            );
        }
    }
}

#[test]
fn a_signal_ends_an_import_that_hangs() {
    let mut running = Launch::app("hangs_at_import").start_unready();
    thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    running.terminate();
    let ended = running.ended(Duration::from_secs(5));
    assert_ne!(ended.code, Some(0), "it never was ready");
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn module_that_refuses_subinterpreters_exits_1_naming_what_would_work() {
    if Strategy::Subinterp.is_possible() {
        fails(
            Launch::under(Strategy::Subinterp, "refusing"),
            1,
            &["faulthandler", "main"],
        );
    }
}

#[test]
fn module_that_refuses_subinterpreters_runs_under_main_with_auto() {
    let auto = info()["auto"]["strategy"]
        .as_str()
        .expect("info --json has auto.strategy");
    let server = Launch::app("refusing").args(["--strategy", "auto"]).start();
    let runs_under = if auto == "subinterp" { "main" } else { auto };
    assert_eq!(server.ready.field("strategy"), runs_under);
    assert_eq!(
        server.call(&Call::get("/")).expect(200).text(),
        format!("faulthandler under {runs_under}")
    );
    let ended = server.stop();
    let warns = |line: &&str| line.contains("WARN") && line.contains("faulthandler");
    let warnings = ended.stderr.lines().filter(warns).count();
    assert_eq!(
        warnings,
        usize::from(auto == "subinterp"),
        "warnings that name the module:\n{}",
        ended.stderr
    );
}

/// tracemalloc's hooks know one interpreter only: with others the process would end in `free(): invalid pointer`.
#[test]
fn traced_memory_is_refused_where_interpreters_are_many() {
    let traced = |strategy| {
        let launch = Launch::app("hooks").args(["--strategy", strategy]);
        launch
            .env("HOOKS_FILE", "/dev/null")
            .env("PYTHONTRACEMALLOC", "1")
    };
    if Strategy::Subinterp.is_possible() {
        fails(
            traced("subinterp"),
            2,
            &["PYTHONTRACEMALLOC", "--strategy main"],
        );
    }
    traced("main").start().stop();
}

#[test]
fn auto_takes_what_info_says() {
    let server = Launch::app("hooks")
        .args(["--strategy", "auto"])
        .env("HOOKS_FILE", "/dev/null")
        .start();
    assert_eq!(
        Some(server.ready.field("strategy")),
        info()["auto"]["strategy"].as_str()
    );
    assert_eq!(server.ready.field("python"), python_version());
    assert_eq!(server.ready.field("app"), "hooks");
}
