"""What a run consists of: each bench file on each Python that matters for it, and the product's own command."""

import dataclasses
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.settings import SettingsError, filled, table_of

PYTHONS = ("3.11", "3.13", "3.13t")
"""The versions that a whole run covers, as `scripts/find-python` takes them."""

NO_PYTHON = "-"
"""What rows have in place of a version where no Python takes part."""

COMMAND = "bench boundary"
"""The product's command that each Python runs besides the benches."""

COMMAND_S = 10.0
BUILD_S = 300.0
"""What building for one Python takes when nothing is there yet."""


@dataclass(frozen=True)
class Bench:
    """One table of `plan.toml`: a file in `benches/`."""

    name: str
    about: str
    seconds: float
    pythons: list[str] | None = None

    def versions(self, wanted: Iterable[str]) -> list[str]:
        """On which of the wanted versions it runs."""
        if self.pythons == []:
            return [NO_PYTHON]
        return [version for version in wanted if self.pythons is None or version in self.pythons]

    @classmethod
    def read_all(cls, path: Path) -> list["Bench"]:
        """All of them, in the file's order."""
        return [filled(cls, {"name": name} | table, path) for name, table in table_of(path).items()]


@dataclass(frozen=True)
class Step:
    """One bench on one Python."""

    bench: str
    python: str
    seconds: float

    @property
    def key(self) -> tuple[str, str]:
        """What its rows are known by."""
        return self.bench, self.python

    @property
    def title(self) -> str:
        """What the progress calls it."""
        return self.bench if self.python == NO_PYTHON else f"{self.bench} on {self.python}"


def chosen(benches: list[Bench], names: list[str] | None) -> list[Bench]:
    """The benches that the command line asks for."""
    if unknown := set(names or ()) - {bench.name for bench in benches}:
        known = ", ".join(bench.name for bench in benches)
        raise SettingsError(f"unknown bench {', '.join(sorted(unknown))}; known are {known}")
    return [bench for bench in benches if not names or bench.name in names]


def steps_of(benches: list[Bench], pythons: Iterable[str]) -> list[Step]:
    """Bench by bench, so that the Pythons that are compared run soon after each other."""
    versions = list(pythons)
    steps = [Step(bench.name, version, bench.seconds) for bench in benches for version in bench.versions(versions)]
    if any(bench.name == "boundary" for bench in benches):
        steps += [Step(COMMAND, version, COMMAND_S) for version in versions]
    return steps


def left(steps: list[Step], done: Container[tuple[str, str]]) -> list[Step]:
    """The steps that have no result yet."""
    return [step for step in steps if step.key not in done]


def described(benches: list[Bench]) -> list[dict[str, object]]:
    """The benches as plan.json keeps them."""
    return [dataclasses.asdict(bench) for bench in benches]
