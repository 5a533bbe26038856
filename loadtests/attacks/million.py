"""A million requests: what they leave behind."""

import json

from attacks.figure import Figure
from attacks.serving import Start, Target, ask, descriptors, resident_kib, serving, settled
from harness.exchange import WrongAnswer
from harness.generator import output_of
from harness.process import Server

NAME = "A million requests"
CONNECTIONS = 64
OBJECTS_MOST = 1_000
"""A leak of one object in a thousand requests would be as many."""
RESIDENT_KIB_MOST = 4_096


def load(server: Server, requests: int) -> float:
    """Sends so many; how many were answered a second."""
    options = ["--no-tui", "--output-format", "json", "--worker-threads", "1", "--disable-compression"]
    options += ["-n", str(requests), "-c", str(CONNECTIONS)]
    told = json.loads(output_of(["oha", *options, f"http://{server.address}/"], 300)[0])
    if told["statusCodeDistribution"] != {"200": requests}:
        raise WrongAnswer(f"of {requests} requests: {told['statusCodeDistribution']}, {told['errorDistribution']}")
    return float(told["summary"]["requestsPerSec"])


def attack(target: Target, requests: int) -> list[Figure]:
    """The figures of one strategy. One worker, so that the objects are those of the interpreter that has done it all."""
    with serving(target, Start(app="memory", workers=1)) as server:
        load(server, requests // 10)
        idle = descriptors(server)
        objects, kib = json.loads(ask(server, "/alive"))["objects"], resident_kib(server)
        rate = load(server, requests)
        left = settled(lambda: descriptors(server), idle)
        rows = [
            ("requests", requests, None),
            ("requests a second", rate, None),
            ("resident before, KiB", kib, None),
            ("resident pages grown by, KiB", resident_kib(server) - kib, RESIDENT_KIB_MOST),
            ("objects left", json.loads(ask(server, "/alive"))["objects"] - objects, OBJECTS_MOST),
            ("descriptors left", left - idle, 0),
        ]
    return [Figure(NAME, target.strategy, measure, value, most) for measure, value, most in rows]
