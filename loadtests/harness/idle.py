"""Connections on which nothing is sent: what they cost the server while it waits."""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from harness.closed import checked
from harness.exchange import ask, connected, verify
from harness.process import Server
from harness.scenario import Scenario
from harness.usage import cpu_s, pss_kib
from harness.wrk import warm_up

WARM_UP_CONNECTIONS = 8


def measured(scenario: Scenario, server: Server) -> dict[str, Any]:
    """The columns of one round. Memory is the server's own: what the kernel keeps for a socket is not in it."""
    answer = verify(scenario, server.host, server.port)
    # With few connections: those that are to be weighed must not have been there before.
    checked(warm_up(dataclasses.replace(scenario, connections=WARM_UP_CONNECTIONS), server, answer))
    before_kib = pss_kib(server.pid)
    with open_connections(scenario, server):
        before_s, started = cpu_s(server.pid), time.monotonic()
        time.sleep(scenario.duration_s)
        used_s, duration_s = cpu_s(server.pid) - before_s, time.monotonic() - started
        with_kib = pss_kib(server.pid)
    verify(scenario, server.host, server.port)
    return {
        "duration_s": duration_s,
        "cpu_s": used_s,
        "cpu_percent": used_s * 100 / duration_s,
        "pss_before_kib": before_kib,
        "pss_kib": with_kib,
        # A single connection drowns in what the process does anyway.
        "kib_per_connection": (with_kib - before_kib) / scenario.connections if scenario.connections > 1 else None,
    }


@contextmanager
def open_connections(scenario: Scenario, server: Server) -> Iterator[None]:
    """Opens the scenario's connections, each with one request before and one after the body: none was closed."""
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(server.host, server.port)) for _ in range(scenario.connections)]
        for connection in connections:
            ask(scenario, connection)
        yield
        for connection in connections:
            ask(scenario, connection)
