"""What a call costs: functions that do next to nothing, called in a loop by the clock of the interpreter.

`cases` has the Python ones; whoever runs this adds the native ones. The loop is a part of every case's time, the same for
all that take the same number of arguments.
"""

import json
import shlex
import sys
import sysconfig
from statistics import fmean, stdev
from time import perf_counter
from types import FunctionType

WARM_UP_CALLS = 10_000
REPEATS = 15
CALLS = 100_000
BASE = "python increment"


def noop():
    pass


def increment(x):
    return x + 1


def loop_without_argument(function, calls):
    began = perf_counter()
    for _ in range(calls):
        function()
    return perf_counter() - began


def loop_with_argument(function, calls):
    began = perf_counter()
    for _ in range(calls):
        function(0)
    return perf_counter() - began


class Case:
    def __init__(self, function, arguments, answer):
        self.function = function
        self.arguments = arguments
        self.answer = answer
        loop = loop_with_argument if arguments else loop_without_argument
        # CPython specialises a call for the kind of function that it calls there, so no two cases share a loop's code.
        self.loop = FunctionType(loop.__code__.replace(), globals())

    def seconds(self, calls):
        """The time that so many calls take; the answer is checked before, outside of that time."""
        answer = self.function(*self.arguments)
        if type(answer) is not type(self.answer) or answer != self.answer:
            raise RuntimeError(f"{self.function!r} answers {answer!r}, not {self.answer!r}")
        return self.loop(self.function, calls)


cases = {
    "python no-op": Case(noop, (), None),
    BASE: Case(increment, (0,), 1),
}


def add_noop(name, function):
    cases[name] = Case(function, (), None)


def add_echo(name, function):
    cases[name] = Case(function, (0,), 0)


def seconds(name, calls):
    return cases[name].seconds(calls)


def measure(name):
    case = cases[name]
    case.seconds(WARM_UP_CALLS)
    durations = [case.seconds(CALLS) for _ in range(REPEATS)]
    nanoseconds = [duration / CALLS * 1e9 for duration in durations]
    mean = fmean(nanoseconds)
    return {
        "name": name,
        "mean_ns": mean,
        "stdev_ns": stdev(nanoseconds),
        "calls_per_s": 1e9 / mean,
        "durations_s": durations,
    }


def features():
    """What this Python was configured with, such as `--disable-gil`; not the folders of the machine that built it."""
    options = shlex.split(sysconfig.get_config_var("CONFIG_ARGS") or "")
    return [option for option in options if option.startswith(("--enable-", "--disable-", "--with-")) and "/" not in option]


def report(version, is_optimised, strategy):
    """Measures every case; the figures, and what they were measured with, as JSON."""
    rows = [measure(name) for name in cases]
    base = next(row["mean_ns"] for row in rows if row["name"] == BASE)
    for row in rows:
        row["relative_to_increment"] = row["mean_ns"] / base
    about = {
        "benchmark": "boundary",
        "coachwhip": {"version": version, "is_optimised": is_optimised, "strategy": strategy},
        "python": {
            "version": ".".join(map(str, sys.version_info[:3])),
            "build": sys.version,
            "configured_with": features(),
            "has_gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        },
        "protocol": {
            "clock": "time.perf_counter",
            "warm_up_calls": WARM_UP_CALLS,
            "repeats": REPEATS,
            "calls_per_repeat": CALLS,
            "mean": "statistics.fmean",
            "stdev": "statistics.stdev",
            "base": BASE,
        },
        "cases": rows,
    }
    return json.dumps(about, indent=2)
