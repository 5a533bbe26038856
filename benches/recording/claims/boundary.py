"""What the "PyO3 boundary overhead microbenchmark" claims. Its protocol is that of the product's command."""

from recording.evidence import command, command_deviation, difference, ratio
from recording.verdict import Claim, Rule, at_most

INCREMENT = command("python increment")
NO_OP = command("python no-op")
BENCH = "coachwhip-bench-boundary"

CLAIMS = (
    Claim(
        "A Python function that does nothing, against one that increments an integer",
        "0.88x",
        BENCH,
        Rule(0.8, 1.0),
        parts={"": ratio(NO_OP, INCREMENT)},
    ),
    Claim(
        "A native function that does nothing costs less than the Python increment",
        "0.89x",
        BENCH,
        at_most(0.89),
        parts={"pyo3": ratio(command("pyo3 noop"), INCREMENT), "vectorcall": ratio(command("native noop"), INCREMENT)},
    ),
    Claim(
        "A native function that takes and returns an integer costs a tenth more than the Python increment",
        "1.10x",
        BENCH,
        at_most(1.10),
        parts={
            "pyo3": ratio(command("pyo3 echo_u64"), INCREMENT),
            "vectorcall": ratio(command("native echo_u64"), INCREMENT),
        },
    ),
    Claim(
        "The bridge adds next to nothing to a call that does nothing",
        "0.7 ns",
        BENCH,
        at_most(0.7),
        "ns",
        {"pyo3": difference(command("pyo3 noop"), NO_OP), "vectorcall": difference(command("native noop"), NO_OP)},
    ),
    Claim(
        "A native call that does nothing takes some 70 ns, 14 million a second",
        "71.4 ns",
        BENCH,
        at_most(71.43),
        "ns",
        {"pyo3": command("pyo3 noop"), "vectorcall": command("native noop")},
    ),
    Claim(
        "The repeats of each case deviate by less than 4.2 % of their mean",
        "< 4.2 %",
        BENCH,
        at_most(4.2),
        "%",
        {"the worst case": command_deviation},
    ),
)
