"""What more cores would give, by Amdahl's law from one to two workers: a model, kept apart from what was measured."""

from dataclasses import dataclass

from harness.markdown import cell, table
from harness.summary import Figure
from recording.evidence import Evidence, only_on, speedup

CORES = (8, 64)


@dataclass(frozen=True)
class Modelled:
    """One strategy on one Python."""

    strategy: str
    python: str
    theirs: str
    """What a document claims for eight cores."""


STRATEGIES = (
    Modelled("subinterp", "3.13", "7.2x"),
    Modelled("freethreaded", "3.13t", "4.8x"),
    Modelled("main", "3.13", "1.0x"),
)

ASSUMPTIONS = """Two cores can't show whether the efficiency of two workers is that of eight or of 64. What may stand in the way: a shared
cache and memory bus, the allocator, reference counts that many threads write to, Python's stops of all threads without
a GIL, one queue and one kernel for all. The table below is a **model, nothing in it was measured** but the second column.
It assumes

- Amdahl's law: a share of each request's work is serial, the same for any number of workers, and the rest is divided
  among them without loss. The share is what one and two workers of the bench `strategies` give,
  `s = 2 / speed-up - 1`, not below zero; the interval comes from the spread of the speed-up.
- A core for each worker, all cores as fast as these two, none of them two threads of one core; nobody else on them.
- The handler that computes, and nothing that grows with the number of workers: what grows makes the truth worse."""


def serial_share(speedup_of_two: float) -> float:
    """The share of the work that two workers did not divide."""
    return min(max(2 / speedup_of_two - 1, 0.0), 1.0)


def amdahl(serial: float, cores: int) -> float:
    """The speed-up on so many cores."""
    return 1 / (serial + (1 - serial) / cores)


def interval(measured: Figure, cores: int) -> str:
    """The model's speed-up for the median, and for the median less and more its deviation."""
    low, middle, high = (
        amdahl(serial_share(max(measured.median + sign * measured.deviation, 0.1)), cores) for sign in (-1, 0, 1)
    )
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def model_table(evidence: Evidence) -> str:
    """A line for each strategy that was measured with one worker and with two."""
    lines = []
    for one in STRATEGIES:
        measured = only_on(one.python, speedup(one.strategy, 2))(evidence, one.python)
        name = f"`{one.strategy}`, {one.python}"
        if measured is None:
            lines.append([name, "not in this record"])
            continue
        serial = f"{100 * serial_share(measured.median):.1f} %"
        modelled = [interval(measured, cores) for cores in CORES]
        lines.append([name, cell(measured), serial, *modelled, one.theirs])
    titles = [f"model: {cores} cores" for cores in CORES]
    header = ["strategy", "measured: 2 workers over 1", "model: serial share", *titles, "their figure for 8"]
    return table(header, lines)
