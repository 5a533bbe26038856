//! Where modules come from: the site-packages of `--venv` and of `VIRTUAL_ENV`, and each `--pythonpath`.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::strategy::info;
use support::{Launch, Strategy};

support::mode::under_every! { strategy;
    venv: [
        is_found_by_option_and_by_variable,
        is_not_needed_for_pythonpath,
        of_another_python_is_warned_of,
    ],
}

/// The promises, each a function of the strategy to test under.
mod venv {
    pub(crate) use super::{
        is_found_by_option_and_by_variable, is_not_needed_for_pythonpath,
        of_another_python_is_warned_of,
    };
}

fn output(command: &mut Command) -> String {
    let output = command
        .output()
        .expect("the embedded Python's executable runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout)
        .expect("a path in UTF-8")
        .trim()
        .to_owned()
}

/// A virtual environment of the embedded Python, with the module `only_in_venv`.
fn create(folder: &Path) -> PathBuf {
    let python = info()["python"]["executable"]
        .as_str()
        .expect("info --json has python.executable");
    let venv = folder.join("environment");
    output(
        Command::new(python)
            .args(["-m", "venv", "--without-pip"])
            .arg(&venv),
    );
    let module = Path::new(&site_packages(&venv)).join("only_in_venv.py");
    fs::write(module, "NAME = 'found'\n").expect("a temporary file");
    venv
}

/// The environment's folder of packages, as its Python tells it.
fn site_packages(venv: &Path) -> String {
    let where_to = "import sysconfig; print(sysconfig.get_path('purelib'))";
    output(Command::new(venv.join("bin/python")).args(["-c", where_to]))
}

fn is_found_by_option_and_by_variable(strategy: Strategy) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let venv = create(folder.path());
    let launch = || Launch::under(strategy, "in_venv").args(["--workers", "2"]);
    let by_option = launch().args([Path::new("--venv"), &venv]);
    let by_variable = launch().env("VIRTUAL_ENV", &venv);
    for launch in [by_option, by_variable] {
        let told = launch.start().get("/").expect(200).json();
        let prefix = fs::canonicalize(&venv).expect("the environment is there");
        assert_eq!(
            (told["name"].as_str(), told["prefix"].as_str()),
            (Some("found"), prefix.to_str())
        );
    }
    let ended = launch().run();
    assert_eq!(
        ended.code,
        Some(1),
        "without the environment; stderr:\n{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("only_in_venv"),
        "stderr:\n{}",
        ended.stderr
    );
}

fn is_not_needed_for_pythonpath(strategy: Strategy) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(
        folder.path().join("only_in_venv.py"),
        "NAME = 'on the path'\n",
    )
    .expect("a temporary file");
    let server = Launch::under(strategy, "in_venv")
        .args([Path::new("--pythonpath"), folder.path()])
        .start();
    assert_eq!(server.get("/").expect(200).json()["name"], "on the path");
}

/// Another version keeps its packages in a folder of another name.
fn of_another_python_is_warned_of(strategy: Strategy) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let venv = create(folder.path());
    let launch = || {
        let arguments = [Path::new("--venv"), &venv];
        Launch::under(strategy, "in_venv").args(arguments)
    };
    let served = launch().start();
    served.get("/").expect(200);
    let warning = "made with another Python";
    let told = served.stop().stderr;
    assert!(!told.contains(warning), "its own Python:\n{told}");

    let packages = PathBuf::from(site_packages(&venv));
    let own = packages.parent().expect("lib/python3.13");
    fs::rename(own, own.with_file_name("python3.0")).expect("the folder can be moved");
    let ended = launch().run();
    assert_eq!(ended.code, Some(1), "stderr:\n{}", ended.stderr);
    let missing = own.display().to_string();
    for part in [warning, &missing, "No module named 'only_in_venv'"] {
        assert!(
            ended.stderr.contains(part),
            "no {part:?} in stderr:\n{}",
            ended.stderr
        );
    }
}
