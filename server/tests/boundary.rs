//! `coachwhip bench boundary`: the file and the table that it leaves, and what the functions that it times answer.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use native_types::boundary::{Harness, new_echo_u64};
use native_types::capi::call::import;
use native_types::capi::exception::Builtin;
use native_types::capi::{Attached, Object, PyResult, builtin, convert};
use serde_json::{Value, json};
use server::interpreter::{Python, Runtime, find};
use support::strategy::{info, python_version};
use support::{Ended, Launch, Strategy};

const CASES: [&str; 4] = [
    "python no-op",
    "python increment",
    "native noop",
    "native echo_u64",
];

fn bench() -> Launch {
    Launch::bare().args(["bench", "boundary"])
}

/// What the command prints, and the file that it writes.
fn measured(strategy: Strategy) -> (String, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Ended {
        code,
        stdout,
        stderr,
    } = bench()
        .directory(folder.path())
        .args(["--strategy", strategy.name(), "--output", "told.json"])
        .run();
    assert_eq!(code, Some(0), "stderr:\n{stderr}");
    let text = fs::read_to_string(folder.path().join("told.json")).expect("the file is there");
    let left = fs::read_dir(folder.path()).expect("the folder is there");
    assert_eq!(left.count(), 1, "nothing is left beside the file");
    let told = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    (stdout, told)
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is a number"))
}

fn assert_close(told: &Value, expected: f64, what: &str) {
    let told = number(told);
    assert!(
        (told - expected).abs() <= expected.abs() * 1e-9,
        "{what}: {told} is told, {expected} follows from the durations"
    );
}

/// The mean, and the standard deviation of a sample.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = f64::from(u32::try_from(values.len()).expect("a few"));
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}

fn check_figures(cases: &[Value]) {
    let base = number(&cases[1]["mean_ns"]);
    for case in cases {
        let name = case["name"].as_str().expect("a name");
        let durations = case["durations_s"].as_array().expect("a list");
        assert_eq!(durations.len(), 15, "{name}: repeats");
        let durations: Vec<f64> = durations.iter().map(number).collect();
        assert!(durations.iter().all(|&seconds| seconds > 0.0), "{name}");
        let (mean, deviation) = mean_and_deviation(&durations);
        let ns_per_call = 1e9 / 100_000.0;
        assert_close(&case["mean_ns"], mean * ns_per_call, name);
        // A difference of nearly equal numbers has fewer digits.
        let told = number(&case["stdev_ns"]);
        assert!((told - deviation * ns_per_call).abs() < 1e-6, "{name}");
        assert_close(&case["calls_per_s"], 100_000.0 / mean, name);
        assert_close(
            &case["relative_to_increment"],
            mean * ns_per_call / base,
            name,
        );
    }
}

/// The rows of the table below its head, each as its name and its numbers.
fn rows(table: &str) -> Vec<(String, Vec<&str>)> {
    let lines = table.lines().skip_while(|line| !line.starts_with("case"));
    let rows = lines.skip(1).map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let (name, numbers) = words.split_at(words.len() - 4);
        (name.join(" "), numbers.to_vec())
    });
    rows.collect()
}

fn check_table(table: &str, cases: &[Value]) {
    let rows = rows(table);
    assert_eq!(rows.len(), cases.len(), "{table}");
    for ((name, shown), case) in rows.iter().zip(cases) {
        let figures = [
            number(&case["mean_ns"]),
            number(&case["stdev_ns"]),
            number(&case["calls_per_s"]) / 1e6,
            number(&case["relative_to_increment"]),
        ];
        assert_eq!(case["name"], *name);
        assert_eq!(*shown, figures.map(|figure| format!("{figure:.2}")));
    }
}

#[test]
fn file_holds_the_durations_and_what_follows_from_them() {
    for strategy in [Strategy::Main, Strategy::Subinterp, Strategy::Freethreaded] {
        if !strategy.is_possible() {
            continue;
        }
        let (table, told) = measured(strategy);
        assert_eq!(told["benchmark"], "boundary");
        assert_eq!(
            told["coachwhip"],
            json!({
                "version": env!("CARGO_PKG_VERSION"),
                "is_optimised": !cfg!(debug_assertions),
                "strategy": strategy.name(),
            })
        );
        let python = &told["python"];
        assert_eq!(python["version"], info()["python"]["version"]);
        // Options, and nothing of the machine that built it.
        let options = python["configured_with"].as_array().expect("a list");
        assert!(options.contains(&json!("--enable-shared")), "{options:?}");
        assert!(!python["configured_with"].to_string().contains('/'));
        assert!(
            python["build"]
                .as_str()
                .is_some_and(|build| build.starts_with(python_version())),
            "{python}"
        );
        assert_eq!(python["has_gil"], strategy != Strategy::Freethreaded);
        assert_eq!(
            told["protocol"],
            json!({
                "clock": "time.perf_counter",
                "warm_up_calls": 10_000,
                "repeats": 15,
                "calls_per_repeat": 100_000,
                "mean": "statistics.fmean",
                "stdev": "statistics.stdev",
                "base": "python increment",
            })
        );
        let cases = told["cases"].as_array().expect("a list");
        let names: Vec<_> = cases.iter().map(|case| case["name"].as_str()).collect();
        assert_eq!(names, CASES.map(Some));
        check_figures(cases);
        check_table(&table, cases);
    }
}

