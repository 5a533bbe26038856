//! The commands `test` and `python`, the testing client, the examples, and the stub that describes the module.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use support::strategy::{info, python_version};
use support::tools::tools;
use support::{Call, Ended, Launch, handlers, root};

/// Longest time for a run of pytest or mypy. mypy takes a minute where it is not compiled, alone on the machine.
const LIMIT: Duration = Duration::from_mins(10);

/// How `coachwhip ARGUMENTS...` ends, run from the repository's root with the test tools.
fn run<'a>(command: &'a str, arguments: impl IntoIterator<Item = &'a str>) -> Ended {
    let launch = Launch::bare()
        .directory(root())
        .args([command, "--venv"])
        .args([tools()])
        .args(arguments);
    launch.start_unready().ended(LIMIT)
}

/// As [`run`], of what must succeed.
fn passes<'a>(command: &'a str, arguments: impl IntoIterator<Item = &'a str>) -> String {
    let Ended {
        code,
        stdout,
        stderr,
    } = run(command, arguments);
    assert_eq!(
        code,
        Some(0),
        "coachwhip {command}; stdout:\n{stdout}\nstderr:\n{stderr}"
    );
    stdout
}

/// pytest without a trace of it in the repository.
const QUIET: [&str; 4] = ["--", "-p", "no:cacheprovider", "--quiet"];

#[test]
fn the_client_passes_its_tests() {
    passes("test", ["server/tests/pytest"].into_iter().chain(QUIET));
}

#[test]
fn the_examples_pass_their_tests() {
    passes("test", ["pyhandlers/tests"].into_iter().chain(QUIET));
}

/// Each example is a module that the server serves by itself, too.
#[test]
fn the_examples_can_be_served() {
    let files = fs::read_dir(root().join("pyhandlers")).expect("the examples are there");
    let names = files.filter_map(|file| {
        let name = file.expect("an entry").file_name();
        let module = name.to_str()?.strip_suffix(".py")?;
        (module != "__init__").then(|| module.to_owned())
    });
    let names: Vec<String> = names.collect();
    assert!(names.iter().any(|name| name == "demo"), "{names:?}");
    for name in names {
        let launch = Launch::bare()
            .directory(root())
            .args(["routes", &format!("pyhandlers.{name}")]);
        let ended = launch.run();
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        assert!(ended.stdout.contains('/'), "{name} has a route");
    }
}

#[test]
fn the_stub_describes_the_module() {
    let mut allowed = tempfile::NamedTempFile::new().expect("a temporary file");
    if python_version().starts_with("3.11.") {
        // Its `inspect` drops a comma before a bracket, so that the tuple ("GET",) becomes "GET".
        writeln!(allowed, "coachwhip.route").expect("a temporary file");
    }
    let launch = Launch::bare().directory(root());
    let launch = launch.args(["python", "--venv"]).args([tools()]);
    let launch = launch
        .args(["-m", "mypy.stubtest", "--mypy-config-file", "mypy.ini"])
        .args([Path::new("--allowlist"), allowed.path()])
        .args(["coachwhip", "coachwhip.json"])
        .env("MYPYPATH", "pyhandlers");
    let Ended { code, stdout, .. } = launch.start_unready().ended(LIMIT);
    assert_eq!(code, Some(0), "{stdout}");
}

#[test]
fn handlers_and_stubs_pass_strict_mypy() {
    let cache = concat!("--cache-dir=", env!("CARGO_TARGET_TMPDIR"), "/mypy");
    passes("python", ["-m", "mypy", cache]);
    let modules = ["-m", "coachwhip", "-m", "coachwhip.testing"];
    passes("python", ["-m", "mypy", cache].into_iter().chain(modules));
}

/// What a test of an author's project may hold, and how `coachwhip test` ends then.
#[test]
fn test_returns_what_pytest_returns_and_passes_arguments_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("test_one.py");
    let text = "import shop\ndef test_good(): assert shop.PRICE == 3\ndef test_bad(): assert shop.PRICE == 4\n";
    fs::write(file, text).expect("a temporary file");
    fs::create_dir(folder.path().join("source")).expect("a temporary folder");
    fs::write(folder.path().join("source/shop.py"), "PRICE = 3\n").expect("a temporary file");
    let ends = |arguments: &[&str]| {
        let launch = Launch::bare()
            .directory(folder.path())
            .args(["test", "--pythonpath", "source", "--venv"])
            .args([tools()])
            .args(arguments);
        launch.run()
    };
    let rows: [(&[&str], i32, &str); 4] = [
        (&["test_one.py"], 1, "1 failed, 1 passed"),
        (
            &["test_one.py", "--", "-k", "good"],
            0,
            "1 passed, 1 deselected",
        ),
        (&["--", "-k", "neither"], 5, "2 deselected"),
        (&["no_such_test.py"], 4, "no_such_test.py"),
    ];
    for (arguments, status, part) in rows {
        let ended = ends(arguments);
        let told = format!("{arguments:?}\n{}\n{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, Some(status), "{told}");
        assert!(told.contains(part), "no {part:?}: {told}");
    }
}

