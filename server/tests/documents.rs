//! The pages in Markdown: fences closed, headings told apart, links that lead somewhere, and configurations of proxies that load.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders whose pages nobody writes by hand, or which are no part of the tree.
const PASSED_OVER: [&str; 4] = ["target", "records", "node_modules", "shared"];

/// A page, line by line; what stands in its fences is apart.
struct Page {
    path: PathBuf,
    /// What stands outside of fences.
    prose: Vec<String>,
    /// The language and the text of each fence.
    fences: Vec<(String, String)>,
    is_closed: bool,
}

impl Page {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a page is UTF-8");
        let mut page = Self {
            path,
            prose: Vec::new(),
            fences: Vec::new(),
            is_closed: true,
        };
        for line in text.lines() {
            match line.trim_start().strip_prefix("```") {
                Some(language) if page.is_closed => {
                    let begun = (language.trim().to_owned(), String::new());
                    page.fences.push(begun);
                    page.is_closed = false;
                }
                Some("") => page.is_closed = true,
                // A fence inside another one.
                Some(_) => break,
                None if page.is_closed => page.prose.push(line.to_owned()),
                None => {
                    let (_, text) = page.fences.last_mut().expect("one is open");
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        page
    }

    fn headings(&self) -> impl Iterator<Item = String> {
        let titles = self.prose.iter().filter_map(|line| {
            let title = line.trim_start_matches('#');
            (title.len() < line.len()).then(|| title.strip_prefix(' '))?
        });
        titles.map(anchor)
    }

    /// Where its links lead, but for those into the world.
    fn links(&self) -> Vec<String> {
        let prose = self.prose.join("\n");
        // Code may look like a link.
        let spoken: Vec<_> = prose.split('`').step_by(2).collect();
        let spoken = spoken.join("");
        let targets = spoken.split("](").skip(1);
        let targets = targets.filter_map(|rest| rest.split_once(')'));
        let targets = targets.map(|(target, _)| target.to_owned());
        targets.filter(|target| !target.contains("://")).collect()
    }
}

/// What GitHub makes of a heading.
fn anchor(title: &str) -> String {
    let kept = title.trim().chars().filter_map(|one| match one {
        ' ' => Some('-'),
        '-' | '_' => Some(one),
        one if one.is_alphanumeric() => Some(one.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn pages_below(folder: &Path) -> Vec<Page> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !PASSED_OVER.contains(&&*name) {
                pages.extend(pages_below(&path));
            }
        } else if name.ends_with(".md") {
            pages.push(Page::read(path));
        }
    }
    pages
}

fn complain(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn fences_are_closed() {
    let pages = pages_below(&root());
    assert!(pages.len() > 10, "the pages are found");
    let open = pages.iter().filter(|page| !page.is_closed);
    let open: Vec<_> = open.map(|page| page.path.display().to_string()).collect();
    complain(&open);
}

#[test]
fn headings_are_told_apart() {
    let mut complaints = Vec::new();
    for page in pages_below(&root()) {
        let mut known = BTreeSet::new();
        for heading in page.headings() {
            if !known.insert(heading.clone()) {
                complaints.push(format!("{}: #{heading} stands twice", page.path.display()));
            }
        }
    }
    complain(&complaints);
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    let mut count = 0;
    for page in pages_below(&root()) {
        let folder = page.path.parent().expect("a page is in a folder");
        for link in page.links() {
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = if file.is_empty() {
                page.path.clone()
            } else {
                folder.join(file)
            };
            let is_there = path.exists();
            let is_good = is_there
                && (anchor.is_empty()
                    || Page::read(path).headings().any(|heading| heading == anchor));
            if !is_good {
                complaints.push(format!("{}: {link} leads nowhere", page.path.display()));
            }
        }
    }
    assert!(count > 50, "the links are found");
    complain(&complaints);
}

/// Has `program` look at each fence of that language in `docs`, where it is installed.
fn are_accepted(
    program: &str,
    language: &str,
    whole: impl Fn(&str, &Path) -> (String, Vec<String>),
) {
    if Command::new(program).arg("-v").output().is_err() {
        // Goes around what captures the output of tests: a reader of the run must see what was left out.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {program} is not on this machine"
        );
        return;
    }
    let pages = pages_below(&root().join("docs"));
    let fences = pages.iter().flat_map(|page| &page.fences);
    let texts: Vec<_> = fences.filter(|(told, _)| told == language).collect();
    assert!(!texts.is_empty(), "no fence of {language}");
    for (_, text) in texts {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("configuration");
        let (whole, options) = whole(text, folder.path());
        fs::write(&file, whole).expect("a file in a temporary folder");
        let output = Command::new(program).args(options).arg(&file).output();
        let output = output.expect("it was there before");
        assert!(
            output.status.success(),
            "{text}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn configurations_of_nginx_are_accepted() {
    are_accepted("/usr/sbin/nginx", "nginx", |text, folder| {
        let folder = folder.display();
        // A port that needs no rights, and that may be taken: a test of the file passes over that.
        let text = text.replace("listen 80;", "listen 127.0.0.1:8080;");
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths = paths.map(|name| format!("{name}_temp_path {folder}/{name};"));
        let whole = format!(
            "pid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{}\n{text}\n}}\n",
            paths.join("\n")
        );
        (
            whole,
            ["-e", "stderr", "-t", "-c"].map(str::to_owned).into(),
        )
    });
}

#[test]
fn configurations_of_haproxy_are_accepted() {
    are_accepted("/usr/sbin/haproxy", "haproxy", |text, _| {
        (text.to_owned(), ["-c", "-f"].map(str::to_owned).into())
    });
}
