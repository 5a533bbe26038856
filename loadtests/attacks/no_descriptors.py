"""Descriptor exhaustion: `ulimit -n 64`, once by clients, and once by handlers that take all that are left."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attacks.figure import Figure
from attacks.serving import Start, Target, connections, cpu_percent, descriptors, request, serving
from harness.exchange import WrongAnswer
from harness.kinds import Client
from harness.process import Server

NAMES = ("Descriptors taken by clients", "Descriptors taken by handlers")
LIMIT = 64
WATCHED_S = 3
CPU_PERCENT_MOST = 5
RECOVERY_MS_MOST = 1_000
WARNING = "can't accept"


def asked(client: Client, path: str) -> float:
    """How long an answer takes, in milliseconds."""
    began = time.monotonic()
    client.socket.sendall(request(path))
    status, body = client.answer()
    if status != 200:
        raise WrongAnswer(f"{path}: {status} {body[:200]!r}")
    return (time.monotonic() - began) * 1000


@contextmanager
def client_of(server: Server) -> Iterator[Client]:
    """A client who leaves at the end."""
    client = Client(server.host, server.port)
    try:
        yield client
    finally:
        client.close()


def by_clients(target: Target, count: int) -> list[tuple[str, float, float | None]]:
    """More clients than descriptors; a handler of a connection from before needs one for a file, each time."""
    with serving(target, Start(descriptors=LIMIT)) as server, client_of(server) as early:
        asked(early, "/file")
        crowd = connections(server, count)
        cpu = cpu_percent(server, WATCHED_S)
        opened = descriptors(server)
        slowest_ms = max(asked(early, "/file") for _ in range(200))
        with client_of(server) as late:
            for client in crowd:
                client.close()
            recovery_ms = asked(late, "/file")
    return [
        ("ulimit -n", LIMIT, None),
        ("clients", count, None),
        ("descriptors open", opened, LIMIT - 1),
        ("CPU meanwhile, % of a core", cpu, CPU_PERCENT_MOST),
        ("slowest of 200 answers that need a descriptor, ms", slowest_ms, RECOVERY_MS_MOST),
        ("from their leaving to the answer of one who waited, ms", recovery_ms, RECOVERY_MS_MOST),
    ]


def by_handlers(target: Target) -> list[tuple[str, float, float | None]]:
    """A handler takes every descriptor."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        # One worker, so that the handler that gives them back knows those that were taken.
        start = Start(workers=1, descriptors=LIMIT, log=log)
        with serving(target, start) as server, client_of(server) as early:
            asked(early, "/take-descriptors")
            with client_of(server) as late:
                cpu = cpu_percent(server, WATCHED_S)
                slowest_ms = max(asked(early, "/") for _ in range(200))
                opened = descriptors(server)
                warnings = log.read_text().count(WARNING)
                asked(early, "/give-descriptors")
                recovery_ms = asked(late, "/file")
    return [
        ("ulimit -n", LIMIT, None),
        ("descriptors open", opened, LIMIT),
        ("CPU meanwhile, % of a core", cpu, CPU_PERCENT_MOST),
        (f"warnings in {WATCHED_S} s", warnings, 2),
        ("slowest of 200 answers on a connection from before, ms", slowest_ms, RECOVERY_MS_MOST),
        ("from their return to the answer of one who waited, ms", recovery_ms, RECOVERY_MS_MOST),
    ]


def attack(target: Target, count: int) -> list[Figure]:
    """The figures of one strategy."""
    found = zip(NAMES, (by_clients(target, count), by_handlers(target)), strict=True)
    return [
        Figure(name, target.strategy, measure, value, most) for name, rows in found for measure, value, most in rows
    ]
