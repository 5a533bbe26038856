//! Which source wins, what each understands, and which command it starts.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::Scene;
use crate::config::{
    Command, Config, Count, Dispatch, Error, LogFormat, LogLevel, Strategy, settings,
};
use crate::net::BindAddress;

fn exactly(count: usize) -> Count {
    Count::Exactly(NonZeroUsize::new(count).unwrap())
}

fn bind(config: &Config) -> Vec<String> {
    config.bind.iter().map(BindAddress::to_string).collect()
}

#[test]
fn defaults_hold_without_any_source() {
    let scene = Scene::new();
    let (command, config) = scene.load(&[]).unwrap();
    assert_eq!(command, Command::Serve);
    assert_eq!(config.app.to_string(), "pyhandlers.demo");
    assert_eq!(config.pythonpath, [scene.directory.path()]);
    assert_eq!(config.venv, None);
    assert_eq!(
        (config.strategy, config.dispatch),
        (Strategy::Auto, Dispatch::Auto)
    );
    assert_eq!(
        (config.workers, config.io_threads),
        (Count::Auto, Count::Auto)
    );
    assert_eq!(
        (config.queue_depth.get(), config.max_concurrency.get()),
        (1024, 1000)
    );
    assert_eq!(
        (config.max_body_bytes, config.max_header_bytes),
        (16 << 20, 64 << 10)
    );
    assert_eq!(config.min_body_rate, 240);
    assert_eq!(
        (config.max_form_fields.get(), config.max_form_files.get()),
        (1000, 100)
    );
    assert_eq!(
        (config.max_headers.get(), config.max_connections.get()),
        (100, 10_000)
    );
    let timeouts = [
        config.queue_timeout,
        config.header_timeout,
        config.body_timeout,
        config.keep_alive_timeout,
        config.shutdown_timeout,
    ];
    assert_eq!(
        timeouts.map(|timeout| timeout.as_secs()),
        [30, 10, 30, 75, 30]
    );
    assert_eq!(bind(&config), ["127.0.0.1:8000"]);
    assert_eq!((config.pin_cores, config.debug), (false, false));
    assert_eq!(
        (config.log_level, config.log_format),
        (LogLevel::Info, LogFormat::Text)
    );
}

#[test]
fn command_line_beats_environment_beats_file_beats_default() {
    let scene = Scene::with_file("[server]\nworkers = 2\nqueue_depth = 2\nmax_headers = 2\n")
        .with_variable("COACHWHIP_WORKERS", "3")
        .with_variable("COACHWHIP_QUEUE_DEPTH", "3");
    let config = scene.config(&["--workers", "4"]);
    assert_eq!(config.workers, exactly(4));
    assert_eq!(config.queue_depth.get(), 3);
    assert_eq!(config.max_headers.get(), 2);
    assert_eq!(config.max_connections.get(), 10_000);
}

