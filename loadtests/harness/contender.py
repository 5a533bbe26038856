"""One contender: a server, how it is started and what it is fair for. Commands are templates.

`{binary}` is what `build` made, `{workers}` the variant's number, `{port}` a free port, `{python}` the path of `python`.
A command without `{port}` must print a ready line with the address: `listening on http://127.0.0.1:8000 ...`.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.settings import filled, table_of


@dataclass(frozen=True)
class Contender:
    """One file of `contenders/`, with one of its worker numbers."""

    name: str
    about: str
    command: list[str]
    version: list[str]
    scenarios: list[str]
    """What it is fair for: the scenarios that it can answer with the same bytes."""
    workers: list[int] = field(default_factory=lambda: [1])
    """The numbers of workers (threads, interpreters, processes) that it runs with; the first is the baseline."""
    python: str = ""
    """The version that it embeds or runs on, as `scripts/find-python` takes it; empty: none."""
    build: str = ""
    """`server`: this workspace's binary, one build a Python; `example:NAME`: one of `benches/examples`; empty: installed."""
    worker_count: int = 0

    @property
    def label(self) -> str:
        """What tables call it."""
        return f"{self.name}-{self.worker_count}"

    @property
    def baseline(self) -> str:
        """The label of the same contender with its first number of workers."""
        return f"{self.name}-{self.workers[0]}"

    def with_workers(self, worker_count: int) -> "Contender":
        """The same server with another number of workers."""
        return replace(self, worker_count=worker_count)

    @classmethod
    def read(cls, path: Path) -> list["Contender"]:
        """One contender for each of the file's worker numbers."""
        contender = filled(cls, table_of(path), path)
        return [contender.with_workers(worker_count) for worker_count in contender.workers]


def expanded(template: list[str], values: dict[str, str]) -> list[str]:
    """The command with its placeholders filled in; a placeholder without a value is a KeyError."""
    return [part.format_map(values) for part in template]
