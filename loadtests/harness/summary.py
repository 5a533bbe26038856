"""What the rounds of one contender say together: medians, spread, and ratios taken within each round."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from harness.round import Round


@dataclass(frozen=True)
class Figure:
    """A median and its median absolute deviation."""

    median: float
    deviation: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Figure":
        """From the values of all rounds."""
        listed = list(values)
        median = statistics.median(listed)
        return cls(median, statistics.median(abs(value - median) for value in listed))


def voids(rows: list[Round]) -> list[str]:
    """Why the contender has no figure: the reasons of its void rounds. One is enough."""
    return sorted({row.void for row in rows if row.void})


def column(rows: list[Round], name: str) -> Figure | None:
    """The figure of one column; None where a round is void or the scenario does not measure it."""
    values = [getattr(row, name) for row in rows]
    return Figure.of(values) if values and None not in values else None


def ratio(rows: list[Round], others: list[Round], name: str) -> Figure | None:
    """The column over the other contender's, round by round: rounds that ran side by side share the machine's mood."""
    by_number = {row.round: getattr(row, name) for row in others}
    pairs = [(getattr(row, name), by_number.get(row.round)) for row in rows]
    if not pairs or any(value is None or not other for value, other in pairs):
        return None
    return Figure.of(value / other for value, other in pairs)
