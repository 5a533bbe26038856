//! Workers that start and end one after another in a process that goes on.

use super::life::{Life, Started, alone};
use crate::support::Strategy;

const CYCLES: usize = 30;

const MODULE: &str = r#"
import asyncio, dataclasses, datetime, json, logging, re
from coachwhip import get, on_startup, on_shutdown


@dataclasses.dataclass
class Visit:
    number: int
    when: datetime.datetime


@on_startup
async def up():
    await asyncio.sleep(0)
    logging.getLogger(__name__).debug("up")


@on_shutdown
async def down():
    await asyncio.sleep(0)


@get("/")
def root(request):
    visit = Visit(1, datetime.datetime.now())
    return json.dumps(dataclasses.asdict(visit), default=str)


assert re.match("[0-9]+", root(None)) is None
"#;

pub(crate) fn workers_come_and_go(strategy: Strategy) {
    alone("cycles::workers_come_and_go", strategy, live);
}

#[expect(
    clippy::print_stdout,
    reason = "for whoever wonders what a cycle costs"
)]
fn live(life: &Life) {
    let application = life.module("cycling", MODULE);
    let mut last = 0;
    for cycle in 0..CYCLES {
        let (exchange, started) = life.start(&application, 1);
        let (interpreter, table) = started[0].ready();
        assert_eq!(table.len(), 1, "{table:?}");
        assert_eq!(interpreter == 0, life.strategy.shares_interpreter());
        assert!(
            interpreter == 0 || interpreter > last,
            "an interpreter of its own each time"
        );
        last = interpreter;
        exchange.close();
        started.into_iter().for_each(Started::join);
        println!(
            "cycle {cycle}: interpreter {interpreter} has ended, {} kB resident",
            resident_kib()
        );
    }
}

/// The process's resident memory.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a Linux /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    number
        .and_then(|number| number.parse().ok())
        .expect("VmRSS in kB")
}
