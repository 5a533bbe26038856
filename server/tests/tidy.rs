//! What the shape of the tree promises (ARCHITECTURE.md). Each failure names the file and the rule.

use std::fs;
use std::path::{Path, PathBuf};

/// Code lines of a file: without blank lines and comments.
const CODE_LINES_MAX: usize = 400;

/// What a module of the server may import: only what stands further along a request's way.
const ARROWS: [(&str, &str); 16] = [
    ("metrics", ""),
    ("admin", "access_log metrics net dispatch"),
    ("logging", "config"),
    ("access_log", ""),
    (
        "start",
        "access_log config net files http dispatch interpreter supervision",
    ),
    (
        "commands",
        "router dispatch interpreter supervision testing",
    ),
    ("config", "access_log net http router dispatch interpreter"),
    ("net", "http router dispatch metrics"),
    ("http", "access_log router dispatch files metrics"),
    ("files", ""),
    ("router", "dispatch"),
    ("dispatch", "metrics"),
    ("interpreter", "dispatch"),
    ("embed", "router dispatch interpreter supervision"),
    ("testing", "http router"),
    (
        "supervision",
        "access_log net http router dispatch interpreter files metrics admin",
    ),
];

/// The places that may use atomics, each with its reason; elsewhere a channel is clearer.
const ATOMICS: [&str; 11] = [
    "server/src/metrics",         // counters that one thread writes and others read
    "server/src/dispatch",        // sleeping workers and threads, clients that left
    "server/src/http",            // whether the server drains
    "server/src/net/activity.rs", // what a connection waits for
    "server/src/net/http2/unsent.rs", // what connections of several threads hold together
    "server/src/access_log",      // counts of what was sent, written and lost
    "native_types/src/capi",      // references that threads of one interpreter may fill at once
    "native_types/src/response.rs", // a status that such threads may set
    "native_types/src/draining.rs", // whether the server drains
    "native_types/src/socket.rs", // what a handler knows of its socket
    "native_types/src/stream_writer.rs", // how far a stream has come
];

/// Fails with a line for each source file, given as path and lines, with a complaint.
fn every_source(complaint: impl Fn(&str, &[&str]) -> Option<String>) {
    let folders = ["native_types", "server", "benches", "loadtests"];
    let mut complaints = Vec::new();
    for file in folders
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
    {
        let path = file.strip_prefix(root()).expect("found below the root");
        let text = fs::read_to_string(&file).expect("a source file is UTF-8");
        let (path, lines) = (path.display().to_string(), text.lines().collect::<Vec<_>>());
        complaints.extend(complaint(&path, &lines).map(|told| format!("{path}: {told}")));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn code<'a>(lines: &[&'a str]) -> impl Iterator<Item = &'a str> {
    lines
        .iter()
        .copied()
        .filter(|line| !line.trim().is_empty() && !line.trim().starts_with("//"))
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let mut found: Vec<_> = folders.iter().flat_map(|inner| rust_files(inner)).collect();
    found.extend(
        files
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == "rs")),
    );
    found
}

#[test]
fn every_file_opens_with_what_it_is() {
    every_source(|_, lines| {
        let opens = lines.first().is_some_and(|line| line.starts_with("//! "));
        (!opens).then(|| "the first line must be `//! ...`".into())
    });
}

#[test]
fn no_file_is_too_long() {
    every_source(|_, lines| {
        let count = code(lines).count();
        (count > CODE_LINES_MAX).then(|| format!("{count} code lines, not {CODE_LINES_MAX}: split"))
    });
}

/// Looks for `words` in each path that contains `within`, but for `places`.
fn belong_in(words: &[&str], within: &str, places: &[&str]) {
    every_source(|path, lines| {
        let allowed = places.iter().any(|place| path.starts_with(place));
        let has = |word: &&&str| code(lines).any(|line| line.contains(**word));
        let found = words
            .iter()
            .find(has)
            .filter(|_| path.contains(within) && !allowed)?;
        Some(format!("holds `{found}`, which belongs in {places:?} only"))
    });
}

#[test]
fn the_c_api_has_two_doors() {
    let doors = ["native_types/src/capi", "server/src/interpreter"];
    belong_in(&["unsafe ", "unsafe(", "pyo3_ffi"], "/src/", &doors);
}

#[test]
fn atomics_stay_in_their_places() {
    belong_in(&["sync::atomic"], "/src/", &ATOMICS);
}

#[test]
fn strategies_are_named_in_their_places() {
    let places = ["server/src/config", "server/src/interpreter"];
    belong_in(
        &["\"subinterp\"", "\"freethreaded\""],
        "server/src/",
        &places,
    );
}

#[test]
fn native_types_know_no_socket() {
    belong_in(&["tokio", "hyper", "TcpStream"], "native_types/src/", &[]);
}

#[test]
fn nothing_unfinished_is_left() {
    belong_in(
        &["static mut ", "FIXME", "dbg!("],
        "",
        &["server/tests/tidy.rs"],
    );
}

#[test]
fn imports_follow_the_arrow() {
    every_source(|path, lines| {
        let module = path.strip_prefix("server/src/")?.split(['/', '.']).next()?;
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            let known = matches!(module, "main" | "lib");
            return (!known)
                .then(|| format!("`{module}` has no row in ARROWS: what may it import?"));
        };
        let mut named = code(lines)
            .flat_map(|line| line.split("crate::").skip(1))
            .map(|rest| {
                let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
                &rest[..end.unwrap_or(rest.len())]
            });
        let back =
            named.find(|name| *name != module && !allowed.split(' ').any(|one| one == *name))?;
        Some(format!(
            "imports `crate::{back}`, which is not among {allowed:?}"
        ))
    });
}

#[test]
fn architecture_names_only_what_exists() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    for name in text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| !name.contains([' ', '<', '*']))
    {
        let is_path = name
            .split_once('/')
            .is_some_and(|(top, _)| root().join(top).is_dir());
        assert!(
            !is_path || root().join(name).exists(),
            "ARCHITECTURE.md names {name}: not there"
        );
    }
}
