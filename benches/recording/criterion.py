"""What criterion has written about each case, read from the folder that a bench was given (`CRITERION_HOME`)."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.summary import Figure


class CriterionError(Exception):
    """A folder that does not hold what a bench leaves."""


@dataclass(frozen=True)
class Samples:
    """One case on one Python as it was measured: how often it ran in each sample, and how long that took."""

    python: str
    bench: str
    group: str
    function: str
    parameter: str
    elements: int
    iterations: list[int]
    times_ns: list[int]

    def per_element(self) -> list[float]:
        """Nanoseconds of one element, sample by sample."""
        pairs = zip(self.times_ns, self.iterations, strict=True)
        return [time / (count * self.elements) for time, count in pairs]


@dataclass(frozen=True)
class Row:
    """One line of rows.csv: nanoseconds of one iteration, and of one of the elements that an iteration has."""

    python: str
    bench: str
    group: str
    function: str
    parameter: str
    elements: int
    samples: int
    mean_ns: float
    median_ns: float
    stddev_ns: float
    mad_ns: float
    ns_per_element: float

    @property
    def case(self) -> tuple[str, str, str]:
        """What it is known by, whichever Python ran it."""
        return self.group, self.function, self.parameter

    @property
    def figure(self) -> Figure:
        """Nanoseconds of one element: median and median absolute deviation."""
        return Figure(self.ns_per_element, self.mad_ns / self.elements)

    @property
    def deviation_percent(self) -> float:
        """The standard deviation against the mean."""
        return 100 * self.stddev_ns / self.mean_ns

    @classmethod
    def of(cls, samples: Samples) -> "Row":
        """Sums up one case."""
        times = [value * samples.elements for value in samples.per_element()]
        figure = Figure.of(times)
        return cls(
            samples.python,
            samples.bench,
            samples.group,
            samples.function,
            samples.parameter,
            samples.elements,
            len(times),
            statistics.fmean(times),
            figure.median,
            statistics.stdev(times) if len(times) > 1 else 0.0,
            figure.deviation,
            figure.median / samples.elements,
        )


def collected(folder: Path, bench: str, python: str) -> list[Samples]:
    """Every case in the folder, in the order of their measurement."""
    found = sorted(folder.rglob("new/sample.json"), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        raise CriterionError(f"{bench} has left no measurement in {folder}")
    return [read(path, bench, python) for path in found]


def read(path: Path, bench: str, python: str) -> Samples:
    """One case from its sample.json and the benchmark.json beside it."""
    try:
        case = json.loads((path.parent / "benchmark.json").read_text(encoding="utf-8"))
        sample = json.loads(path.read_text(encoding="utf-8"))
        return Samples(
            python,
            bench,
            case["group_id"],
            case["function_id"] or "",
            case["value_str"] or "",
            elements(case["throughput"]),
            [round(count) for count in sample["iters"]],
            [round(time) for time in sample["times"]],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CriterionError(f"{path}: {error!r}") from error


def elements(throughput: dict[str, Any] | None) -> int:
    """How many elements an iteration has; 1 where the bench declares bytes or nothing."""
    return int((throughput or {}).get("Elements", 1))
