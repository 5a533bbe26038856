//! Twelve workers on twelve threads, all starting at the same time.

use std::collections::BTreeSet;
use std::fs;

use super::life::{Life, Started, alone};
use crate::support::Strategy;

const WORKERS: usize = 12;

/// Uses what interpreters were known to share: free lists of tuples and dates, the caches of `re` and `json`.
const MODULE: &str = r#"
import datetime, json, re
from coachwhip import get, interpreter_id, on_shutdown, on_startup

WORD = re.compile(r"(\w+)-(\d+)")


def work():
    begin = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
    for number in range(300):
        day = begin + datetime.timedelta(days=number)
        text = json.dumps({"day": day.isoformat(), "pair": (number, str(number))})
        assert json.loads(text)["pair"] == [number, str(number)]
        assert datetime.datetime.fromisoformat(json.loads(text)["day"]) == day
        assert WORD.fullmatch(f"word-{number}").groups() == ("word", str(number))


def note(what):
    work()
    with open(f"{HERE}/notes", "a") as file:
        file.write(f"{interpreter_id()} {what}\n")


@on_startup
def up():
    note("up")


@on_shutdown
def down():
    note("down")


@get("/")
def root(request):
    return "root"


work()
"#;

pub(crate) fn twelve_workers_live_at_once(strategy: Strategy) {
    alone("together::twelve_workers_live_at_once", strategy, live);
}

fn live(life: &Life) {
    let application = life.module("together", MODULE);
    let (exchange, started) = life.start(&application, WORKERS);
    let ready: Vec<_> = started.iter().map(Started::ready).collect();
    let interpreters: BTreeSet<_> = ready.iter().map(|(interpreter, _)| *interpreter).collect();
    if life.strategy.shares_interpreter() {
        assert_eq!(interpreters, BTreeSet::from([0]), "the main one, for all");
    } else {
        assert_eq!(interpreters.len(), WORKERS, "{interpreters:?}");
        assert!(!interpreters.contains(&0), "{interpreters:?}");
    }
    for (_, table) in &ready {
        assert_eq!(*table, ready[0].1, "each worker has the same routes");
        assert_eq!(table.len(), 1, "{table:?}");
    }
    exchange.close();
    started.into_iter().for_each(Started::join);
    let notes = fs::read_to_string(life.folder().join("notes")).expect("the hooks wrote it");
    let mut notes: Vec<_> = notes.lines().map(str::to_owned).collect();
    notes.sort_unstable();
    let expected = interpreters
        .iter()
        .flat_map(|id| ["down", "up"].map(|what| format!("{id} {what}")));
    let mut expected: Vec<_> = expected.collect();
    expected.sort_unstable();
    assert_eq!(notes, expected, "each hook runs once in each interpreter");
}