#[test]
fn without_output_the_table_is_all_there_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ended = bench().directory(folder.path()).run();
    assert_eq!(ended.code, Some(0), "stderr:\n{}", ended.stderr);
    let names: Vec<_> = rows(&ended.stdout).into_iter().map(|row| row.0).collect();
    assert_eq!(names, CASES);
    assert!(ended.stdout.contains("15 repeats of 100000 calls"));
    let left = fs::read_dir(folder.path()).expect("the folder is there");
    assert_eq!(left.count(), 0);
}

/// Python can't start here, and yet it is the path that is told: nothing was measured before.
#[test]
fn a_path_that_can_not_be_written_is_told_first() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let absent = folder.path().join("absent/told.json");
    for path in [&absent, folder.path(), Path::new("/dev/null")] {
        let ended = bench()
            .args([Path::new("--output"), path])
            .env("PYTHONHOME", folder.path())
            .run();
        assert_eq!(ended.code, Some(1), "stderr:\n{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        let message = format!("coachwhip: can't write {}: ", path.display());
        assert!(ended.stderr.starts_with(&message), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn a_measurement_must_be_named() {
    for arguments in [&["bench"][..], &["bench", "nonsense"]] {
        let ended = Launch::bare().args(arguments).run();
        assert_eq!(ended.code, Some(2), "stderr:\n{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.contains("subcommand"), "{}", ended.stderr);
    }
}

#[test]
fn what_is_timed_is_checked() {
    let python = Python::embedded();
    let name = if python.is_free_threaded {
        "freethreaded"
    } else {
        "main"
    };
    let strategy = find(name).expect("a strategy of that name");
    let executable = Some(python.executable.as_path()).filter(|path| path.exists());
    let runtime = Runtime::start(executable, strategy, &python).expect("Python starts");
    let seat = strategy.enter(runtime.main()).expect("a seat");
    seat.with(|py| {
        let checked = check_echo(py).and_then(|()| check_harness(py));
        checked.unwrap_or_else(|raised| panic!("{:?}", convert::text_of(&raised.take(py), py)));
    });
    seat.leave();
    runtime.finalize();
}

/// `int()` is 0 and not `None`; `bool(0)` equals 0 and is none.
fn check_harness(py: Attached<'_>) -> PyResult<()> {
    let harness = Harness::new(py)?;
    let builtins = import(c"builtins", py)?;
    harness.add_noop("int", &*builtins.attribute(c"int", py)?, py)?;
    harness.add_echo("bool", &*builtins.attribute(c"bool", py)?, py)?;
    harness.add_echo("abs", &*builtins.attribute(c"abs", py)?, py)?;
    for (case, kind) in [
        ("int", Builtin::RuntimeError),
        ("bool", Builtin::RuntimeError),
        ("absent", Builtin::KeyError),
    ] {
        let raised = harness.time(case, 1, py).expect_err("a refusal");
        assert!(raised.is(kind), "{case}");
        raised.clear(py);
    }
    let (few, many) = (
        harness.time("abs", 1, py)?,
        harness.time("abs", 100_000, py)?,
    );
    assert!(few > Duration::ZERO && many > few, "{few:?} {many:?}");
    Ok(())
}

/// `echo_u64` gives back what has 64 bits, and refuses everything else.
fn check_echo(py: Attached<'_>) -> PyResult<()> {
    let echo = new_echo_u64(py)?;
    for number in [0, 1, 256, 257, 1 << 30, 1 << 63, u64::MAX - 1, u64::MAX] {
        let answer = echo.call(&[&*convert::new_u64(number, py)?], py)?;
        assert_eq!(convert::as_u64(&answer, py)?, number);
        assert_eq!(convert::text_of(&answer, py)?, number.to_string());
    }
    let refuses = |value: &Object, kind: Builtin| {
        let raised = echo.call(&[value], py).expect_err("a refusal");
        assert!(raised.is(kind), "{:?}", raised.take(py));
        raised.clear(py);
    };
    for digits in ["-1", "-9223372036854775809", "18446744073709551616"] {
        refuses(&*convert::new_big_int(digits, py)?, Builtin::OverflowError);
    }
    refuses(&*convert::new_float(1.0, py)?, Builtin::TypeError);
    refuses(&*convert::new_str("1", py)?, Builtin::TypeError);
    refuses(&builtin::none(py), Builtin::TypeError);
    let one = convert::new_int(1, py)?;
    let surplus = echo.call(&[&one, &one], py).expect_err("one argument");
    assert!(surplus.is(Builtin::TypeError));
    surplus.clear(py);
    Ok(())
}
