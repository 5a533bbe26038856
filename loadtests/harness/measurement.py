"""One round of one contender: start, verify, warm up, measure, verify again, end."""

import dataclasses
from collections.abc import Callable
from typing import Any

from harness.closed import measured as measured_closed
from harness.contender import Contender
from harness.exchange import WrongAnswer
from harness.generator import GeneratorError
from harness.idle import measured as measured_idle
from harness.mixed import measured as measured_mixed
from harness.overload import measured as measured_overload
from harness.process import Server, ServerError, running
from harness.round import Round
from harness.scenario import Scenario

MEASUREMENTS: dict[str, Callable[[Scenario, Server], dict[str, Any]]] = {
    "closed": measured_closed,
    "memory": measured_closed,
    "mixed": measured_mixed,
    "overload": measured_overload,
    "idle": measured_idle,
}


def measure(scenario: Scenario, contender: Contender, number: int) -> Round:
    """A round. Each has a process of its own: no contender runs beside another, or after its own earlier rounds."""
    row = Round(scenario.name, contender.label, number)
    try:
        with running(contender, scenario.environment) as server:
            figures = MEASUREMENTS[scenario.kind](scenario, server)
            return dataclasses.replace(row, errors=0, ready_ms=server.ready_ms, **figures)
    except (WrongAnswer, GeneratorError, ServerError) as error:
        return dataclasses.replace(row, void=str(error).strip())
