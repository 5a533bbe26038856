"""Open loops, with oha: requests fall due at a fixed rate, whether or not earlier ones have been answered.

Each request is written to a database, so that statuses can be told apart. What oha counts from is the moment at which
a request was due: a server that keeps all connections waiting can't hide behind requests that were never sent.
"""

import math
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.generator import PERCENTILES, output_of, url
from harness.process import Server
from harness.scenario import Scenario

READ = "SELECT COALESCE(start_latency_correction, start), start, end, status, len_bytes FROM oha"


@dataclass(frozen=True)
class Request:
    """One request that was answered; seconds from the start of the run."""

    due_s: float
    sent_s: float
    end_s: float
    status: int
    body_bytes: int

    @property
    def since_due_us(self) -> float:
        """Latency corrected for coordinated omission."""
        return (self.end_s - self.due_s) * 1e6

    @property
    def since_sent_us(self) -> float:
        """What the server took."""
        return (self.end_s - self.sent_s) * 1e6


def open_loop(scenario: Scenario, server: Server, rate: float, duration_s: int) -> list[Request]:
    """One thread of oha. What the end of the run cuts off is not among the requests."""
    assert scenario.method == "GET" and not scenario.headers, "no scenario needs more"
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, "requests.db")
        options = ["--no-tui", "--output-format", "quiet", "--worker-threads", "1", "--disable-compression"]
        options += ["-z", f"{duration_s}s", "-c", str(scenario.connections), "-q", str(round(rate))]
        options += ["--latency-correction", "--db-url", str(database)]
        output_of(["oha", *options, url(scenario, server)], duration_s)
        return requests_in(database)


def requests_in(database: Path) -> list[Request]:
    """What oha wrote down."""
    connection = sqlite3.connect(database)
    try:
        return [Request(*row) for row in connection.execute(READ)]
    finally:
        connection.close()


def percentiles(values: Sequence[float]) -> list[float]:
    """The values at `PERCENTILES`: each the smallest that so many are not above. Empty for no values."""
    ordered = sorted(values)
    return [ordered[math.ceil(len(ordered) * percent / 100) - 1] for percent in PERCENTILES] if ordered else []
