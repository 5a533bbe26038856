#!/usr/bin/env python3
"""Whether memory stays flat: `python3 loadtests/flat_memory.py --help`.

For each strategy: starts the server with one worker, and for each kind of request sends 10,000 to warm up, measures, sends
100,000, and measures again: the resident pages, and the objects and blocks that live in the interpreter after a collection.
Every answer is looked at. A leak of one small object a request would be 100,000 objects and some 5,000 KiB.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.build import BuildError, build
from harness.contender import Contender
from harness.exchange import WrongAnswer
from harness.kinds import KINDS, Client, sockets
from harness.machine import written
from harness.markdown import table
from harness.page import heading
from harness.process import Server, ServerError, running
from harness.record import new_folder, write_rows
from harness.settings import SettingsError
from harness.virtual_environment import InstallError

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Growth:
    """One row of growth.csv: what so many requests of a kind have left behind."""

    contender: str
    kind: str
    requests: int
    objects: int
    blocks: int
    rss_kib: int
    """How much the resident pages have grown."""
    rss_after_kib: int


@dataclass(frozen=True)
class Alive:
    """What lives at one moment."""

    objects: int
    blocks: int
    rss_kib: int


def measure(server: Server) -> Alive:
    """Asks the handler and the kernel."""
    client = Client(server.host, server.port)
    try:
        client.socket.sendall(b"GET /alive HTTP/1.1\r\nHost: flat\r\n\r\n")
        told = json.loads(client.answer()[1])
    finally:
        client.close()
    status = Path(f"/proc/{server.pid}/status").read_text()
    rss = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return Alive(told["objects"], told["blocks"], int(rss.split()[1]))


def growths(contender: Contender, requests: int) -> list[Growth]:
    """A row for each kind."""
    rows = []
    with running(contender, {}) as server:
        client = Client(server.host, server.port)
        loads = [(kind.name, lambda count, kind=kind: client.send(kind, count)) for kind in KINDS]
        loads.append(("WebSocket messages", lambda count: sockets(server.host, server.port, count)))
        for name, load in loads:
            load(requests // 10)
            before = measure(server)
            load(requests)
            after = measure(server)
            row = Growth(
                contender.name,
                name,
                requests,
                after.objects - before.objects,
                after.blocks - before.blocks,
                after.rss_kib - before.rss_kib,
                after.rss_kib,
            )
            print(f"{row.contender}: {row.kind}: {row.objects:+} objects, {row.rss_kib:+} KiB", flush=True)
            rows.append(row)
        client.close()
    return rows


def page(machine: dict[str, object], rows: list[Growth]) -> str:
    """The record's page."""
    parts = [heading(machine, "Memory after 100,000 requests of each kind"), __doc__.partition("\n\n")[2].strip()]
    header = ["kind", "objects", "blocks", "resident KiB", "resident after, KiB"]
    for name in dict.fromkeys(row.contender for row in rows):
        lines = [
            [row.kind, f"{row.objects:+}", f"{row.blocks:+}", f"{row.rss_kib:+}", str(row.rss_after_kib)]
            for row in rows
            if row.contender == name
        ]
        parts.append(f"## {name}\n\n{table(header, lines, is_text=False)}")
    return "\n\n".join([*parts, "Each kind: [growth.csv](growth.csv)."]) + "\n"


def main() -> int:
    """Builds, loads, records."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--contender", action="append", metavar="NAME", help="instead of all three strategies")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--records", type=Path, default=HERE / "records", help="where the record's folder is made")
    args = parser.parse_args()
    try:
        every = [one for one in Contender.read_all(HERE / "contenders") if one.is_fair_for("flat_memory")]
        contenders = [one for one in every if not args.contender or one.name in args.contender]
        if not contenders:
            raise SettingsError(f"no contender is called {', '.join(args.contender)}")
        for contender in contenders:
            build(contender)
        rows = [row for contender in contenders for row in growths(contender, args.requests)]
    except (SettingsError, BuildError, InstallError, ServerError, WrongAnswer) as error:
        print(error, file=sys.stderr)
        return 2
    folder = new_folder(args.records, "-flat-memory")
    write_rows(folder / "growth.csv", rows)
    (folder / "README.md").write_text(page(written(contenders, folder), rows), encoding="utf-8")
    print(f"recorded in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
