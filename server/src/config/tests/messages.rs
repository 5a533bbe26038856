//! What an operator reads: source, key, value and what is allowed.

use super::Scene;

fn in_file(toml: &str) -> String {
    Scene::with_file(toml).message(&[])
}

/// Each option with values one step outside its range, and the values at its edges.
const RANGES: [(&str, &[&str], &[&str]); 19] = [
    ("--workers", &["0", "1025"], &["1", "1024"]),
    ("--io-threads", &["0", "257"], &["1", "256"]),
    ("--queue-depth", &["0", "1048577", "-1"], &["1", "1048576"]),
    (
        "--queue-timeout",
        &["0", "-1", "86400.001", "inf", "nan", "1e-10"],
        &["0.001", "86400"],
    ),
    ("--max-concurrency", &["0", "1000001"], &["1", "1000000"]),
    (
        "--max-body-bytes",
        &["-1", "68719476737"],
        &["0", "68719476736"],
    ),
    ("--max-form-fields", &["0", "1000001"], &["1", "1000000"]),
    ("--max-form-files", &["0", "1000001"], &["1", "1000000"]),
    (
        "--max-header-bytes",
        &["8191", "1048577"],
        &["8192", "1048576"],
    ),
    ("--max-headers", &["0", "1001"], &["1", "1000"]),
    ("--header-timeout", &["0", "86401"], &["86400"]),
    ("--body-timeout", &["0", "86401"], &["86400"]),
    (
        "--min-body-rate",
        &["0", "1073741825"],
        &["1", "1073741824"],
    ),
    ("--keep-alive-timeout", &["0", "86401"], &["86400"]),
    ("--max-connections", &["0", "1000001"], &["1", "1000000"]),
    ("--backlog", &["0", "65536"], &["1", "65535"]),
    ("--shutdown-timeout", &["0", "86401"], &["86400"]),
    ("--cors-max-age", &["0", "86401"], &["1", "86400"]),
    (
        "--compression-min-bytes",
        &["0", "1073741825"],
        &["1", "1073741824"],
    ),
];

#[test]
fn out_of_range_by_one_is_refused_in_every_source() {
    for (option, outside, inside) in RANGES {
        let key = option.trim_start_matches('-').replace('-', "_");
        let variable = format!("COACHWHIP_{}", key.to_uppercase());
        for value in outside {
            let refused = format!("{key} = {value} is not allowed; expected ");
            let message = Scene::new().message(&[option, value]);
            assert!(
                message.starts_with(&format!("{option}: {refused}")),
                "{message}"
            );
            let message = Scene::new().with_variable(&variable, value).message(&[]);
            assert!(
                message.starts_with(&format!("{variable}: {refused}")),
                "{message}"
            );
            let message = in_file(&format!("# a comment\n[server]\n{key} = {value}\n"));
            assert!(
                message.starts_with(&format!("config/default.toml:3: {refused}")),
                "{message}"
            );
        }
        for value in inside {
            let scene = Scene::with_file(&format!("[server]\n{key} = {value}\n"));
            scene
                .with_variable(&variable, value)
                .config(&[option, value]);
        }
    }
}

#[test]
fn refused_value_is_named_with_what_is_allowed() {
    for (args, message) in [
        (
            ["--workers", "four"],
            "--workers: workers = four is not allowed; expected an integer from 1 to 1024, or \"auto\"",
        ),
        (
            ["--strategy", "threads"],
            "--strategy: strategy = threads is not allowed; expected \"auto\", \"main\", \"subinterp\" or \"freethreaded\"",
        ),
        (
            ["--dispatch", "thread"],
            "--dispatch: dispatch = thread is not allowed; expected \"auto\", \"queue\" or \"inline\"",
        ),
        (
            ["--max-header-bytes", "1 MB"],
            "--max-header-bytes: max_header_bytes = \"1 MB\" is not allowed; \
             expected bytes from 8 KiB to 1 MiB, a plain integer or with the suffix KiB, MiB or GiB",
        ),
        (
            ["--queue-timeout", ""],
            "--queue-timeout: queue_timeout = \"\" is not allowed; expected a number of seconds, more than 0 and at most 86400",
        ),
        (
            ["--bind", ":80"],
            "--bind: bind = :80 is not allowed; expected HOST:PORT, [IPV6]:PORT, unix:/path (at most 107 bytes) or fd:N, or a list of them",
        ),
        (
            ["--pythonpath", "gone"],
            "--pythonpath: pythonpath = gone is not allowed; expected a directory that exists, or a list of them",
        ),
        (
            ["--venv", "."],
            "--venv: venv = . is not allowed; expected a virtual environment, a directory with bin/python, or \"\" for none",
        ),
        (
            ["info", "--log-level=all"],
            "--log-level: log_level = all is not allowed; expected \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
        ),
        (
            ["--cors-origins", "https://example.org/"],
            "--cors-origins: cors_origins = https://example.org/ is not allowed; \
             expected an origin such as \"https://example.org\", without a path, or a list of them, or \"*\" alone",
        ),
        (
            ["--cors-methods", "get"],
            "--cors-methods: cors_methods = get is not allowed; expected a method in capitals, or a list of them, or \"*\" alone",
        ),
        (
            ["--cors-headers", "a b"],
            "--cors-headers: cors_headers = \"a b\" is not allowed; \
             expected the name of a header field, or a list of them, or \"*\" alone",
        ),
        (
            ["--compression", "lzma"],
            "--compression: compression = lzma is not allowed; \
             expected \"gzip\", \"br\", \"zstd\" or \"deflate\", or a list of them",
        ),
        (
            ["--debug", "demo-app:"],
            "APP: app = demo-app: is not allowed; expected package.module, each part a Python identifier",
        ),
    ] {
        assert_eq!(Scene::new().message(&args), message);
    }
    assert!(
        Scene::new()
            .message(&["--debug=yes"])
            .starts_with("--debug: debug = yes is not allowed; expected true or false")
    );
}

