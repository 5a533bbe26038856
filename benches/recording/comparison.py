"""Two trees' benches run in turns, and which cases became slower beyond noise."""

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.markdown import table
from recording.criterion import Row, collected
from recording.plan import NO_PYTHON
from recording.running import run_bench

HOT = {"boundary": "^boundary/native", "request": "^request make.*/native", "response": "native", "batch": "^batch 16/"}
"""The benches that are compared, each with the cases of it, as a regular expression on criterion's ids."""

SLOWER_PERCENT = 3.0
ROUNDS_MIN = 5
SHORT = ("--warm-up-time", "0.3", "--measurement-time", "0.7", "--sample-size", "20")
"""How criterion measures here: rounds tell more than long samples."""

SLOWER, FASTER, SAME = "SLOWER beyond noise", "faster", "the same within noise"


@dataclass
class Case:
    """One case on both sides: the median of each round, in nanoseconds of one element."""

    bench: str
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The median after over the median before."""
        return statistics.median(self.after) / statistics.median(self.before)

    @property
    def verdict(self) -> str:
        """Beyond noise means: the interquartile ranges of both sides' rounds lie apart, and it is more than 3 %."""
        before, after = quartiles(self.before), quartiles(self.after)
        if after[0] > before[1] and self.ratio > 1 + SLOWER_PERCENT / 100:
            return SLOWER
        if after[1] < before[0] and self.ratio < 1 - SLOWER_PERCENT / 100:
            return FASTER
        return SAME


Cases = dict[str, Case]
"""By their id."""

Runner = Callable[[str, str], list[Row]]
"""Runs one bench, given its name and the filter of its cases."""


def quartiles(values: list[float]) -> tuple[float, float]:
    """The first and the third."""
    if len(values) == 1:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def runner(executables: dict[str, Path]) -> Runner:
    """Runs the benches of one side."""

    def run(bench: str, cases: str) -> list[Row]:
        with tempfile.TemporaryDirectory() as name:
            run_bench(executables[bench], Path(name), *SHORT, cases)
            return [Row.of(samples) for samples in collected(Path(name) / "criterion", bench, NO_PYTHON)]

    return run


def measured(benches: dict[str, str], rounds: int, before: Runner, after: Runner, say: Callable[[str], None]) -> Cases:
    """Runs A B A B ...: what disturbs the machine for a while disturbs both."""
    found: Cases = {}
    for number in range(1, rounds + 1):
        for bench, cases in benches.items():
            say(f"round {number} of {rounds}: {bench}")
            for row in before(bench, cases):
                found.setdefault(id_of(row), Case(bench)).before.append(row.ns_per_element)
            for row in after(bench, cases):
                found.setdefault(id_of(row), Case(bench)).after.append(row.ns_per_element)
    return {name: case for name, case in found.items() if case.before and case.after}


def id_of(row: Row) -> str:
    """As criterion shows it."""
    return "/".join(part for part in row.case if part)


def slower(cases: Cases) -> set[str]:
    """The cases that became slower beyond noise."""
    return {name for name, case in cases.items() if case.verdict == SLOWER}


def benches_of(names: set[str], cases: Cases, benches: dict[str, str]) -> dict[str, str]:
    """The benches that these cases are of."""
    wanted = {cases[name].bench for name in names}
    return {bench: filtered for bench, filtered in benches.items() if bench in wanted}


def spread(values: list[float]) -> str:
    """Half of the interquartile range, in percent of the median."""
    first, third = quartiles(values)
    return f"{50 * (third - first) / statistics.median(values):.1f} %"


def shown(cases: Cases, before: str, after: str) -> str:
    """A line for each case."""
    lines = []
    for name, case in cases.items():
        medians = [f"{statistics.median(values):.4g}" for values in (case.before, case.after)]
        spreads = [spread(case.before), spread(case.after)]
        lines.append([name, medians[0], spreads[0], medians[1], spreads[1], f"{case.ratio:.3f}", case.verdict])
    return table(["case", f"{before}: ns", "+-", f"{after}: ns", "+-", "ratio", "verdict"], lines)
