"""The closed loop: how much the server does when there is always something to do, and what one request costs it."""

from typing import Any

from harness.exchange import Answer, WrongAnswer, verify
from harness.generator import Load
from harness.process import Server
from harness.round import latency_columns
from harness.scenario import Scenario
from harness.usage import cpu_s, pss_kib
from harness.wrk import closed_loop, warm_up


def measured(scenario: Scenario, server: Server) -> dict[str, Any]:
    """The columns of one round."""
    answer = verify(scenario, server.host, server.port)
    before_kib = pss_kib(server.pid)
    checked(warm_up(scenario, server, answer))
    load, used_s = timed(scenario, server, answer)
    after_kib = pss_kib(server.pid)
    verify(scenario, server.host, server.port)
    return {
        "requests": load.requests,
        "duration_s": load.duration_s,
        "requests_per_s": load.requests_per_s,
        "cpu_s": used_s,
        "cpu_us_per_request": used_s * 1e6 / load.requests,
        "cpu_percent": used_s * 100 / load.duration_s,
        "generator_percent": load.generator_s * 100 / load.duration_s,
        "pss_before_kib": before_kib,
        "pss_kib": after_kib,
        # Of requests that are sent together wrk knows only when the first was sent.
        **({} if scenario.pipeline > 1 else latency_columns(load.latency_us)),
    }


def timed(scenario: Scenario, server: Server, answer: Answer) -> tuple[Load, float]:
    """The load on the clock, and the processor seconds that it cost the server."""
    before_s = cpu_s(server.pid)
    load = checked(closed_loop(scenario, server, answer, scenario.duration_s))
    return load, cpu_s(server.pid) - before_s


def checked(load: Load) -> Load:
    """The load, if every answer was right and there was one."""
    if load.errors or not load.requests:
        raise WrongAnswer(f"{load.errors} errors in {load.requests} requests")
    return load