#[test]
fn wrong_type_in_the_file_is_named_with_its_line_and_text() {
    for (line, refused) in [
        ("workers = \"4\"", "workers = \"4\""),
        ("workers = 4.0", "workers = 4.0"),
        (
            "workers = 99999999999999999999",
            "workers = 99999999999999999999",
        ),
        ("queue_timeout = \"30\"", "queue_timeout = \"30\""),
        ("pin_cores = 1", "pin_cores = 1"),
        ("pin_cores = \"true\"", "pin_cores = \"true\""),
        ("log_level = 3", "log_level = 3"),
        ("max_body_bytes = 1.5", "max_body_bytes = 1.5"),
        ("app = [\"demo\"]", "app = [\"demo\"]"),
        ("bind = 8000", "bind = 8000"),
        ("bind = []", "bind = []"),
        (
            "strategy = { name = \"main\" }",
            "strategy = { name = \"main\" }",
        ),
        ("venv = 2026-01-01", "venv = 2026-01-01"),
        ("bind.host = \"localhost\"", "bind = "),
    ] {
        let message = in_file(&format!("\n[server]\n\n{line}\n"));
        assert!(
            message.starts_with(&format!("config/default.toml:4: {refused}")),
            "{message}"
        );
        assert!(message.contains(" is not allowed; expected "), "{message}");
    }
}

#[test]
fn element_of_a_list_is_named_with_its_own_line() {
    let message = in_file("[server]\nbind = [\n  \"localhost:80\",\n  \"localhost\",\n]\n");
    assert!(
        message.starts_with("config/default.toml:4: bind = \"localhost\" is not allowed"),
        "{message}"
    );
    let message = Scene::new()
        .with_variable("COACHWHIP_PYTHONPATH", ".,gone")
        .message(&[]);
    assert!(
        message.starts_with("COACHWHIP_PYTHONPATH: pythonpath = gone is not allowed"),
        "{message}"
    );
}

#[test]
fn overridden_value_is_checked_too() {
    let message = Scene::with_file("[server]\nworkers = 0\n").message(&["--workers", "1"]);
    assert!(
        message.starts_with("config/default.toml:2: workers = 0 is not allowed"),
        "{message}"
    );
}

#[test]
fn long_value_is_cut() {
    let message = in_file(&format!("[server]\napp = \"{}\"\n", "a-".repeat(500)));
    assert!(
        message.contains("a-a...") && message.len() < 300,
        "{message}"
    );
    let message = in_file("[server]\napp = '''\nfirst\nsecond'''\n");
    assert!(
        message.starts_with("config/default.toml:2: app = '''... is not allowed"),
        "{message}"
    );
}

#[test]
fn control_characters_are_shown_as_escapes() {
    for (args, begin) in [
        (&["--a\nb"][..], "--a\\nb: no such option"),
        (
            &["--log-level", "a\tb"],
            "--log-level: log_level = \"a\\tb\"",
        ),
        (&["--config", "a\nb"], "--config: config = a\\nb: No such"),
    ] {
        let message = Scene::new().message(args);
        assert!(message.starts_with(begin), "{message}");
    }
    for (toml, begin) in [
        ("[server]\n\"a\\nb\" = 1\n", "2: a\\nb: no such key"),
        ("\"\\u001b\" = 1\n[server]\n", "1: \\u{1b}: no such key"),
        ("[server]\nworkers = 'a\tb'\n", "2: workers = 'a\\tb' is"),
    ] {
        let message = in_file(toml);
        assert!(
            message.starts_with(&format!("config/default.toml:{begin}")),
            "{message}"
        );
    }
    let scene = Scene::new().with_variable("COACHWHIP_A\rB", "1");
    let [message] = &scene.remarks()[..] else {
        panic!("{:?}", scene.remarks());
    };
    assert!(message.starts_with("COACHWHIP_A\\rB: no such"), "{message}");
}

