"""Short requests at a fixed rate beside handlers that keep Python busy: who has to wait for whom."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from harness.closed import checked
from harness.exchange import WrongAnswer, verify
from harness.generator import Load
from harness.oha import open_loop, percentiles
from harness.process import Server
from harness.round import latency_columns
from harness.scenario import Scenario
from harness.usage import cpu_s, pss_kib
from harness.wrk import closed_loop, warm_up

LEAD_S = 0.3
"""The stream runs for so long before the first short request falls due."""


def measured(scenario: Scenario, server: Server) -> dict[str, Any]:
    """The columns of one round. All processor time is taken together, so there is none per request."""
    answer = verify(scenario, server.host, server.port)
    before_kib = pss_kib(server.pid)
    checked(warm_up(scenario, server, answer))
    before_s = cpu_s(server.pid)
    with beside(scenario, server) as stream:
        requests = open_loop(scenario, server, scenario.rate, scenario.duration_s)
    used_s = cpu_s(server.pid) - before_s
    expected = (scenario.expect.status, len(scenario.expect.body_bytes))
    wrong = sum((request.status, request.body_bytes) != expected for request in requests)
    if wrong or not requests:
        raise WrongAnswer(f"{wrong} errors in {len(requests)} requests")
    after_kib = pss_kib(server.pid)
    verify(scenario, server.host, server.port)
    return {
        "requests": len(requests),
        "duration_s": scenario.duration_s,
        "requests_per_s": len(requests) / scenario.duration_s,
        "cpu_s": used_s,
        "stream_per_s": stream.result().requests_per_s,
        "pss_before_kib": before_kib,
        "pss_kib": after_kib,
        **latency_columns(percentiles([request.since_due_us for request in requests])),
    }


@contextmanager
def beside(scenario: Scenario, server: Server) -> Iterator[Future[Load]]:
    """Runs the stream for as long as the body takes; its load is there afterwards."""
    assert scenario.stream is not None
    answer = verify(scenario.stream, server.host, server.port)
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(closed_loop, scenario.stream, server, answer, scenario.duration_s + 1)
        time.sleep(LEAD_S)
        yield running
    if running.result().errors:
        raise WrongAnswer(f"{running.result().errors} errors in the stream")
