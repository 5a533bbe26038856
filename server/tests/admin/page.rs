//! The page, and what docs/operations.md says.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::admin::client::Admin;
use crate::support::{Launch, Server, root};

fn start() -> (Server, Admin) {
    let server = Launch::app("admin")
        .args(["--admin", "127.0.0.1:0"])
        .start();
    let admin = Admin::of(&server);
    (server, admin)
}

/// What stands between a tag and its end; it is there once.
fn inside<'a>(page: &'a str, tag: &str) -> &'a str {
    let (opening, closing) = (format!("<{tag}>"), format!("</{tag}>"));
    assert_eq!(page.matches(&format!("<{tag}")).count(), 1, "one {tag}");
    let (_, rest) = page.split_once(&opening).expect("its beginning");
    rest.split_once(&closing).expect("its end").0
}

/// The hash of a text as a policy names it, by Python.
fn hash(text: &str) -> String {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), text).expect("a temporary file");
    let code = "import base64, hashlib, sys; \
                print(base64.b64encode(hashlib.sha256(open(sys.argv[1], 'rb').read()).digest()).decode())";
    let path = file.path().to_str().expect("a path in UTF-8");
    let ended = Launch::bare().args(["python", "-c", code, path]).run();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    format!("'sha256-{}'", ended.stdout.trim())
}

#[test]
fn the_page_needs_nothing_else_and_may_do_nothing_else() {
    let (_server, admin) = start();
    let answer = admin.get("/");
    assert_eq!(
        answer.field("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = &answer.body;
    assert!(page.len() < 20_000, "{} bytes", page.len());
    let policy = answer.field("content-security-policy").expect("a policy");
    let rules: BTreeMap<&str, &str> = policy
        .split("; ")
        .map(|rule| rule.split_once(' ').expect("a source"))
        .collect();
    let (script, style) = (hash(inside(page, "script")), hash(inside(page, "style")));
    let wanted = [
        ("default-src", "'none'"),
        ("script-src", &script),
        ("style-src", &style),
        ("connect-src", "'self'"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
        ("frame-ancestors", "'none'"),
    ];
    assert_eq!(rules, BTreeMap::from(wanted));
    for outside in [
        "://",
        "src=",
        "@import",
        "url(",
        " style=",
        " onclick=",
        "innerHTML",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}

fn section() -> String {
    let text = fs::read_to_string(root().join("docs/operations.md")).expect("the page");
    let (_, rest) = text
        .split_once("\n## Admin listener\n")
        .expect("the section");
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

/// The cells of the rows whose first cell is code.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

#[test]
fn the_table_of_metrics_is_what_is_served() {
    let (server, admin) = start();
    server.get("/plain").expect(200);
    let scrape = admin.reaches("requests_total", &[], 1.0);
    let shown: BTreeMap<String, [String; 3]> = scrape
        .families
        .into_iter()
        .map(|(name, family)| {
            let labels: Vec<_> = family.labels.iter().map(|it| format!("`{it}`")).collect();
            (name, [family.kind, labels.join(", "), family.help])
        })
        .collect();
    let written: BTreeMap<String, [String; 3]> = rows(&section())
        .into_iter()
        .filter(|cells| cells[0].starts_with("`coachwhip_"))
        .map(|cells| {
            let [name, kind, labels, help] = <[String; 4]>::try_from(cells).expect("four cells");
            (name.trim_matches('`').to_owned(), [kind, labels, help])
        })
        .collect();
    for (name, [kind, labels, help]) in &shown {
        assert_eq!(
            written.get(name),
            Some(&[kind.clone(), labels.clone(), help.clone()]),
            "docs/operations.md is to say: | `{name}` | {kind} | {labels} | {help} |"
        );
    }
    for name in written.keys() {
        assert!(
            shown.contains_key(name),
            "docs/operations.md has {name}: not served"
        );
    }
}

/// Every key of an object, those of objects inside with a dot, those of lists with `[]`.
fn keys(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let is_counts = ["requests", "responses", "refused"].contains(&key.as_str());
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                if is_counts {
                    found.push(path);
                } else {
                    keys(value, &path, found);
                }
            }
        }
        Value::Array(values) if values.first().is_some_and(Value::is_object) => {
            keys(&values[0], &format!("{path}[]"), found);
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(path.to_owned());
        }
    }
}

#[test]
fn the_table_of_the_status_is_what_is_served() {
    let (_server, admin) = start();
    let mut served = Vec::new();
    keys(&admin.status(), "", &mut served);
    served.sort();
    let text = section();
    let (_, below) = text.split_once("### Status").expect("it is described");
    let mut written: Vec<String> = rows(below)
        .into_iter()
        .filter(|cells| cells.len() == 2)
        .map(|cells| cells[0].trim_matches('`').to_owned())
        .collect();
    written.sort();
    assert_eq!(written, served);
}
