"""Who runs when, and how long it will take."""

import time
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.contender import Contender
from harness.scenario import Scenario

OVERHEAD_S = 0.6
"""What a round takes beside its load: start, settle, verify, end. As found on the machines that the records name."""


@dataclass(frozen=True)
class Step:
    """One round of one contender in one scenario."""

    scenario: Scenario
    contender: Contender
    number: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What its row is known by."""
        return self.scenario.name, self.contender.label, self.number

    @property
    def seconds(self) -> float:
        """How long it will take."""
        return self.scenario.seconds + OVERHEAD_S

    @property
    def title(self) -> str:
        """What the progress calls it."""
        return f"{self.scenario.name} {self.number}/{self.scenario.rounds} {self.contender.label}"


def steps_of(scenarios: list[Scenario], contenders: list[Contender]) -> list[Step]:
    """Scenario by scenario, and in each A B C A B C ...: what disturbs the machine for a while disturbs all of them."""
    return [
        Step(scenario, contender, number)
        for scenario in scenarios
        for number in range(1, scenario.rounds + 1)
        for contender in contenders
        if contender.is_fair_for(scenario.name)
    ]


def left(steps: list[Step], done: Container[tuple[str, str, int]]) -> list[Step]:
    """The steps that have no row yet."""
    return [step for step in steps if step.key not in done]


class Planned(Protocol):
    """What a run is made of."""

    @property
    def title(self) -> str:
        """What the progress calls it."""

    @property
    def seconds(self) -> float:
        """How long it will take."""


@dataclass
class Progress:
    """Where a run stands."""

    steps: Sequence[Planned]
    started: float = field(default_factory=time.monotonic)
    count: int = 0

    def estimate_s(self) -> float:
        """The rest, by what the steps before it took against their estimate."""
        planned_s = sum(step.seconds for step in self.steps[: self.count])
        pace = (time.monotonic() - self.started) / planned_s if planned_s else 1
        return pace * sum(step.seconds for step in self.steps[self.count :])

    def line(self, step: Planned, said: str) -> str:
        """Counts the step as done and says so."""
        self.count += 1
        where = f"[{self.count}/{len(self.steps)}, {self.estimate_s() / 60:.1f} min left]"
        return f"{where} {step.title}: {said}"
