"""One scenario: a request, the answer that it must get, and the load to put on it."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.settings import SettingsError, filled, table_of


@dataclass(frozen=True)
class Expectation:
    """The answer that is verified before and after each timing."""

    status: int
    body: str


@dataclass(frozen=True)
class Scenario:
    """One file of `scenarios/`."""

    name: str
    about: str
    path: str
    expect: Expectation
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 64
    """0 is the idle scenario: nothing is sent while the clock runs."""
    duration_s: int = 3
    warm_up_s: int = 1
    rounds: int = 5
    generator: str = "wrk"
    ceiling: str = ""
    """The contender that the others are set against; empty where there is none."""

    @property
    def is_idle(self) -> bool:
        """Whether the server is watched doing nothing."""
        return self.connections == 0

    @classmethod
    def read(cls, path: Path) -> "Scenario":
        """Reads and checks one file."""
        table = table_of(path)
        table["expect"] = filled(Expectation, table.get("expect", {}), path)
        scenario = filled(cls, table, path)
        if scenario.generator not in ("wrk", "oha"):
            raise SettingsError(f"{path}: generator is {scenario.generator!r}; known are wrk and oha")
        if not 1 <= scenario.duration_s <= 60 or not 1 <= scenario.warm_up_s <= 60 or scenario.rounds < 1:
            raise SettingsError(f"{path}: duration_s and warm_up_s must be from 1 to 60, rounds at least 1")
        return scenario
