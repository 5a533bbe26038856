"""A claim, the rule that it is judged by, and the verdict that a record gives. Nothing here is typed by hand."""

from dataclasses import dataclass, field
from enum import Enum

from harness.summary import Figure
from recording.evidence import Evidence, Source
from recording.plan import NO_PYTHON


class Verdict(Enum):
    """What came of a claim."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    FAILS = "does not hold"
    NOT_HERE = "not measurable here"
    MULTIPLIED = "multiplied, not measured"
    MISSING = "not in this record"


@dataclass(frozen=True)
class Rule:
    """The bounds, both included, within which a median must lie."""

    low: float = float("-inf")
    high: float = float("inf")

    def is_met(self, figure: Figure) -> bool:
        """Whether the claim holds for it."""
        return self.low <= figure.median <= self.high

    def text(self, unit: str) -> str:
        """As the page shows it."""
        mark = f" {unit}" if unit else ""
        if self.low == float("-inf"):
            return f"<= {self.high:g}{mark}"
        if self.high == float("inf"):
            return f">= {self.low:g}{mark}"
        return f"{self.low:g} to {self.high:g}{mark}"


def at_least(low: float) -> Rule:
    """As much or more."""
    return Rule(low=low)


def at_most(high: float) -> Rule:
    """As much or less."""
    return Rule(high=high)


@dataclass(frozen=True)
class Claim:
    """One line of `docs/claims.md`."""

    text: str
    theirs: str
    bench: str
    """Where the figure is shown: a section of the record's page; `loadtests` for those."""
    rule: Rule | None = None
    """None where nothing is judged."""
    unit: str = "x"
    parts: dict[str, Source] = field(default_factory=dict)
    """The figures, by what each is of. One alone needs no name."""
    beside: dict[str, Source] = field(default_factory=dict)
    """Figures that are shown and not judged, by their unit."""
    cores: int = 1
    """How many cores it speaks of: on fewer it can be neither shown nor refuted."""
    reason: str = ""
    """Why nothing is measured."""
    is_multiplied: bool = False
    """It multiplies figures that were measured apart from each other."""


@dataclass(frozen=True)
class Finding:
    """One figure that speaks for or against a claim."""

    python: str
    part: str
    figure: Figure


def findings(claim: Claim, evidence: Evidence) -> list[Finding]:
    """Every figure that the record has for the claim, Python by Python."""
    pythons = [NO_PYTHON] if claim.bench == "loadtests" else [*evidence.record.pythons, NO_PYTHON]
    found = []
    for python in pythons:
        for part, source in claim.parts.items():
            if figure := source(evidence, python):
                found.append(Finding(python, part, figure))
    return found


def verdict(claim: Claim, found: list[Finding], cores: int) -> Verdict:
    """What the figures say, on a machine with so many cores."""
    if claim.is_multiplied:
        return Verdict.MULTIPLIED
    if claim.reason or cores < claim.cores:
        return Verdict.NOT_HERE
    if not found or claim.rule is None:
        return Verdict.MISSING
    met = {claim.rule.is_met(one.figure) for one in found}
    if met == {True}:
        return Verdict.HOLDS
    return Verdict.FAILS if met == {False} else Verdict.IN_PART