#[test]
fn test_without_pytest_exits_2_telling_how_to_install_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let environment = folder.path().join("bare");
    let python = info()["python"]["executable"].as_str().expect("a path");
    let made = Command::new(python)
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .status();
    assert!(made.expect("Python runs").success());
    let by_option = Launch::bare().args([Path::new("test"), Path::new("--venv"), &environment]);
    let by_variable = Launch::bare()
        .args(["test"])
        .env("VIRTUAL_ENV", &environment);
    for launch in [by_option, by_variable] {
        let ended = launch.run();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        let environment = environment.display();
        let install = format!("{environment}/bin/python -m pip install pytest");
        let again = format!("coachwhip test --venv {environment}");
        for part in ["pytest is not installed", &install, &again] {
            assert!(
                ended.stderr.contains(part),
                "no {part:?} in {}",
                ended.stderr
            );
        }
    }
}

#[test]
fn python_takes_arguments_as_python_does() {
    let show =
        "import sys, coachwhip; print(sys.argv, sys.prefix, coachwhip.__name__); sys.exit(7)";
    let ended = run("python", ["-c", show, "--venv", "-x"]);
    let expected = format!("['-c', '--venv', '-x'] {} coachwhip\n", tools().display());
    assert_eq!((ended.code, ended.stdout), (Some(7), expected));
    let version = format!(
        "Python {}\n",
        info()["python"]["version"].as_str().unwrap_or_default()
    );
    assert_eq!(passes("python", ["--version"]), version);
    let ended = run("python", ["-m", "no_such_module"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("No module named no_such_module"));
}

/// A request of each kind.
fn calls() -> Vec<Call> {
    let get = [
        "/",
        "/value/dict",
        "/value/none",
        "/value/bytes",
        "/value/tuple",
        "/int/7",
        "/int/seven",
        "/tail/a/b%2Fc",
        "/users/me",
        "/gr%C3%BC%C3%9Fe",
        "/%ff",
        "/nowhere",
        "/response/headers",
        "/response/cookies",
        "/response/status/404",
        "/error/plain",
        "/error/keywords",
        "/async/error",
        "/async/gather",
        "/fail/value-error/same",
        "/nonsense/set",
        "/params/7?a=1",
    ];
    let mut calls: Vec<Call> = get.into_iter().map(Call::get).collect();
    calls.extend(["HEAD", "OPTIONS", "DELETE", "PURGE"].map(|method| Call::new(method, "/verbs")));
    calls.push(Call::post("/marked/echo", "body"));
    calls.push(
        Call::post("/request/json", r#"{"a": [1, 2]}"#).header("content-type", "application/json"),
    );
    calls.push(Call::post("/request/json", "{"));
    calls.push(Call::post("/async/echo", "body").header("content-type", "text/x"));
    calls
}

/// Reads requests as they stand on the wire, and tells how the client answers them.
const ANSWER_ALL: &str = r#"
import json, sys
from coachwhip import Request
from coachwhip.testing import Client
client = Client("behaviour", raise_server_exceptions=False)
answers = []
for message in json.load(open(sys.argv[1], "rb")):
    message = message.encode("latin-1")
    request = Request.parse(message)
    target = message.split(b" ")[1].decode()
    answer = client.request(request.method, target, headers=request.headers, content=request.body)
    fields = {name: answer.headers.get_all(name) for name in answer.headers}
    answers.append({"status": answer.status, "headers": fields, "body": answer.body.decode("latin-1")})
print(json.dumps(answers))
"#;

#[test]
fn the_client_answers_as_the_server() {
    let calls = calls();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("messages.json");
    let messages: Vec<String> = calls
        .iter()
        .map(|call| String::from_utf8_lossy(&call.bytes()).into_owned())
        .collect();
    fs::write(&file, json!(messages).to_string()).expect("a temporary file");
    let launch = Launch::bare()
        .args(["python", "--pythonpath"])
        .args([handlers()])
        .args(["-c", ANSWER_ALL])
        .args([file]);
    let told = launch.run();
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let told: Value = serde_json::from_str(&told.stdout).expect("the answers as JSON");

    let server = Launch::app("behaviour").start();
    for (index, call) in calls.iter().enumerate() {
        let answer = server.connect().call(call);
        let body: String = answer.body.iter().copied().map(char::from).collect();
        let client = &told[index];
        let shown = format!("{}\n{client}", messages[index]);
        assert_eq!(client["status"], answer.status, "{shown}");
        assert_eq!(client["body"], body, "{shown}");
        for (name, values) in client["headers"].as_object().expect("a mapping") {
            assert_eq!(*values, json!(answer.all(name)), "{name} of {shown}");
        }
        // What only the wire has.
        let own = ["date", "server", "content-length", "connection"];
        let mut others = answer.headers.iter().map(|(name, _)| name.to_lowercase());
        let missing = others.find(|name| {
            !own.contains(&name.as_str()) && client["headers"].get(name.as_str()).is_none()
        });
        assert_eq!(missing, None, "{shown}");
    }
}
