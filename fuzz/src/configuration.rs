//! `server::config` on a file, variables and arguments.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use server::config::{Config, Error, Loaded, Origin, Remark, load};

/// Stands between the file's text, and each variable or argument. No byte of UTF-8.
pub const SEPARATOR: u8 = 0xff;

/// Directories of which some files have no end: an operator who names one has what he asked for.
const ENDLESS: [&[u8]; 3] = [b"/dev", b"/proc", b"/sys"];

/// What is given to [`load`].
struct Given {
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    /// How many lines the file has.
    lines: usize,
}

/// Reads an input as a configuration, in `folder`; fails unless it is refused with one message that says where and what, or is
/// still the same when it was written and read again.
pub fn check(input: &[u8], folder: &Path) {
    if ENDLESS
        .iter()
        .any(|name| input.windows(name.len()).any(|window| window == *name))
    {
        return;
    }
    let given = give(input, folder);
    match load(given.arguments.clone(), &given.environment, folder) {
        Ok(Loaded {
            config, remarks, ..
        }) => {
            remarks.iter().for_each(check_remark);
            check_round_trip(&config, folder);
        }
        Err(Error::Answer(text)) => assert!(!text.to_string().is_empty()),
        Err(error) => check_error(&error, &given),
    }
}

/// A folder for [`check`], with what configurations name.
pub fn make_folder() -> PathBuf {
    let name = format!("coachwhip-fuzz-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    for folder in [
        &folder.join("config"),
        &folder.join("static"),
        &folder.join("venv/bin"),
    ] {
        fs::create_dir_all(folder).expect("a folder");
    }
    fs::write(folder.join("venv/bin/python"), "").expect("a file");
    folder
}

fn give(input: &[u8], folder: &Path) -> Given {
    let mut parts = input.split(|byte| *byte == SEPARATOR);
    let file = parts.next().unwrap_or_default();
    fs::write(folder.join("config/default.toml"), file).expect("a file");
    let mut given = Given {
        arguments: vec![OsString::from("coachwhip")],
        environment: BTreeMap::new(),
        lines: file.iter().filter(|byte| **byte == b'\n').count() + 1,
    };
    // No variable or argument can hold NUL.
    for part in parts.filter(|part| !part.contains(&0)) {
        let is_variable = part.starts_with(b"COACHWHIP_") || part.starts_with(b"VIRTUAL_ENV");
        match part.iter().position(|byte| *byte == b'=') {
            Some(at) if is_variable => {
                let text = |bytes: &[u8]| OsString::from_vec(bytes.into());
                given
                    .environment
                    .insert(text(&part[..at]), text(&part[at + 1..]));
            }
            _ => given.arguments.push(OsString::from_vec(part.into())),
        }
    }
    given
}

fn check_round_trip(config: &Config, folder: &Path) {
    let written = config.to_toml();
    fs::write(folder.join("effective.toml"), &written).expect("a file");
    let arguments = ["coachwhip", "--config", "effective.toml"].map(OsString::from);
    let Loaded { config: read, .. } = load(arguments, &BTreeMap::new(), folder)
        .unwrap_or_else(|error| panic!("can't be read again: {error}\n{written}"));
    assert_eq!(read, *config, "{written}");
    assert_eq!(read.to_toml(), written);
}

/// What is passed over is told in one line that names it.
fn check_remark(remark: &Remark) {
    let message = remark.to_string();
    let named = match remark {
        Remark::UnknownVariable { variable, .. } => escaped(variable),
        Remark::UnrelatedFile { .. } => String::from("config/default.toml"),
    };
    assert!(
        message.starts_with(&named) && !message.contains(char::is_control),
        "{message:?}"
    );
}

fn check_error(error: &Error, given: &Given) {
    assert_eq!(error.exit_status(), 2, "{error:?}");
    let message = error.to_string();
    let is_one_line = !message.is_empty() && !message.contains(char::is_control);
    assert!(is_one_line, "not one line: {message:?}");
    let says = |parts: &[&str]| {
        let are_said = parts
            .iter()
            .all(|part| !part.is_empty() && message.contains(&escaped(part)));
        assert!(are_said, "{message:?} does not say {parts:?}");
    };
    match error {
        Error::Refused {
            origin,
            key,
            value,
            allowed,
        } => {
            says(&[key, value, allowed, &place(origin, given)]);
        }
        Error::UnknownKey { origin, key, .. } => says(&[key, &place(origin, given)]),
        Error::MissingKey {
            origin, table, key, ..
        } => {
            says(&[table, key, &place(origin, given)]);
        }
        Error::Unreadable { origin, cause, .. } => {
            says(&[&place(origin, given), &cause.to_string()])
        }
        Error::Syntax { line, cause, .. } => {
            assert!(*line <= given.lines, "{message:?}");
            says(&[cause, "config/default.toml"]);
        }
        Error::UnknownOption { option, .. } => says(&[option]),
        Error::CommandLine(text) => says(&[text]),
        Error::Answer(_) => unreachable!("no fault"),
    }
}

/// As messages show it.
fn escaped(text: &str) -> String {
    let escape = |character: char| match character.is_control() {
        true => character.escape_default().collect(),
        false => String::from(character),
    };
    text.chars().map(escape).collect()
}

/// Where a value stands, as a message says it; fails if nothing stands there.
fn place(origin: &Origin, given: &Given) -> String {
    match origin {
        Origin::Default => {}
        Origin::File { line, .. } => assert!((1..=given.lines).contains(line), "{origin}"),
        Origin::Variable(name) => {
            assert!(
                given.environment.contains_key(&OsString::from(name)),
                "{origin}"
            );
        }
        Origin::CommandLine(name) => assert!(name == "APP" || name.starts_with("--"), "{origin}"),
    }
    origin.to_string()
}
