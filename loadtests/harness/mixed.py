"""Short requests at a fixed rate beside handlers that keep Python busy: who has to wait for whom."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.closed import checked
from harness.exchange import WrongAnswer, verify
from harness.generator import Load
from harness.oha import Request, open_loop, percentiles
from harness.process import Server
from harness.round import latency_columns
from harness.scenario import STREAM_LEAD_S, Scenario
from harness.usage import cpu_s, pss_kib
from harness.wrk import closed_loop, warm_up


def measured(scenario: Scenario, server: Server) -> dict[str, Any]:
    """The columns of one round. All processor time is taken together, so there is none per request."""
    answer = verify(scenario, server.host, server.port)
    before_kib = pss_kib(server.pid)
    checked(warm_up(scenario, server, answer))
    before_s = cpu_s(server.pid)
    requests, stream = side_by_side(scenario, server)
    used_s = cpu_s(server.pid) - before_s
    after_kib = pss_kib(server.pid)
    verify(scenario, server.host, server.port)
    return {
        **outcome(scenario, requests),
        "cpu_s": used_s,
        "stream_per_s": stream.requests_per_s,
        "pss_before_kib": before_kib,
        "pss_kib": after_kib,
    }


def side_by_side(scenario: Scenario, server: Server) -> tuple[list[Request], Load]:
    """Both loads. The short one begins first, while nothing is busy.

    That way its connections are spread as they are in a server that has been up for a while; where processes share a
    listener, the one that computes would take none of those that come later.
    """
    assert scenario.stream is not None
    answer = verify(scenario.stream, server.host, server.port)
    together_s = scenario.duration_s + STREAM_LEAD_S
    with ThreadPoolExecutor(max_workers=1) as pool:
        short = pool.submit(open_loop, scenario, server, scenario.rate, together_s)
        time.sleep(STREAM_LEAD_S / 2)
        stream = closed_loop(scenario.stream, server, answer, together_s)
        if stream.errors:
            raise WrongAnswer(f"{stream.errors} errors in the stream")
        return short.result(), stream


def outcome(scenario: Scenario, requests: list[Request]) -> dict[str, Any]:
    """What became of the requests that were due while the stream ran; all of them have to be right."""
    expected = (scenario.expect.status, len(scenario.expect.body_bytes))
    wrong = sum((request.status, request.body_bytes) != expected for request in requests)
    beside = [request for request in requests if request.due_s >= STREAM_LEAD_S]
    if wrong or not beside:
        raise WrongAnswer(f"{wrong} errors in {len(requests)} requests")
    return {
        "requests": len(beside),
        "duration_s": scenario.duration_s,
        "requests_per_s": len(beside) / scenario.duration_s,
        **latency_columns(percentiles([request.since_due_us for request in beside])),
    }
