//! What the crates that the server is built from ask for.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

use std::collections::BTreeSet;
use std::env::{self, consts::ARCH};
use std::fs;
use std::process::Command;

use serde_json::Value;
use support::root;

/// What cargo says of the workspace and its dependencies, tests and tools too, from what was fetched for this build.
fn metadata() -> Value {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .arg(format!("--filter-platform={ARCH}-unknown-linux-gnu"))
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().expect("a list")
}

/// A version of Rust, of which the last number may be missing.
fn rust(version: &str) -> (u32, u32, u32) {
    let mut numbers = version
        .split('.')
        .map(|number| number.parse().expect("a number"));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

/// The oldest Rust that the workspace promises.
fn promised() -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let promised = manifest["workspace"]["package"]["rust-version"].as_str();
    promised.expect("rust-version").to_owned()
}

#[test]
fn no_dependency_needs_a_newer_rust_than_is_promised() {
    let (metadata, promised) = (metadata(), promised());
    let used: BTreeSet<_> = items(&metadata["resolve"], "nodes")
        .iter()
        .map(|node| node["id"].as_str())
        .collect();
    assert!(used.len() > 100, "{} crates are not all", used.len());
    let packages = items(&metadata, "packages").iter();
    let newer = packages
        .filter(|package| used.contains(&package["id"].as_str()))
        .filter_map(|package| {
            let needed = package["rust_version"].as_str()?;
            let name = package["name"].as_str().unwrap_or_default();
            (rust(needed) > rust(&promised)).then(|| format!("{name} needs {needed}"))
        });
    assert_eq!(
        newer.collect::<Vec<_>>(),
        [""; 0],
        "Rust {promised} is promised"
    );
}

#[test]
fn readme_states_the_oldest_rust() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let stated = format!("Rust {} or newer", promised());
    assert!(readme.contains(&stated), "no {stated:?} in README.md");
}

/// Every crate comes from crates.io, or is the workspace's own.
#[test]
fn lock_file_names_no_other_source() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let lock: toml::Table = lock.parse().expect("TOML");
    let own = ["benches", "native_types", "server"];
    for package in lock["package"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let source = package.get("source").and_then(toml::Value::as_str);
        let is_own = own.contains(&name) && source.is_none();
        let is_public = source == Some("registry+https://github.com/rust-lang/crates.io-index");
        assert!(
            is_own || is_public && package.get("checksum").is_some(),
            "{name} is from {source:?}"
        );
    }
}
