"""What the "PyO3 boundary overhead microbenchmark" claims.

Its protocol is that of the product's command, which has no PyO3 in it; the bench has the same harness with both.
"""

from recording.evidence import Source, command, command_deviation, difference, ratio, time
from recording.verdict import Claim, Rule, at_most

COMMAND = "`bench boundary`"
BENCH = "coachwhip-bench-boundary"
INCREMENT, NO_OP = "python increment", "python no-op"


def product(native: str, base: str) -> dict[str, Source]:
    """The project's native function's time over a Python function's, by the command and by the bench."""
    return {
        f"vectorcall by {COMMAND}": ratio(command(f"native {native}"), command(base)),
        "vectorcall": ratio(time("boundary", f"native {native}"), time("boundary", base)),
    }


def over(native: str, base: str) -> dict[str, Source]:
    """The same, and of PyO3's function."""
    pyo3 = ratio(time("boundary", f"pyo3 {native}"), time("boundary", base))
    return product(native, base) | {"pyo3": pyo3}


CLAIMS = (
    Claim(
        "A Python function that does nothing, against one that increments an integer",
        "0.88x",
        BENCH,
        Rule(0.8, 1.0),
        parts={COMMAND: ratio(command(NO_OP), command(INCREMENT))},
    ),
    Claim(
        "A native function that does nothing costs less than the Python increment",
        "0.89x",
        "boundary",
        at_most(0.89),
        parts=over("noop", INCREMENT),
    ),
    Claim(
        "A native function that takes and returns an integer costs a tenth more than the Python increment",
        "1.10x",
        "boundary",
        at_most(1.10),
        parts=over("echo_u64", INCREMENT),
    ),
    Claim(
        "The bridge adds next to nothing to a Python call that does nothing",
        "0.7 ns",
        "boundary",
        at_most(0.7),
        "ns",
        {
            f"vectorcall by {COMMAND}": difference(command("native noop"), command(NO_OP)),
            "vectorcall": difference(time("boundary", "native noop"), time("boundary", NO_OP)),
            "pyo3": difference(time("boundary", "pyo3 noop"), time("boundary", NO_OP)),
        },
    ),
    Claim(
        "A native call that does nothing takes some 70 ns, 14 million a second",
        "71.4 ns",
        "boundary",
        at_most(71.43),
        "ns",
        {
            f"vectorcall by {COMMAND}": command("native noop"),
            "vectorcall": time("boundary", "native noop"),
            "pyo3": time("boundary", "pyo3 noop"),
        },
    ),
    Claim(
        "The repeats of each case deviate by less than 4.2 % of their mean",
        "< 4.2 %",
        BENCH,
        at_most(4.2),
        "%",
        {f"the worst case of {COMMAND}": command_deviation},
    ),
)
