"""One row of rounds.csv: what one round of one contender found."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Round:
    """A void round has a reason and no figure; a column that its scenario does not measure is None."""

    scenario: str
    contender: str
    round: int
    void: str = ""
    ready_ms: float | None = None
    requests: int | None = None
    errors: int | None = None
    """Always 0 where there are figures: a round with an error is void."""
    duration_s: float | None = None
    requests_per_s: float | None = None
    """Right answers; under overload, the goodput."""
    p50_us: float | None = None
    p90_us: float | None = None
    p99_us: float | None = None
    p99_9_us: float | None = None
    cpu_s: float | None = None
    cpu_us_per_request: float | None = None
    cpu_percent: float | None = None
    """Of one core, over the time measured."""
    generator_percent: float | None = None
    """What the load generator used of its core."""
    pss_before_kib: int | None = None
    """Once the first request was answered."""
    pss_kib: int | None = None
    """After the load, or under the idle connections."""
    stream_per_s: float | None = None
    capacity_per_s: float | None = None
    offered_per_s: float | None = None
    goodput_percent: float | None = None
    """Of the capacity."""
    refused: int | None = None
    """Answers 503."""
    refused_p50_us: float | None = None
    refused_p90_us: float | None = None
    refused_p99_us: float | None = None
    refused_p99_9_us: float | None = None
    kib_per_connection: float | None = None


COLUMNS = [field.name for field in dataclasses.fields(Round)]


def latency_columns(latency_us: Iterable[float], prefix: str = "") -> dict[str, float]:
    """The columns for the values at `PERCENTILES`; none for no values."""
    names = [f"{prefix}{name}" for name in ("p50_us", "p90_us", "p99_us", "p99_9_us")]
    return dict(zip(names, latency_us, strict=False))


def cells(row: Round) -> dict[str, Any]:
    """For the CSV writer, with all digits that the measurement has."""
    return dataclasses.asdict(row)


def from_cells(text: dict[str, str]) -> Round:
    """What the CSV reader gave."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Round):
        kind = str(field.type)
        if "str" in kind:
            values[field.name] = text[field.name]
        elif text.get(field.name):
            values[field.name] = (int if "int" in kind else float)(text[field.name])
    return Round(**values)
