"""What "Understanding PyO3 performance overhead" claims, where it is not about its quantum simulator alone."""

from recording.evidence import load_ratio, ratio, time
from recording.verdict import Claim, Rule, at_least

CLAIMS = (
    Claim(
        "Crossing the boundary costs microseconds a call",
        "5 to 50 us",
        "boundary",
        Rule(5_000, 50_000),
        "ns",
        {
            "pyo3, nothing": time("boundary", "pyo3 noop"),
            "pyo3, an integer": time("boundary", "pyo3 echo_u64"),
            "vectorcall, an integer": time("boundary", "native echo_u64"),
        },
    ),
    Claim(
        "23 crossings cost about half a millisecond (23 times 10 to 20 us)",
        "230 to 460 us",
        "chain",
        Rule(230_000, 460_000),
        "ns",
        {"": time("chain", "23 crossings")},
    ),
    Claim(
        "One batched call beats the many small ones that do the same",
        "named as the cure, no figure",
        "chain",
        at_least(1.0),
        parts={"": ratio(time("chain", "23 crossings"), time("chain", "one batched call"))},
    ),
    Claim(
        "Making a Python object for each operation costs 5 us",
        "5 us",
        "pool",
        at_least(5_000),
        "ns",
        {f"{kind}": time("pool", f"{kind} new") for kind in ("small int", "empty dict", "header name")},
    ),
    Claim(
        "The GIL that is held keeps other Python threads from running: a second thread adds nothing",
        "no figure",
        "loadtests",
        Rule(0.8, 1.1),
        parts={
            "`main`, 2 workers over 1": load_ratio(
                "cpu_bound", "requests_per_s", "coachwhip_main_auto-2", "coachwhip_main_auto-1"
            )
        },
    ),
    Claim(
        "Native code alone is faster than the same native code called from Python, step by step",
        "3 to 20x",
        "chain",
        at_least(3),
        parts={"23 steps": ratio(time("chain", "23 crossings"), time("chain", "no crossing"))},
    ),
    Claim(
        "Native code called from Python is faster than NumPy",
        "12 to 16x",
        "chain",
        reason="of a quantum simulator on arrays, which a server has nothing like",
    ),
    Claim(
        "An extension module is optimised less than a native library (no inlining across the boundary, stable ABI)",
        "200 to 500 ms of 1.3 s",
        "chain",
        reason="of that simulator; here both sides are one program, optimised as a whole",
    ),
)
