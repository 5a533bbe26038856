"""What claims are judged by: figures of a record, and of the load tests' records where those measure it."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.record import Record as LoadRecord
from harness.summary import Figure, column
from recording.criterion import Row
from recording.plan import NO_PYTHON
from recording.rows import Record

QUEUE = re.compile(r"queue (\d+) producers? (\d+) consumers?")


@dataclass(frozen=True)
class Evidence:
    """All that was measured."""

    record: Record
    load: LoadRecord | None = None
    """The run of the load tests that `docs/benchmarks.md` was made from."""


Source = Callable[[Evidence, str], Figure | None]
"""A figure of one Python; None where the record does not have it."""


def row(evidence: Evidence, python: str, group: str, function: str, parameter: str = "") -> Row | None:
    """One case."""
    return evidence.record.row((group, function, parameter), python)


def time(group: str, function: str, parameter: str = "") -> Source:
    """Nanoseconds of one element."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        found = row(evidence, python, group, function, parameter)
        return found and found.figure

    return source


def iteration(group: str, function: str, unit_ns: float) -> Source:
    """One whole iteration, however many elements it has, in units of so many nanoseconds."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        found = row(evidence, python, group, function)
        return found and Figure(found.median_ns / unit_ns, found.mad_ns / unit_ns)

    return source


def divided(above: Figure | None, below: Figure | None) -> Figure | None:
    """One figure over another; their deviations add up as those of independent figures do."""
    if above is None or below is None or not above.median or not below.median:
        return None
    ratio = above.median / below.median
    return Figure(ratio, ratio * math.hypot(above.deviation / above.median, below.deviation / below.median))


def ratio(above: Source, below: Source) -> Source:
    """One source over another, on the same Python."""
    return lambda evidence, python: divided(above(evidence, python), below(evidence, python))


def difference(more: Source, less: Source) -> Source:
    """What one source has more than the other, on the same Python."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        one, other = more(evidence, python), less(evidence, python)
        if one is None or other is None:
            return None
        return Figure(one.median - other.median, math.hypot(one.deviation, other.deviation))

    return source


def only_on(wanted: str, source: Source) -> Source:
    """The source on one Python, nothing on others."""
    return lambda evidence, python: source(evidence, python) if python == wanted else None


def on(fixed: str, source: Source) -> Source:
    """The source on one Python, whichever is asked for: what others are set against."""
    return lambda evidence, _: source(evidence, fixed)


def command(name: str) -> Source:
    """Nanoseconds of a case as the product's command measures it: mean and standard deviation."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        cases = evidence.record.boundary.get(python, {}).get("cases", [])
        found = next((case for case in cases if case["name"] == name), None)
        return found and Figure(found["mean_ns"], found["stdev_ns"])

    return source


def command_deviation(evidence: Evidence, python: str) -> Figure | None:
    """The largest standard deviation of the command's cases against their mean, in percent."""
    cases = evidence.record.boundary.get(python, {}).get("cases", [])
    found = [100 * case["stdev_ns"] / case["mean_ns"] for case in cases]
    return Figure(max(found), 0.0) if found else None


def queue(producers: int, consumers: int, kind: str) -> Source:
    """Nanoseconds of one element put and taken."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        for found in evidence.record.rows_of("queue"):
            match = QUEUE.fullmatch(found.group)
            if match and match.groups() == (str(producers), str(consumers)):
                if found.function == kind and found.python == python == NO_PYTHON:
                    return found.figure
        return None

    return source


def rate(strategy: str, workers: int) -> Source:
    """Requests/s of the handler that computes."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        found = time("strategies", strategy, str(workers))(evidence, python)
        return divided(Figure(1e9, 0), found)

    return source


def speedup(strategy: str, workers: int) -> Source:
    """Requests/s of several workers over those of one."""
    return ratio(rate(strategy, workers), rate(strategy, 1))


def efficiency(strategy: str, workers: int) -> Source:
    """How much of what so many workers could do at best they do, in percent."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        found = speedup(strategy, workers)(evidence, python)
        return found and Figure(100 * found.median / workers, 100 * found.deviation / workers)

    return source


def sizes(evidence: Evidence, python: str, group: str, function: str) -> list[int]:
    """The parameters of a case as numbers, the smallest first."""
    rows = [one for one in evidence.record.rows if one.python == python]
    return sorted(int(one.parameter) for one in rows if (one.group, one.function) == (group, function))


def released_over_held(group: str, place: int) -> Source:
    """What releasing the GIL makes of the time of native work, at the smallest (0) or largest (-1) size measured."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        found = sizes(evidence, python, group, "held")
        if not found:
            return None
        parameter = str(found[place])
        return ratio(time(group, "released", parameter), time(group, "held", parameter))(evidence, python)

    return source


def pays_from(group: str, allowed: float) -> Source:
    """From how many bytes on releasing costs at most `allowed` times the work, at this size and all larger ones."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        best = None
        for size in reversed(sizes(evidence, python, group, "held")):
            cost = ratio(time(group, "released", str(size)), time(group, "held", str(size)))(evidence, python)
            if cost is None or cost.median > allowed:
                break
            best = size
        return None if best is None else Figure(float(best), 0.0)

    return source


def times_smallest(group: str, allowed: float) -> Source:
    """That size over the smallest one measured."""

    def source(evidence: Evidence, python: str) -> Figure | None:
        best = pays_from(group, allowed)(evidence, python)
        return best and Figure(best.median / max(sizes(evidence, python, group, "held")[0], 1), 0.0)

    return source


def load_ratio(scenario: str, name: str, above: str, below: str) -> Source:
    """A column of one contender over another's in the load tests; each contender has its own Python."""

    def source(evidence: Evidence, _: str) -> Figure | None:
        if evidence.load is None or scenario not in evidence.load.scenarios:
            return None
        rows = evidence.load.rows_of(scenario)
        figures = [column(rows.get(label, []), name) for label in (above, below)]
        return divided(figures[0], figures[1])

    return source
