#!/usr/bin/env python3
"""What each further worker costs in memory and start time: `python3 loadtests/footprint.py --help`.

Starts each contender with its numbers of workers in turns (1 2 4 8 16 1 2 4 8 16 ...) and takes the time until it is
ready and its PSS after one verified answer. What one more worker costs is the difference to the fewest workers of the
same round, divided by the number of further workers. A server may start its interpreters side by side: then the start
time of one more is less than what one takes alone.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.build import BuildError, build
from harness.contender import Contender
from harness.exchange import WrongAnswer, verify
from harness.machine import written
from harness.markdown import cell, table
from harness.page import contender_list, heading
from harness.process import ServerError, running
from harness.record import new_folder, write_rows
from harness.scenario import Scenario
from harness.settings import SettingsError
from harness.summary import Figure
from harness.usage import pss_kib
from harness.virtual_environment import InstallError

HERE = Path(__file__).resolve().parent
SETTLES_S = 0.5


@dataclass(frozen=True)
class Start:
    """One row of starts.csv."""

    contender: str
    workers: int
    round: int
    ready_ms: float
    pss_kib: int


def started(contender: Contender, number: int, request: Scenario) -> Start:
    """Starts it once, with one verified answer."""
    print(f"round {number}: {contender.label}", flush=True)
    with running(contender, {}) as server:
        verify(request, server.host, server.port)
        time.sleep(SETTLES_S)
        return Start(contender.name, contender.workers, number, server.ready_ms, pss_kib(server.pid))


def further(starts: list[Start], workers: int, name: str) -> Figure | None:
    """What one further worker adds to the column, round by round."""
    fewest = min(start.workers for start in starts)
    if workers == fewest:
        return None
    base = {start.round: getattr(start, name) for start in starts if start.workers == fewest}
    return Figure.of(
        (getattr(start, name) - base[start.round]) / (workers - fewest) for start in starts if start.workers == workers
    )


def worker_table(starts: list[Start]) -> str:
    """One contender's table, a line for each number of workers."""
    header = ["workers", "ready ms", "PSS KiB", "ms a further worker", "PSS KiB a further worker"]
    lines = []
    for workers in sorted({start.workers for start in starts}):
        own = [start for start in starts if start.workers == workers]
        totals = [Figure.of(getattr(start, name) for start in own) for name in ("ready_ms", "pss_kib")]
        more = [further(starts, workers, name) for name in ("ready_ms", "pss_kib")]
        lines.append([str(workers), *map(cell, totals + more)])
    return table(header, lines)


def page(machine: dict[str, Any], contenders: list[Contender], starts: list[Start]) -> str:
    """The record's page."""
    parts = [heading(machine, "Footprint of one more worker"), __doc__.partition("\n\n")[2].strip()]
    for name in dict.fromkeys(start.contender for start in starts):
        own = [start for start in starts if start.contender == name]
        rounds = max(start.round for start in own)
        parts.append(f"## {name}\n\nMedian +- median absolute deviation; rounds: {rounds}.")
        parts.append(worker_table(own))
    parts += [contender_list(machine, contenders), "Each start: [starts.csv](starts.csv)."]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Builds, starts in turns, records."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--contender", action="append", metavar="NAME", help="instead of those fair for `footprint`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=Path, default=HERE / "records", help="where the record's folder is made")
    args = parser.parse_args()
    try:
        request = Scenario.read(HERE / "scenarios/plaintext.toml")
        every = Contender.read_all(HERE / "contenders")
        wanted = args.contender or [one.name for one in every if one.is_fair_for("footprint")]
        contenders = [one for one in every if one.name in wanted]
        if not contenders:
            raise SettingsError(f"no contender is called {', '.join(wanted)}")
        for contender in {one.name: one for one in contenders}.values():
            build(contender)
        starts = [
            started(contender, number, request) for number in range(1, args.rounds + 1) for contender in contenders
        ]
    except (SettingsError, BuildError, InstallError, ServerError, WrongAnswer) as error:
        print(error, file=sys.stderr)
        return 2
    folder = new_folder(args.records, "-footprint")
    write_rows(folder / "starts.csv", starts)
    (folder / "README.md").write_text(page(written(contenders, folder), contenders, starts), encoding="utf-8")
    print(f"recorded in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