#[test]
fn every_setting_has_its_option_key_and_variable() {
    for setting in settings::IN_FILE {
        let about = setting.about();
        let text = if about.default.is_empty() {
            "nowhere"
        } else {
            about.default
        };
        let outcome = Scene::new()
            .with_variable(&about.variable(), text)
            .load(&[]);
        // What has no default may refuse the word, but knows the variable.
        let is_refused = matches!(outcome, Err(Error::Refused { .. }));
        let is_known = outcome.is_ok() || (about.default.is_empty() && is_refused);
        assert!(is_known, "{}", about.variable());
        let toml = setting.default_toml().unwrap_or_else(|| "\"\"".to_owned());
        Scene::with_file(&format!("[server]\n{} = {toml}\n", about.key())).config(&[]);
        let args = match setting.form() {
            crate::config::shape::Form::Argument => vec![text.to_owned()],
            crate::config::shape::Form::Switch => {
                // With its default: some ask for other settings, too.
                vec![format!("{}={}", about.option(), about.default)]
            }
            crate::config::shape::Form::Option => vec![about.option(), about.default.to_owned()],
            crate::config::shape::Form::Repeated | crate::config::shape::Form::Listed => {
                let words = about.default.split(',');
                let pairs = words.map(|word| [about.option(), word.to_owned()]);
                pairs.flatten().collect()
            }
        };
        Scene::new().config(&args.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn empty_variable_counts_as_unset() {
    let scene = Scene::with_file("[server]\nworkers = 2\n")
        .with_variable("COACHWHIP_WORKERS", "")
        .with_variable("COACHWHIP_WRONG", "");
    assert_eq!(scene.config(&[]).workers, exactly(2));
}

#[test]
fn variables_of_build_tests_and_others_are_left_alone() {
    let scene = Scene::new()
        .with_variable("COACHWHIP_PYTHON", "python3.13")
        .with_variable("COACHWHIP_BUILD_PYTHON", "/usr/bin/python3")
        .with_variable("COACHWHIP_TEST_ANYTHING", "1")
        .with_variable("WORKERS", "none");
    assert_eq!(scene.config(&[]), scene.config(&[]));
}

#[test]
fn options_stand_before_or_after_the_command() {
    let scene = Scene::new();
    for args in [["--workers", "3", "config"], ["config", "--workers", "3"]] {
        let (command, config) = scene.load(&args).unwrap();
        assert_eq!(
            (command, config.workers),
            (Command::Config, exactly(3)),
            "{args:?}"
        );
    }
}

#[test]
fn commands_are_told_apart_from_apps() {
    let scene = Scene::new();
    for (args, command, app) in [
        (&["demo"][..], Command::Serve, "demo"),
        (&["demo:app", "--debug"], Command::Serve, "demo:app"),
        (&["--debug", "demo"], Command::Serve, "demo"),
        (&["info"], Command::Info { json: false }, "pyhandlers.demo"),
        (
            &["info", "--json"],
            Command::Info { json: true },
            "pyhandlers.demo",
        ),
        (&["routes", "demo"], Command::Routes { json: false }, "demo"),
        (
            &["demo", "routes", "--json"],
            Command::Routes { json: true },
            "demo",
        ),
        (
            &["bench", "boundary", "--output", "told.json"],
            Command::Boundary {
                output: Some("told.json".into()),
            },
            "pyhandlers.demo",
        ),
    ] {
        let (loaded, config) = scene.load(args).unwrap();
        assert_eq!(
            (loaded, config.app.to_string().as_str()),
            (command, app),
            "{args:?}"
        );
    }
}

#[test]
fn lists_are_repeated_on_the_command_line_and_split_in_variables() {
    let scene = Scene::new().with_variable("COACHWHIP_BIND", "127.0.0.1:1,unix:/run/a.sock");
    assert_eq!(
        bind(&scene.config(&[])),
        ["127.0.0.1:1", "unix:/run/a.sock"]
    );
    assert_eq!(
        bind(&scene.config(&["--bind", "[::1]:2", "--bind=fd:3"])),
        ["[::1]:2", "fd:3"]
    );
    assert_eq!(
        bind(&scene.config(&["--bind", "unix:/a,b", "info"])),
        ["unix:/a,b"]
    );
}

#[test]
fn list_after_the_command_replaces_the_one_before_it() {
    let config = Scene::new().config(&["--bind", "fd:3", "config", "--bind", "fd:4"]);
    assert_eq!(bind(&config), ["fd:4"]);
}

#[test]
fn file_takes_a_string_or_a_list_of_addresses() {
    assert_eq!(
        bind(&Scene::with_file("[server]\nbind = \"localhost:1\"").config(&[])),
        ["localhost:1"]
    );
    assert_eq!(
        bind(&Scene::with_file("[server]\nbind = [\"localhost:1\", \"fd:3\"]").config(&[])),
        ["localhost:1", "fd:3"]
    );
}

#[test]
fn switches_are_set_and_unset() {
    let scene = Scene::with_file("[server]\npin_cores = true\n");
    assert!(scene.config(&[]).pin_cores);
    assert!(!scene.config(&["--pin-cores=false"]).pin_cores);
    assert!(scene.config(&["--debug", "demo"]).debug);
    for (text, value) in [("1", true), ("true", true), ("0", false), ("false", false)] {
        assert_eq!(
            Scene::new()
                .with_variable("COACHWHIP_DEBUG", text)
                .config(&[])
                .debug,
            value,
            "{text}"
        );
    }
}

#[test]
fn sizes_and_seconds_are_read_from_text_and_numbers() {
    let scene = Scene::with_file(
        "[server]\nmax_body_bytes = \"2 MiB\"\nmax_header_bytes = 0x4000\nqueue_timeout = 0.25\nbody_timeout = 1\n",
    );
    let config = scene.config(&["--header-timeout", "1.5", "--max-body-bytes", "3KiB"]);
    assert_eq!(
        (config.max_body_bytes, config.max_header_bytes),
        (3 << 10, 16 << 10)
    );
    assert_eq!(config.queue_timeout, Duration::from_millis(250));
    assert_eq!(
        (config.body_timeout, config.header_timeout),
        (Duration::from_secs(1), Duration::from_millis(1500))
    );
}

#[test]
fn named_file_takes_the_place_of_the_unnamed() {
    let scene = Scene::with_file("[server]\nworkers = 2\n");
    scene.write("other.toml", "[server]\nworkers = 3\n");
    scene.write("third.toml", "[server]\nworkers = 4\n");
    assert_eq!(
        scene.config(&["--config", "other.toml"]).workers,
        exactly(3)
    );
    let scene = scene.with_variable("COACHWHIP_CONFIG", "third.toml");
    assert_eq!(scene.config(&[]).workers, exactly(4));
    assert_eq!(
        scene.config(&["--config", "other.toml"]).workers,
        exactly(3)
    );
}

#[test]
fn virtual_env_is_the_weakest_source() {
    let scene = Scene::new();
    let (activated, named) = (scene.venv("activated"), scene.venv("named"));
    let scene = scene.with_variable("VIRTUAL_ENV", &activated);
    assert_eq!(scene.config(&[]).venv, Some(activated));
    assert_eq!(scene.config(&["--venv", "named"]).venv, Some(named.clone()));
    assert_eq!(scene.config(&["--venv", ""]).venv, None);
    scene.write("config/default.toml", "[server]\nvenv = \"./named\"\n");
    assert_eq!(scene.config(&[]).venv, Some(named));
}

#[test]
fn directories_of_an_overridden_source_need_not_exist() {
    let scene = Scene::with_file("[server]\npythonpath = \"gone\"\nvenv = \"gone\"\n");
    scene.venv("here");
    let config = scene.config(&[
        "--venv",
        "here",
        "--pythonpath",
        "here",
        "--pythonpath",
        "here/bin",
    ]);
    assert_eq!(
        config.pythonpath,
        [
            scene.directory.path().join("here"),
            scene.directory.path().join("here/bin")
        ]
    );
}

#[test]
fn help_and_version_are_answers_whatever_the_other_sources_say() {
    let scene = Scene::with_file("not TOML").with_variable("COACHWHIP_WORKERS", "many");
    for (args, begin) in [
        (&["--version"][..], "coachwhip "),
        (&["--help"], "An HTTP server"),
        (&["info", "-h"], "Say what Python"),
    ] {
        let error = scene.load(args).unwrap_err();
        assert!(
            matches!(error, Error::Answer(_)) && error.to_string().starts_with(begin),
            "{error}"
        );
        assert_eq!(error.exit_status(), 0);
    }
}

#[test]
fn help_gives_each_setting_one_line_with_its_default() {
    let help = Scene::new().load(&["--help"]).unwrap_err().to_string();
    for setting in settings::all() {
        let about = setting.about();
        let line = help.lines().find(|line| line.contains(&about.help()));
        let line = line.unwrap_or_else(|| panic!("{} is not on one line of\n{help}", about.help()));
        assert!(line.contains(about.placeholder), "{line}");
    }
}
