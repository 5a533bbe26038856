"""SIGTERM under load, again and again: is every request that was accepted answered?

Counted on both sides. Each interpreter writes how often its handlers have run when it ends (`CALLS_FILE`); clients count
their answers, and the requests that they had sent before the signal and that were not answered. What is sent after the
signal may be refused: then no handler has run for it.
"""

import math
import os
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from attacks.figure import Figure
from attacks.serving import Start, Target, command, request
from harness.build import ROOT
from harness.exchange import TIMEOUT_S, WrongAnswer
from harness.process import READY_LINE

NAME = "SIGTERM under load"
PATHS = ["/count", "/count-async"]
CLIENTS = 8
"""Half of them keep their connection, half take one for each request."""
ENDS_WITHIN_S = 20


@dataclass
class Told:
    """What the clients of one round saw."""

    answered: int = 0
    unanswered_at: list[float] = field(default_factory=list)
    """By when each request was sent on which nothing came."""
    cut_off: int = 0
    """Answers that began and did not end."""
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Round:
    """One server's end."""

    answered: int
    ran: int
    lost: int
    """Sent before the signal, and not answered."""
    late: int
    """Sent after it, and not answered."""
    cut_off: int
    status: int
    end_ms: float


def load(address: tuple[str, int], path: str, keeps: bool, told: Told) -> None:
    """Asks until the server is gone."""
    call, answered = request(path), 0
    rest = b"" if keeps else b"Connection: close\r\n"
    call = call[:-2] + rest + b"\r\n"
    connection = None
    try:
        while True:
            connection = connection or socket.create_connection(address, timeout=TIMEOUT_S)
            sent_at, text = math.inf, b""
            try:
                connection.sendall(call)
                sent_at = time.monotonic()
                while not text.endswith(b"\r\n\r\ncounted") and (piece := connection.recv(4096)):
                    text += piece
            except ConnectionError:
                pass
            if text.endswith(b"\r\n\r\ncounted"):
                answered += 1
            else:
                with told.lock:
                    told.unanswered_at += [] if text else [sent_at]
                    told.cut_off += 1 if text else 0
            if not keeps or not text.endswith(b"counted") or b"connection: close" in text:
                connection.close()
                connection = None
    except OSError:
        pass  # Nobody listens any more.
    with told.lock:
        told.answered += answered


def started(words: list[str], calls: Path) -> tuple[subprocess.Popen[bytes], tuple[str, int]]:
    """A server that is ready."""
    environment = os.environ | {"CALLS_FILE": str(calls)}
    process = subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    match = READY_LINE.search(process.stdout.readline())
    if match is None:
        process.kill()
        raise WrongAnswer("the server did not become ready")
    return process, (match[1].decode(), int(match[2]))


def round_of(target: Target, load_s: float) -> Round:
    """Starts a server, loads it, ends it under load."""
    told = Told()
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder, "calls")
        process, address = started(command(target, Start(app="shutting_down")), calls)
        with process:
            clients = [
                threading.Thread(target=load, args=(address, PATHS[number % 2], number % 4 < 2, told))
                for number in range(CLIENTS)
            ]
            try:
                for client in clients:
                    client.start()
                time.sleep(load_s)
                signal_at = time.monotonic()
                process.send_signal(signal.SIGTERM)
                status = process.wait(ENDS_WITHIN_S)
                end_ms = (time.monotonic() - signal_at) * 1000
            finally:
                process.kill()
            for client in clients:
                client.join()
        ran = sum(map(int, calls.read_text().split())) if calls.exists() else -1
    lost = sum(at < signal_at for at in told.unanswered_at)
    return Round(told.answered, ran, lost, len(told.unanswered_at) - lost, told.cut_off, status, end_ms)


def attack(target: Target, rounds: int) -> list[Figure]:
    """The figures of one strategy. The moment of the signal is drawn anew each time."""
    moments = random.Random(rounds)
    found = [round_of(target, moments.uniform(0.05, 0.3)) for _ in range(rounds)]
    rows = [
        ("signals", rounds, None),
        ("exit statuses other than 0", sum(one.status != 0 for one in found), 0),
        ("handlers that ran", sum(one.ran for one in found), None),
        ("answers that came", sum(one.answered for one in found), None),
        ("rounds in which these differ", sum(one.ran != one.answered for one in found), 0),
        ("requests sent before the signal and not answered", sum(one.lost for one in found), 0),
        ("answers cut off", sum(one.cut_off for one in found), 0),
        ("requests sent after the signal and refused", sum(one.late for one in found), None),
        ("longest end, ms", max(one.end_ms for one in found), None),
    ]
    return [Figure(NAME, target.strategy, measure, value, most) for measure, value, most in rows]
