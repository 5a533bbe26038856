"""Slow clients: thousands send the head of a request at one byte a second while others want their answers.

The others come at a fixed rate, below what the server can do, so that the wait is the server's and not the queue's. Their
latency is taken without the crowd, with it, and without it again.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

from attacks.figure import Figure
from attacks.serving import Start, Target, resident_kib, serving
from harness.exchange import WrongAnswer
from harness.generator import output_of
from harness.oha import percentiles, requests_in
from harness.process import Server

NAME = "Slow clients"
RATE_PER_S = 2_000
CONNECTIONS = 16
OPTIONS = ["--max-connections", "15000", "--header-timeout", "600", "--keep-alive-timeout", "600"]
CROWD = Path(__file__).with_name("slow_crowd.py")


class Crowd:
    """The slow clients' process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.still_open = 0

    def end(self) -> None:
        """Lets it count, and go."""
        self.still_open = int(self.process.communicate(timeout=60)[0])


@contextmanager
def crowd(server: Server, clients: int) -> Iterator[Crowd]:
    """The crowd, from when all are connected."""
    words = [sys.executable, str(CROWD), server.host, str(server.port), str(clients)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "connected\n":
                raise WrongAnswer(f"not all of {clients} slow clients could connect")
            yield (made := Crowd(process))
            made.end()
        finally:
            process.kill()


def latency_us(server: Server, duration_s: int) -> list[float]:
    """Percentiles of the others' latency, from when each request was due."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "requests.db")
        options = ["--no-tui", "--output-format", "quiet", "--worker-threads", "1", "--disable-compression"]
        options += ["-z", f"{duration_s}s", "-c", str(CONNECTIONS), "-q", str(RATE_PER_S), "--latency-correction"]
        output_of(["oha", *options, "--db-url", str(database), f"http://{server.address}/"], duration_s)
        requests = requests_in(database)
    wrong = sum(request.status != 200 for request in requests)
    if wrong or len(requests) < RATE_PER_S * duration_s * 0.8:
        raise WrongAnswer(f"{wrong} wrong answers of {len(requests)} to those who are not slow")
    return percentiles([request.since_due_us for request in requests])


def attack(target: Target, clients: int, duration_s: int) -> list[Figure]:
    """The figures of one strategy."""
    with serving(target, Start(OPTIONS)) as server:
        latency_us(server, 2)
        before_us = latency_us(server, duration_s)
        before_kib = resident_kib(server)
        with crowd(server, clients) as slow:
            time.sleep(2)
            with_us = latency_us(server, duration_s)
            with_kib = resident_kib(server)
        time.sleep(2)
        after_us = latency_us(server, duration_s)
    without_us = [mean(pair) for pair in zip(before_us, after_us, strict=True)]
    rows = [
        ("slow clients", clients, None),
        ("of them given up or answered", clients - slow.still_open, 0),
        ("others, requests a second", RATE_PER_S, None),
        ("their p50 without the crowd, us", without_us[0], None),
        ("their p50 with it, us", with_us[0], None),
        ("their p99 without the crowd, us", without_us[2], None),
        ("their p99 with it, us", with_us[2], None),
        ("p99 with / without", with_us[2] / without_us[2], 2),
        ("memory of a slow client, KiB", (with_kib - before_kib) / clients, None),
    ]
    return [Figure(NAME, target.strategy, measure, value, most) for measure, value, most in rows]
