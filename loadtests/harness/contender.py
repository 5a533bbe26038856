"""One contender: a server, how it is started and what it is fair for. Commands are templates.

`{workers}` and `{dispatch}` are the variant's, `{port}` is a free port, `{binary}` is what `build` made, `{python}` the
Python that it runs on: the one of the virtual environment where the contender has `requirements`.
A command without `{port}` must print a ready line with the address: `listening on http://127.0.0.1:8000 ...`.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.settings import SettingsError, filled, table_of


@dataclass(frozen=True)
class Contender:
    """One file of `contenders/`, with one of its variants."""

    name: str
    about: str
    command: list[str]
    version: list[str]
    scenarios: dict[str, list[str]]
    """What it is fair for: the scenarios that it can answer with the same bytes, each with the variants that take part.
    A variant is a number of workers (threads, interpreters, processes), after the way to dispatch where there are
    several: `2`, `inline-2`."""
    python: str = ""
    """The version that it embeds or runs on, as `scripts/find-python` takes it; empty: none."""
    build: str = ""
    """`server`: this workspace's binary, one build a Python; `example:NAME`: one of `benches/examples`; empty: none."""
    requirements: list[str] = field(default_factory=list)
    """What pip installs for it, all pinned, into a virtual environment of `python`."""
    variant: str = ""

    @property
    def workers(self) -> int:
        """The variant's number of workers."""
        return int(self.variant.rpartition("-")[2])

    @property
    def dispatch(self) -> str:
        """The variant's way to dispatch; empty where the contender has one only."""
        return self.variant.rpartition("-")[0]

    @property
    def series(self) -> str:
        """What its variants with other numbers of workers have in common."""
        return f"{self.name}_{self.dispatch}" if self.dispatch else self.name

    @property
    def label(self) -> str:
        """What tables call it."""
        return f"{self.series}-{self.workers}"

    def is_fair_for(self, scenario: str) -> bool:
        """Whether this variant takes part."""
        return self.variant in self.scenarios.get(scenario, ())

    @classmethod
    def read(cls, path: Path) -> list["Contender"]:
        """One contender for each variant that the file's scenarios name."""
        contender = filled(cls, table_of(path), path)
        variants = dict.fromkeys(variant for named in contender.scenarios.values() for variant in named)
        if wrong := [variant for variant in variants if not variant.rpartition("-")[2].isdecimal()]:
            raise SettingsError(f"{path}: {', '.join(wrong)} must end with a number of workers")
        return [replace(contender, variant=variant) for variant in variants]

    @classmethod
    def read_all(cls, folder: Path) -> list["Contender"]:
        """Every variant of every contender in the folder, in the order of the file names."""
        return [one for path in sorted(folder.glob("*.toml")) for one in cls.read(path)]


def expanded(template: list[str], values: dict[str, str]) -> list[str]:
    """The command with its placeholders filled in; a placeholder without a value is a KeyError."""
    return [part.format_map(values) for part in template]
