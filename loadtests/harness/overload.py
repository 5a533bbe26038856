"""More than the server can do: how much it still does, and how it tells the others."""

import dataclasses
from typing import Any

from harness.closed import checked, timed
from harness.exchange import WrongAnswer, verify
from harness.oha import Request, open_loop, percentiles
from harness.process import Server
from harness.round import latency_columns
from harness.scenario import Scenario
from harness.usage import pss_kib
from harness.wrk import warm_up

REFUSED = 503


def measured(scenario: Scenario, server: Server) -> dict[str, Any]:
    """The columns of one round: the capacity first, then a multiple of it offered at a fixed rate."""
    closed = dataclasses.replace(scenario, connections=scenario.capacity_connections)
    answer = verify(scenario, server.host, server.port)
    checked(warm_up(closed, server, answer))
    capacity, _ = timed(closed, server, answer)
    before_kib = pss_kib(server.pid)
    offered_per_s = capacity.requests_per_s * scenario.times_capacity
    requests = open_loop(scenario, server, offered_per_s, scenario.duration_s)
    after_kib = pss_kib(server.pid)
    verify(scenario, server.host, server.port)
    return {
        "capacity_per_s": capacity.requests_per_s,
        "offered_per_s": offered_per_s,
        "pss_before_kib": before_kib,
        "pss_kib": after_kib,
        **outcome(scenario, requests, capacity.requests_per_s),
    }


def outcome(scenario: Scenario, requests: list[Request], capacity_per_s: float) -> dict[str, Any]:
    """What became of the requests.

    Answers count from when their requests were due, refusals from when theirs were sent: the one is what a client
    feels, the other what the server promises.
    """
    expected = (scenario.expect.status, len(scenario.expect.body_bytes))
    good = [request for request in requests if (request.status, request.body_bytes) == expected]
    refused = [request for request in requests if request.status == REFUSED]
    if wrong := len(requests) - len(good) - len(refused):
        raise WrongAnswer(f"{wrong} errors in {len(requests)} requests")
    goodput_per_s = len(good) / scenario.duration_s
    return {
        "requests": len(requests),
        "duration_s": scenario.duration_s,
        "requests_per_s": goodput_per_s,
        "goodput_percent": goodput_per_s * 100 / capacity_per_s,
        "refused": len(refused),
        **latency_columns(percentiles([request.since_due_us for request in good])),
        **latency_columns(percentiles([request.since_sent_us for request in refused]), "refused_"),
    }
