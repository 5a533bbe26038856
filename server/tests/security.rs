//! What `SECURITY.md` says that isolation does not give, and that what it refers to is there.

#[expect(dead_code, reason = "each test file uses its own part")]
mod support;

use std::fs;

use serde_json::Value;
use support::{Call, Launch, Mode, PATIENCE, Server, eventually, root};

support::mode::under_every! { mode;
    handlers: [
        share_memory_descriptors_and_folder,
        read_the_environment,
        take_the_server_down,
        may_end_the_server,
    ],
    requests: [
        are_not_decompressed,
        meet_hashes_that_cannot_be_foreseen,
    ],
}

/// What handlers can do, each a function of the mode to test under.
mod handlers {
    pub(crate) use super::{
        may_end_the_server, read_the_environment, share_memory_descriptors_and_folder,
        take_the_server_down,
    };
}

/// What requests can't do.
mod requests {
    pub(crate) use super::{are_not_decompressed, meet_hashes_that_cannot_be_foreseen};
}

fn start(mode: Mode) -> Server {
    Launch::under(mode, "security")
        .args(["--workers", "2"])
        .start()
}

/// Of two workers, each with an interpreter of its own where the strategy gives them one, one takes what the other keeps.
fn share_memory_descriptors_and_folder(mode: Mode) {
    let server = start(mode);
    let kept = server.get("/keep").expect(200).json();
    let number = |name: &str| kept[name].as_u64().expect("a number");
    let target = format!(
        "/take/{}/{}/{}",
        number("descriptor"),
        number("address"),
        number("length")
    );
    let mut connections = [server.connect(), server.connect()];
    let taken = eventually("an answer of the other worker", || {
        for connection in &mut connections {
            connection.send(Call::get(&target).bytes());
        }
        let answers = connections
            .each_mut()
            .map(|connection| connection.read().expect(200).json());
        answers
            .into_iter()
            .find(|taken| taken["worker"] != kept["worker"])
    });
    let is_isolated = taken["interpreter"] != kept["interpreter"];
    assert_eq!(is_isolated, mode.strategy.interpreters(2) == 2, "{taken}");
    let secret = Value::from("a secret of one interpreter");
    assert_eq!((&taken["memory"], &taken["descriptor"]), (&secret, &secret));
    assert_eq!(
        (&taken["process"], &taken["folder"]),
        (&kept["process"], &"/proc".into())
    );
}

fn read_the_environment(mode: Mode) {
    let server = Launch::under(mode, "security")
        .env("A_PASSWORD", "of the server")
        .start();
    assert_eq!(
        server.get("/environment/A_PASSWORD").expect(200).text(),
        "of the server"
    );
}

/// A fault in C code is everybody's: the process ends, and with it what others wait for.
fn take_the_server_down(mode: Mode) {
    let server = start(mode);
    let mut idle = server.connect();
    idle.call(&Call::get("/hash")).expect(200);
    let mut crashing = server.connect();
    crashing.send(Call::get("/crash").bytes());
    let ended = server.ended(PATIENCE);
    assert_eq!(
        ended.code, None,
        "ended by a signal; stderr:\n{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("Fatal Python error: Aborted"),
        "{}",
        ended.stderr
    );
    assert!(idle.is_closed());
}

fn may_end_the_server(mode: Mode) {
    let server = start(mode);
    assert_eq!(server.get("/end").expect(200).text(), "told to end");
    assert_eq!(server.ended(PATIENCE).code, Some(0));
}

/// So none becomes larger than it was sent.
fn are_not_decompressed(mode: Mode) {
    let server = start(mode);
    let sent = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let call = Call::post("/length", sent).header("Content-Encoding", "gzip");
    assert_eq!(
        server.call(&call).expect(200).text(),
        sent.len().to_string()
    );
}

/// So nobody can choose keys that all fall into one slot of a dict.
fn meet_hashes_that_cannot_be_foreseen(mode: Mode) {
    let mut hashes = [(); 2].map(|()| start(mode).get("/hash").expect(200).text());
    hashes.sort_unstable();
    assert_ne!(hashes[0], hashes[1]);
}

/// The links of a page: text and target.
fn links(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split("](")
        .zip(page.split("](").skip(1))
        .filter_map(|(before, after)| {
            let text = before.rsplit_once('[')?.1;
            let (target, _) = after.split_once(')')?;
            Some((text, target))
        })
}

/// A link from code to a file of tests names a test that is in that file.
#[test]
fn page_refers_to_tests_that_are_there() {
    let page = fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md");
    let mut tests = 0;
    for (text, target) in links(&page) {
        let (path, _) = target.split_once('#').unwrap_or((target, ""));
        let file = root().join(path);
        assert!(file.exists(), "SECURITY.md links to {path}: not there");
        let Some(name) = text
            .strip_prefix('`')
            .and_then(|text| text.strip_suffix('`'))
        else {
            continue;
        };
        let source = fs::read_to_string(&file).expect("a source file");
        assert!(
            source.contains(&format!("fn {name}(")),
            "SECURITY.md: no test {name} in {path}"
        );
        tests += 1;
    }
    assert!(
        tests >= 20,
        "{tests} tests are too few: is the page read as it is written?"
    );
}

/// Each row of a table that says what is shown by a test names one.
#[test]
fn every_claim_of_the_page_has_a_test() {
    let page = fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md");
    let lines: Vec<_> = page.lines().collect();
    let tables = lines.split(|line| !line.starts_with('|'));
    let mut rows = 0;
    for table in tables.filter(|table| table.first().is_some_and(|head| head.contains("shown by")))
    {
        for row in &table[2..] {
            assert!(row.contains("`](server/"), "a claim without a test: {row}");
            rows += 1;
        }
    }
    assert!(
        rows >= 20,
        "{rows} claims are too few: is the page read as it is written?"
    );
}
