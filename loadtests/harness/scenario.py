"""One scenario: a request, the answer that it must get, and the load to put on it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.settings import SettingsError, filled, table_of

STREAM_LEAD_S = 1
"""What the short requests of a mixed load get before they count; the stream begins halfway."""

KINDS = ("closed", "mixed", "overload", "memory", "idle")


@dataclass(frozen=True)
class Expectation:
    """The answer that is verified before and after each timing."""

    status: int
    body: str
    body_repeat: int = 1
    """How often the body's text stands one after the other, so that long bodies need no long files."""

    @property
    def body_bytes(self) -> bytes:
        """The whole body."""
        return self.body.encode() * self.body_repeat


@dataclass(frozen=True)
class Scenario:
    """One file of `scenarios/`."""

    name: str
    about: str
    path: str
    expect: Expectation
    kind: str = "closed"
    """`closed`: each connection asks again when it has its answer; what is timed is the server's best.
    `mixed`: requests at a fixed `rate`, while `stream` keeps Python busy.
    `overload`: what a closed loop gets is the capacity; then `times_capacity` of it is offered at a fixed rate.
    `memory`: a closed loop, after which memory is what matters.
    `idle`: `connections` are opened and used once, then nothing is sent while the clock runs."""
    method: str = "GET"
    body: str = ""
    body_repeat: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 64
    pipeline: int = 1
    """Requests that a connection sends at once, before it reads their answers."""
    rate: int = 0
    """`mixed`: requests a second."""
    stream: "Scenario | None" = None
    """`mixed`: the closed loop beside it; a table with `path`, `expect` and, if it is not 1, `connections`."""
    times_capacity: float = 0
    """`overload`: how much is offered."""
    capacity_connections: int = 0
    """`overload`: the closed loop that finds the capacity; few enough that nothing is refused yet."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables that every contender is started with; each server reads its own."""
    duration_s: int = 2
    warm_up_s: int = 1
    rounds: int = 5
    ceiling: str = ""
    """The contender that the others are set against; empty where there is none."""

    @property
    def body_bytes(self) -> bytes:
        """The whole body of the request."""
        return self.body.encode() * self.body_repeat

    @property
    def seconds(self) -> int:
        """How long one round puts load on a contender, or watches it."""
        return (
            self.warm_up_s
            + self.duration_s
            + {"overload": self.duration_s, "mixed": 2 * STREAM_LEAD_S}.get(self.kind, 0)
        )

    @property
    def load(self) -> str:
        """The load in words."""
        sizes = f" ({len(self.body_bytes)} bytes)" if self.body else ""
        request = f"{self.method} {self.path}{sizes}, {self.connections} connections"
        match self.kind:
            case "idle":
                return f"{self.connections} connections open, nothing sent for {self.duration_s} s"
            case "mixed" if self.stream:
                return (
                    f"{request}, {self.rate} requests/s (oha) for {self.duration_s} s; "
                    f"beside it {self.stream.connections} x {self.stream.path} in a closed loop (wrk)"
                )
            case "overload":
                return (
                    f"{request}, {self.times_capacity:g} times the capacity (oha) for {self.duration_s} s, which "
                    f"a closed loop of {self.capacity_connections} connections (wrk) found just before"
                )
        pipelined = f", {self.pipeline} requests at once" if self.pipeline > 1 else ""
        return f"{request}{pipelined}, closed loop (wrk) for {self.duration_s} s"

    @classmethod
    def read(cls, path: Path) -> "Scenario":
        """Reads and checks one file."""
        table = with_expectation(table_of(path), path)
        if "stream" in table:
            beside = {"name": "stream", "about": "", "connections": 1} | with_expectation(table["stream"], path)
            table["stream"] = filled(cls, beside, path)
        scenario = filled(cls, table, path)
        if wrong := scenario.wrong():
            raise SettingsError(f"{path}: {wrong}")
        return scenario

    def wrong(self) -> str:
        """What can't be run; empty when all is well."""
        if self.kind not in KINDS:
            return f"kind is {self.kind!r}; known are {', '.join(KINDS)}"
        if not 1 <= self.duration_s <= 60 or not 1 <= self.warm_up_s <= 60 or self.rounds < 1:
            return "duration_s and warm_up_s must be from 1 to 60, rounds at least 1"
        if self.connections < 1 or self.pipeline < 1:
            return "connections and pipeline must be at least 1"
        if (self.kind == "mixed") != bool(self.rate and self.stream):
            return "`rate` and `stream` belong to kind mixed, which needs both"
        if (self.kind == "overload") != bool(self.times_capacity and self.capacity_connections):
            return "`times_capacity` and `capacity_connections` belong to kind overload, which needs both"
        return ""


def with_expectation(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """The table with its `expect` read."""
    return table | {"expect": filled(Expectation, table.get("expect", {}), path)}
