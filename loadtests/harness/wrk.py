"""Closed loops, with wrk: each connection asks again when it has its answer.

While the clock runs, every status is counted, and bodies are checked by their total: wrk reports all bytes read, and
the size of the one right answer is known. The warm-up compares every single body, under the same load; doing that on
the clock would measure wrk's Lua.
"""

import json
import tempfile
from typing import Any

from harness.exchange import Answer
from harness.generator import PERCENTILES, Load, output_of, url
from harness.process import Server
from harness.scenario import Scenario


def warm_up(scenario: Scenario, server: Server, answer: Answer) -> Load:
    """The scenario's load before the clock starts."""
    return closed_loop(scenario, server, answer, scenario.warm_up_s, compares_bodies=True)


COMPARE = """
wrong = 0
response = function(status, headers, body)
  if body ~= expected then wrong = wrong + 1 end
end
"""

PIPELINE = """
init = function(arguments)
  batch = string.rep(wrk.format(), {requests})
end
request = function()
  return batch
end
"""

REPORT = """
local threads = {}
setup = function(thread) table.insert(threads, thread) end
done = function(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  for _, thread in ipairs(threads) do errors = errors + (thread:get("wrong") or 0) end
  io.write("\\nREPORT ", string.format(
    '{"requests":%d,"bytes":%d,"us":%d,"errors":%d,"latency_us":[%f,%f,%f,%f]}',
    summary.requests, summary.bytes, summary.duration, errors,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9)), "\\n")
end
"""
assert PERCENTILES == (50, 90, 99, 99.9), "REPORT names them one by one"


def lua_string(text: str, repeat: int = 1) -> str:
    """A Lua expression for the text's bytes, one after the other `repeat` times."""
    literal = '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'
    return f"string.rep({literal}, {repeat})" if repeat > 1 else literal


def script_of(scenario: Scenario, compares_bodies: bool) -> str:
    """The request as wrk's Lua wants it, and the report."""
    lines = [f"wrk.method = {lua_string(scenario.method)}"]
    lines += [f"wrk.headers[{lua_string(name)}] = {lua_string(value)}" for name, value in scenario.headers.items()]
    if scenario.body:
        lines.append(f"wrk.body = {lua_string(scenario.body, scenario.body_repeat)}")
    if compares_bodies:
        lines += [f"expected = {lua_string(scenario.expect.body, scenario.expect.body_repeat)}", COMPARE]
    if scenario.pipeline > 1:
        lines.append(PIPELINE.format(requests=scenario.pipeline))
    return "\n".join(lines) + REPORT


def closed_loop(
    scenario: Scenario, server: Server, answer: Answer, duration_s: int, *, compares_bodies: bool = False
) -> Load:
    """One thread of wrk."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(script_of(scenario, compares_bodies))
        script.flush()
        options = ["--threads", "1", "--connections", str(scenario.connections), "--duration", f"{duration_s}s"]
        command = ["wrk", *options, "--timeout", "10s", "--script", script.name, url(scenario, server)]
        output, generator_s = output_of(command, duration_s)
    return load_of(output, scenario.connections * scenario.pipeline, answer.wire_bytes, generator_s)


def load_of(output: str, in_flight: int, wire_bytes: int, generator_s: float) -> Load:
    """Reads the report. The last answers of each connection may be cut off by the end of the run."""
    report: dict[str, Any] = json.loads(output.rpartition("REPORT ")[2])
    surplus = report["bytes"] - report["requests"] * wire_bytes
    wrong_bodies = 0 if 0 <= surplus <= in_flight * wire_bytes else 1
    return Load(
        report["requests"], report["errors"] + wrong_bodies, report["us"] / 1e6, report["latency_us"], generator_s
    )
