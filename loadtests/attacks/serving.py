"""The servers under attack, and what they hold."""

import os
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.build import ROOT
from harness.contender import Contender
from harness.exchange import WrongAnswer, connected
from harness.kinds import Client
from harness.process import Server, running
from harness.usage import cpu_ticks, stat_fields

HANDLERS = ROOT / "server/tests/handlers"
SETTLES_WITHIN_S = 20


@dataclass(frozen=True)
class Target:
    """What is attacked."""

    binary: Path
    strategy: str


@dataclass(frozen=True)
class Start:
    """How a target is started for an attack."""

    options: list[str] = field(default_factory=list)
    app: str = "faults"
    workers: int = 2
    descriptors: int | None = None
    """`ulimit -n`."""
    log: Path | None = None
    """Where standard error goes, to be read."""
    environment: dict[str, str] = field(default_factory=dict)


def command(target: Target, start: Start) -> list[str]:
    """The command line."""
    words = [str(target.binary), "--strategy", target.strategy, "--workers", str(start.workers)]
    words += ["--bind", "127.0.0.1:0", *start.options, "--pythonpath", str(HANDLERS), start.app]
    limit = f"ulimit -n {start.descriptors} && " if start.descriptors else ""
    log = f" 2> {shlex.quote(str(start.log))}" if start.log else ""
    return ["sh", "-c", f"{limit}exec {shlex.join(words)}{log}"]


@contextmanager
def serving(target: Target, start: Start) -> Iterator[Server]:
    """A server; it is ended in order, or the attack has failed."""
    contender = Contender(target.strategy, "", command(target, start), [], {}, variant=str(start.workers))
    with running(contender, start.environment) as server:
        yield server


def ask(server: Server, path: str) -> str:
    """The body of a `GET` on a connection of its own; anything but 200 is a wrong answer."""
    client = Client(server.host, server.port)
    try:
        client.socket.sendall(request(path))
        status, body = client.answer()
    finally:
        client.close()
    if status != 200:
        raise WrongAnswer(f"{path}: {status} {body[:200]!r}")
    return body.decode()


def request(path: str, method: str = "GET", rest: str = "\r\n") -> bytes:
    """A request's head; `rest` is what follows `Host`."""
    return f"{method} {path} HTTP/1.1\r\nHost: faults\r\n{rest}".encode()


def connections(server: Server, count: int) -> list[socket.socket]:
    """So many clients."""
    return [connected(server.host, server.port) for _ in range(count)]


def descriptors(server: Server) -> int:
    """How many are open."""
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def resident_kib(server: Server) -> int:
    """The resident pages."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


def cpu_percent(server: Server, duration_s: float) -> float:
    """How much of a core the process uses for so long."""

    def ticks() -> int:
        return cpu_ticks(stat_fields(Path(f"/proc/{server.pid}/stat").read_text()))

    before = ticks()
    time.sleep(duration_s)
    return (ticks() - before) * 100 / os.sysconf("SC_CLK_TCK") / duration_s


def settled(count: Callable[[], int], most: int) -> int:
    """The count when it is no more than `most`, or what it is after a long wait."""
    deadline = time.monotonic() + SETTLES_WITHIN_S
    while (now := count()) > most and time.monotonic() < deadline:
        time.sleep(0.02)
    return now