#[test]
fn file_in_the_place_of_a_module_is_refused_with_the_module() {
    assert_eq!(
        Scene::new().message(&["routes", "shop/demo.py"]),
        "APP: app = shop/demo.py is not allowed; expected a module, not its file; name the module: shop.demo"
    );
    assert_eq!(
        in_file("[server]\napp = \"ops.py\"\n"),
        "config/default.toml:2: app = \"ops.py\" is not allowed; expected a module, not its file; name the module: ops"
    );
}

#[test]
fn unknown_name_is_refused_with_the_nearest() {
    assert_eq!(
        in_file("[server]\nwrokers = 4\n"),
        "config/default.toml:2: wrokers: no such key; did you mean workers?"
    );
    assert_eq!(
        in_file("[server]\nio-threads = 4\n"),
        "config/default.toml:2: io-threads: no such key; did you mean io_threads?"
    );
    assert_eq!(
        in_file("[server]\ncolour = 4\n"),
        "config/default.toml:2: colour: no such key; `coachwhip --help` lists every option and how keys and variables follow from them"
    );
    assert_eq!(
        in_file("[server]\nconfig = \"a.toml\"\n"),
        "config/default.toml:2: config: no such key; a file can't name another file"
    );
    assert_eq!(
        in_file("[server]\n[sever]\nworkers = 4\n"),
        "config/default.toml:2: sever: no such table; did you mean server?"
    );
    assert_eq!(
        in_file("workers = 4\n[server]\n"),
        "config/default.toml:1: workers: no such key outside [server]; every key stands below [server], [errors] or [[static]]"
    );
    assert_eq!(
        in_file("server = 4\n"),
        "config/default.toml:1: server = 4 is not allowed; expected the table [server]"
    );
    assert_eq!(
        Scene::new().message(&["--wrokers", "4"]),
        "--wrokers: no such option; did you mean --workers?"
    );
    assert_eq!(
        Scene::new().message(&["config", "--io_threads=4"]),
        "--io_threads: no such option; did you mean --io-threads?"
    );
    assert_eq!(
        Scene::new().message(&["-x"]),
        "-x: no such option; `coachwhip --help` lists every option and how keys and variables follow from them"
    );
}

#[test]
fn command_line_that_can_t_be_taken_apart_is_one_line() {
    for (args, message) in [
        (
            &["--workers"][..],
            "a value is required for '--workers <N>' but none was supplied",
        ),
        (
            &["--workers", "1", "--workers", "2"],
            "the argument '--workers <N>' cannot be used multiple times",
        ),
        (&["one", "two"], "unexpected argument 'two' found"),
    ] {
        assert_eq!(Scene::new().message(args), message);
    }
}

#[test]
fn file_that_is_no_toml_is_named_with_line_and_column() {
    for (toml, begin) in [
        ("[server]\nworkers = \n", "config/default.toml:2:11: "),
        (
            "[server]\nworkers = 4 5\n",
            "config/default.toml:2:11: string values must be quoted",
        ),
        ("[server\n", "config/default.toml:1:8: "),
        (
            "[server]\nworkers = 4\nworkers = 5\n",
            "config/default.toml:3:1: duplicate",
        ),
        ("[server]\napp = \"größe\" x", "config/default.toml:2:15: "),
    ] {
        let message = in_file(toml);
        assert!(
            message.starts_with(begin)
                && message.len() > begin.len()
                && message.lines().count() == 1,
            "{message}"
        );
    }
}

#[test]
fn file_that_can_t_be_read_is_named_with_who_named_it() {
    let scene = Scene::new();
    let message = scene.message(&["--config", "gone.toml"]);
    assert!(
        message.starts_with("--config: config = gone.toml: No such file"),
        "{message}"
    );
    assert!(
        scene
            .message(&["--config", ""])
            .starts_with("--config: config = \"\" is not allowed"),
        "an empty name"
    );
    let scene = scene.with_variable("COACHWHIP_CONFIG", "/");
    assert!(
        scene
            .message(&[])
            .starts_with("COACHWHIP_CONFIG: config = /: ")
    );
    let scene = Scene::new();
    std::fs::create_dir_all(scene.directory.path().join("config/default.toml")).unwrap();
    assert!(
        scene
            .message(&[])
            .starts_with("default: config = config/default.toml: ")
    );
}

#[cfg(unix)]
#[test]
fn text_that_is_not_utf_8_is_refused() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let message = Scene::new()
        .with_variable("COACHWHIP_APP", OsString::from_vec(b"d\xffmo".to_vec()))
        .message(&[]);
    assert!(
        message.starts_with(
            "COACHWHIP_APP: app = d\u{fffd}mo is not allowed; expected package.module"
        ),
        "{message}"
    );
    assert!(message.ends_with(", in UTF-8"), "{message}");
}

#[test]
fn stale_virtual_env_is_named() {
    let message = Scene::new()
        .with_variable("VIRTUAL_ENV", "/gone")
        .message(&[]);
    assert!(
        message.starts_with(
            "VIRTUAL_ENV: venv = /gone is not allowed; expected a virtual environment"
        ),
        "{message}"
    );
}
