"""One round of one contender: start, verify, warm up, measure, verify again, end."""

import dataclasses
import time
from dataclasses import dataclass

from harness.contender import Contender
from harness.exchange import WrongAnswer, verify
from harness.generator import GeneratorError, Load, timed_load, warm_up
from harness.process import Server, ServerError, running
from harness.scenario import Scenario
from harness.usage import cpu_s, pss_kib


@dataclass(frozen=True)
class Round:
    """One row of rounds.csv. A void round has a reason and no figure."""

    scenario: str
    contender: str
    round: int
    void: str = ""
    requests: int | None = None
    errors: int | None = None
    duration_s: float | None = None
    requests_per_s: float | None = None
    p50_us: float | None = None
    p90_us: float | None = None
    p99_us: float | None = None
    p99_9_us: float | None = None
    cpu_s: float | None = None
    cpu_us_per_request: float | None = None
    cpu_percent: float | None = None
    """Of one core, over the time measured."""
    pss_kib: int | None = None
    ready_ms: float | None = None


def measure(scenario: Scenario, contender: Contender, number: int) -> Round:
    """A round. Each has a process of its own: no contender runs beside another, or after its own earlier rounds."""
    row = Round(scenario.name, contender.label, number)
    try:
        with running(contender) as server:
            if scenario.is_idle:
                return watched_idle(row, scenario, server)
            return loaded(row, scenario, server)
    except (WrongAnswer, GeneratorError, ServerError) as error:
        return dataclasses.replace(row, void=str(error).strip())


def loaded(row: Round, scenario: Scenario, server: Server) -> Round:
    """The round under load."""
    answer = verify(scenario, server.host, server.port)
    warmed_up = warm_up(scenario, server, answer)
    before_s = cpu_s(server.pid)
    load = timed_load(scenario, server, answer)
    used_s = cpu_s(server.pid) - before_s
    memory_kib = pss_kib(server.pid)
    verify(scenario, server.host, server.port)
    errors = warmed_up.errors + load.errors
    if errors or not load.requests:
        void = f"{errors} errors in {warmed_up.requests + load.requests} requests"
        return dataclasses.replace(row, void=void, requests=load.requests, errors=errors)
    return figures(row, load, used_s, memory_kib, server.ready_ms)


def figures(row: Round, load: Load, used_s: float, memory_kib: int, ready_ms: float) -> Round:
    """The row of a round in which every answer was right."""
    return dataclasses.replace(
        row,
        requests=load.requests,
        errors=0,
        duration_s=load.duration_s,
        requests_per_s=load.requests / load.duration_s,
        p50_us=load.latency_us["50"],
        p90_us=load.latency_us["90"],
        p99_us=load.latency_us["99"],
        p99_9_us=load.latency_us["99.9"],
        cpu_s=used_s,
        cpu_us_per_request=used_s * 1e6 / load.requests,
        cpu_percent=used_s * 100 / load.duration_s,
        pss_kib=memory_kib,
        ready_ms=ready_ms,
    )


def watched_idle(row: Round, scenario: Scenario, server: Server) -> Round:
    """The round without load: what the server uses when nobody asks it anything."""
    verify(scenario, server.host, server.port)
    time.sleep(scenario.warm_up_s)
    before_s, started = cpu_s(server.pid), time.monotonic()
    time.sleep(scenario.duration_s)
    used_s, duration_s = cpu_s(server.pid) - before_s, time.monotonic() - started
    memory_kib = pss_kib(server.pid)
    verify(scenario, server.host, server.port)
    return dataclasses.replace(
        row,
        requests=0,
        errors=0,
        duration_s=duration_s,
        cpu_s=used_s,
        cpu_percent=used_s * 100 / duration_s,
        pss_kib=memory_kib,
        ready_ms=server.ready_ms,
    )
