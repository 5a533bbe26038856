"""Drives wrk or oha against loopback, and checks each answer as far as the tool lets it.

Both count every status. While the clock runs, bodies are checked by their total: wrk reports all bytes read, oha all
bytes of bodies, and the size of the one right answer is known. The warm-up compares every single body, under the same
load and always with wrk; doing that on the clock would measure wrk's Lua.
"""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Any

from harness.exchange import Answer
from harness.process import Server
from harness.scenario import Scenario

GRACE_S = 30
PERCENTILES = ("50", "90", "99", "99.9")


class GeneratorError(Exception):
    """The generator itself failed; nothing was measured."""


@dataclass(frozen=True)
class Load:
    """What the generator saw."""

    requests: int
    errors: int
    duration_s: float
    latency_us: dict[str, float]
    """By percentile, from sending to the whole answer; not corrected for coordinated omission."""


def warm_up(scenario: Scenario, server: Server, answer: Answer) -> Load:
    """The scenario's load before the clock starts."""
    return wrk(scenario, server, answer, scenario.warm_up_s, compares_bodies=True)


def timed_load(scenario: Scenario, server: Server, answer: Answer) -> Load:
    """The scenario's load while the clock runs."""
    drive = {"wrk": wrk, "oha": oha}[scenario.generator]
    return drive(scenario, server, answer, scenario.duration_s)


def output_of(command: list[str], duration_s: int) -> str:
    """Runs a generator, bounded in time."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=duration_s + GRACE_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GeneratorError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        raise GeneratorError(f"{command[0]}: exit status {done.returncode}: {done.stderr[-500:]}")
    return done.stdout


def url(scenario: Scenario, server: Server) -> str:
    """The address of the scenario's path."""
    return f"http://{server.address}{scenario.path}"


WRK_COMPARE = """
wrong = 0
response = function(status, headers, body)
  if body ~= expected then wrong = wrong + 1 end
end
"""

WRK_REPORT = """
local threads = {}
setup = function(thread) table.insert(threads, thread) end
done = function(summary, latency, requests)
  local e = summary.errors
  local wrong_bodies = 0
  for _, thread in ipairs(threads) do wrong_bodies = wrong_bodies + (thread:get("wrong") or 0) end
  io.write("\\nREPORT ", string.format(
    '{"requests":%d,"bytes":%d,"us":%d,"errors":%d,"50":%f,"90":%f,"99":%f,"99.9":%f}',
    summary.requests, summary.bytes, summary.duration, e.connect + e.read + e.write + e.status + e.timeout + wrong_bodies,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9)), "\\n")
end
"""


def lua_string(text: str) -> str:
    """A Lua literal of the text's bytes."""
    return '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'


def wrk_script(scenario: Scenario, compares_bodies: bool) -> str:
    """The request as wrk's Lua wants it, and the report."""
    lines = [f"wrk.method = {lua_string(scenario.method)}"]
    lines += [f"wrk.headers[{lua_string(name)}] = {lua_string(value)}" for name, value in scenario.headers.items()]
    if scenario.body:
        lines.append(f"wrk.body = {lua_string(scenario.body)}")
    if compares_bodies:
        lines += [f"expected = {lua_string(scenario.expect.body)}", WRK_COMPARE]
    return "\n".join(lines) + WRK_REPORT


def wrk(scenario: Scenario, server: Server, answer: Answer, duration_s: int, *, compares_bodies: bool = False) -> Load:
    """One thread of wrk."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(wrk_script(scenario, compares_bodies))
        script.flush()
        options = ["--threads", "1", "--connections", str(scenario.connections), "--duration", f"{duration_s}s"]
        command = ["wrk", *options, "--timeout", "10s", "--script", script.name, url(scenario, server)]
        output = output_of(command, duration_s)
    return wrk_load(output, scenario.connections, answer.wire_bytes)


def wrk_load(output: str, connections: int, wire_bytes: int) -> Load:
    """Reads the report. The last answer of each connection may be cut off by the end of the run."""
    report: dict[str, Any] = json.loads(output.rpartition("REPORT ")[2])
    surplus = report["bytes"] - report["requests"] * wire_bytes
    wrong_bodies = 0 if 0 <= surplus <= connections * wire_bytes else 1
    latency_us = {percentile: report[percentile] for percentile in PERCENTILES}
    return Load(report["requests"], report["errors"] + wrong_bodies, report["us"] / 1e6, latency_us)


def oha(scenario: Scenario, server: Server, answer: Answer, duration_s: int) -> Load:
    """One thread of oha."""
    options = ["--no-tui", "--output-format", "json", "--worker-threads", "1", "--disable-compression"]
    options += ["-z", f"{duration_s}s", "-c", str(scenario.connections), "-m", scenario.method]
    for name, value in scenario.headers.items():
        options += ["-H", f"{name}: {value}"]
    if scenario.body:
        options += ["-d", scenario.body]
    output = output_of(["oha", *options, url(scenario, server)], duration_s)
    return oha_load(output, scenario.expect.status, len(answer.body))


def oha_load(output: str, status: int, body_bytes: int) -> Load:
    """Reads the report. What the end of the run cut off is no error of the server's."""
    report: dict[str, Any] = json.loads(output)
    statuses: dict[str, int] = report["statusCodeDistribution"]
    requests = sum(statuses.values())
    errors = requests - statuses.get(str(status), 0)
    errors += sum(n for cause, n in report["errorDistribution"].items() if cause != "aborted due to deadline")
    if report["summary"]["totalData"] != requests * body_bytes:
        errors += 1
    latency_us = {percentile: (report["latencyPercentiles"][f"p{percentile}"] or 0) * 1e6 for percentile in PERCENTILES}
    return Load(requests, errors, report["summary"]["total"], latency_us)
