//! The guides in `docs`: every command is run as it is written, and prints what the page shows.
//!
//! A page has one folder, and each of its sections (`##`) one bash. In order:
//!
//! - a fenced block with a title (```` ```python title=app.py ````) is written to that file;
//! - a fenced block `sh` is run, with the built `coachwhip` on `PATH`;
//! - a fenced block `text` after it is what it prints, errors included; `...` stands for what varies, in a line or,
//!   alone on a line, for any number of lines. Where there is none, the command must succeed.
//!
//! The reader waits for what the page shows before going on, and so does the test: a server that was started with `&`
//! has got as far as its block shows. A section ends what it has started.
//!
//! `<!-- needs: subinterp, perf -->` before a block, or below a section's heading for all of it, names what the machine
//! or the embedded Python must have. What can't be run is skipped, and standard error tells so.
//!
//! A section that needs `perf` shows samples, and is followed anew where they miss what it shows.

#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test file uses its own part"
)]
mod support;

/// From the page's text to a shell and back.
mod guides {
    pub(crate) mod needs;
    pub(crate) mod page;
    pub(crate) mod session;
    pub(crate) mod shown;
}

use std::fs::{self, File};
use std::io::Write as _;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

use guides::needs::unmet;
use guides::page::{Page, Section, Step};
use guides::session::Session;

/// Longest wait for another run of the same page on this machine: both would take the page's port.
const TURN: Duration = Duration::from_mins(5);

/// How often a section that shows samples is followed, at most.
const SAMPLED_ATTEMPTS: usize = 3;

#[test]
fn migration() {
    follow("migration");
}

#[test]
fn troubleshooting() {
    follow("troubleshooting");
}

#[test]
fn profiling() {
    follow("profiling");
}

#[test]
fn handlers() {
    follow("handlers");
}

/// Does all that a page says.
fn follow(name: &str) {
    let _turn = turn(name);
    let file = support::root().join("docs").join(name).with_extension("md");
    let text = fs::read_to_string(&file).expect("the page is there");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for section in &Page::parse(&format!("docs/{name}.md"), &text).sections {
        if section.needs.iter().any(|need| need.starts_with("perf")) {
            follow_sampled(section, folder.path());
        } else {
            follow_section(section, folder.path());
        }
    }
}

/// Follows a section that shows what `perf` has seen. It sees samples, and may miss the one that the page shows: a page
/// that is wrong fails each time.
fn follow_sampled(section: &Section, folder: &Path) {
    for _ in 1..SAMPLED_ATTEMPTS {
        if catch_unwind(|| follow_section(section, folder)).is_ok() {
            return;
        }
    }
    follow_section(section, folder);
}

fn follow_section(section: &Section, folder: &Path) {
    if let Some(need) = unmet(&section.needs) {
        return skip(&section.place, &need);
    }
    let mut session = Session::start(folder);
    for step in &section.steps {
        match step {
            Step::File { name, text } => {
                let file = folder.join(name);
                fs::create_dir_all(file.parent().expect("below the folder")).expect("a folder");
                fs::write(file, text).expect("a file of the page");
            }
            Step::Run(command) => match unmet(&command.needs) {
                Some(need) => skip(&command.place, &need),
                None => session.run(command),
            },
        }
    }
    session.end(&section.place);
}

/// Goes around what captures the output of tests: a reader of the run must see what was left out.
fn skip(place: &str, need: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {place} needs {need}, which is not there"
    );
}

/// The right to run a page, for as long as the file is kept.
fn turn(name: &str) -> File {
    let path = std::env::temp_dir().join(format!("coachwhip-guide-{name}.lock"));
    let file = File::create(path).expect("a file in the temporary folder");
    let deadline = Instant::now() + TURN;
    while file.try_lock().is_err() {
        assert!(
            Instant::now() < deadline,
            "another run of {name} takes too long"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    file
}
