"""Clients that vanish at every stage, by FIN and by RST, or that close their sending half: what they leave behind.

While they wait in the queue, the one worker is held by a handler that waits for a file (`GATE`), so that none of them may
have run when it goes on.
"""

import json
import socket
import struct
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attacks.figure import Figure
from attacks.serving import Start, Target, ask, connections, descriptors, request, resident_kib, serving, settled
from harness.exchange import WrongAnswer
from harness.process import Server

NAMES = {"FIN": "Clients that vanish by FIN", "RST": "Clients that vanish by RST", "half": "Half-closed clients"}
TOGETHER = 100
OBJECTS_MOST = 100
RESIDENT_KIB_MOST = 8_192
"""What streams to so many at once take is kept or given back by the allocator, as it comes: a piece of 64 KiB for each."""
BODY = "Content-Length: 9\r\n\r\n"
SOCKET = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@dataclass(frozen=True)
class Stage:
    """How far a client gets."""

    name: str
    sent: bytes
    reads: bool = False
    """Whether it waits for the beginning of an answer."""


STAGES = [
    Stage("before a byte", b""),
    Stage("in the head", b"GET / HTTP/1.1\r\nHost: faults\r\nX-"),
    Stage("after the head", request("/body", "POST", BODY)),
    Stage("in the body", request("/body", "POST", BODY) + b"half"),
    Stage("in a streamed body", request("/pieces", "POST", BODY) + b"half"),
    Stage("in a streamed body, async", request("/pieces-async", "POST", BODY) + b"half"),
    Stage("before the answer", request("/")),
    Stage("while the answer streams", request("/stream"), reads=True),
    Stage("while the answer streams, async", request("/stream-async"), reads=True),
    Stage("between requests", request("/"), reads=True),
    Stage("in a WebSocket", request("/socket", rest=SOCKET), reads=True),
]


def leave(client: socket.socket, way: str) -> None:
    """Goes."""
    try:
        if way == "half":
            client.shutdown(socket.SHUT_WR)
            return
        if way == "RST":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    except OSError:
        pass  # The server was faster.


def clients(server: Server, stage: Stage, count: int, way: str) -> None:
    """So many clients of one stage. Those that are half closed go when the server has closed its half."""
    while count > 0:
        group = connections(server, min(count, TOGETHER))
        for client in group:
            client.sendall(stage.sent)
        for client in group:
            if stage.reads and not client.recv(32).startswith(b"HTTP/1.1 "):
                raise WrongAnswer(f"{stage.name}: no answer")
        for client in group:
            leave(client, way)
        if way == "half":
            for client in group:
                until_closed(client, stage)
        count -= len(group)


def until_closed(client: socket.socket, stage: Stage) -> None:
    """Reads until the server closes."""
    try:
        while client.recv(1 << 16):
            pass
    except TimeoutError as error:
        raise WrongAnswer(f"{stage.name}: a half-closed client is kept") from error
    except ConnectionError:
        pass
    client.close()


def in_the_queue(server: Server, gate: Path, count: int, way: str) -> int:
    """Clients vanish while they wait for the one worker; how many of their handlers have run."""
    holder = connections(server, 1)[0]
    holder.sendall(request("/hold"))
    wait_for(gate.with_suffix(".held"))
    waiting = 0
    while waiting < count:
        group = connections(server, min(count - waiting, TOGETHER))
        for client in group:
            client.sendall(request("/mark/left"))
        time.sleep(0.02)
        for client in group:
            leave(client, way)
        if way == "half":
            for client in group:
                until_closed(client, Stage("in the queue", b""))
        waiting += len(group)
    time.sleep(0.2)
    gate.touch()
    holder.recv(1 << 16)
    holder.close()
    return int(json.loads(ask(server, "/ran")).count("left"))


def wait_for(file: Path) -> None:
    """Until it is there."""
    deadline = time.monotonic() + 10
    while not file.exists():
        if time.monotonic() > deadline:
            raise WrongAnswer("the handler that holds the worker does not run")
        time.sleep(0.002)
    file.unlink()


def attack(target: Target, count: int, way: str) -> list[Figure]:
    """The figures of one strategy and one way to go."""
    with tempfile.TemporaryDirectory() as folder:
        gate = Path(folder, "gate")
        options = ["--io-threads", "1", "--queue-depth", str(TOGETHER)]
        start = Start(options, workers=1, environment={"GATE": str(gate)})
        with serving(target, start) as server:
            return figures(target, server, count, (way, lambda count: in_the_queue(server, gate, count, way)))


def figures(target: Target, server: Server, count: int, way: tuple[str, Callable[[int], int]]) -> list[Figure]:
    """Each stage, with half of the clients to warm up."""
    for stage in STAGES:
        clients(server, stage, max(count // 2, TOGETHER), way[0])
    way[1](TOGETHER)
    ask(server, "/forget")
    idle = quiet(server)
    objects, kib = int(ask(server, "/alive")), resident_kib(server)
    began = time.monotonic()
    for stage in STAGES:
        clients(server, stage, count, way[0])
    ran = way[1](count)
    took_s = time.monotonic() - began
    ask(server, "/forget")
    left = settled(lambda: descriptors(server), idle)
    objects_left = settled(lambda: int(ask(server, "/alive")) - objects, OBJECTS_MOST)
    rows = [
        ("clients", count * (len(STAGES) + 1), None),
        ("stages", len(STAGES) + 1, None),
        ("seconds", took_s, None),
        ("descriptors left", left - idle, 0),
        ("objects left", objects_left, OBJECTS_MOST),
        ("resident pages grown by, KiB", resident_kib(server) - kib, RESIDENT_KIB_MOST),
        ("handlers that ran though nobody waited", ran, 0),
    ]
    return [Figure(NAMES[way[0]], target.strategy, measure, value, most) for measure, value, most in rows]


def quiet(server: Server) -> int:
    """The descriptors that are open when no client is there: the fewest for a while."""
    fewest = descriptors(server)
    for _ in range(50):
        time.sleep(0.02)
        fewest = min(fewest, descriptors(server))
    return fewest
