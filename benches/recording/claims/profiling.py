"""What the "Performance profiling results" claim: batches, thresholds, and that they are to be measured."""

from recording.evidence import Source, iteration, pays_from, ratio, released_over_held, time, times_smallest
from recording.verdict import Claim, at_least, at_most

RELEASES = {"beside another": "release", "beside Python": "release beside python"}
"""Two requests with such a body at once; one while another thread runs Python."""

SERVER = "batch 16"
"""The server's own limit on a batch."""


def against_one(size: int) -> dict[str, Source]:
    """A burst with the server's batches over the same with a wake-up for each request."""
    return {"": ratio(time(SERVER, "burst", str(size)), time("batch 1", "burst", str(size)))}


CLAIMS = (
    Claim(
        "Small pieces pay for the machinery: 29 % slower with 100 elements. Here: releasing the GIL for the smallest "
        "body, over holding it",
        "1.29x",
        "attach",
        at_least(1.03),
        parts={name: released_over_held(group, 0) for name, group in RELEASES.items()},
    ),
    Claim(
        "Large enough pieces pay nothing for it: 0.4 % with 1,000 elements. Here: the largest body",
        "0.996x",
        "attach",
        at_most(1.03),
        parts={name: released_over_held(group, -1) for name, group in RELEASES.items()},
    ),
    Claim(
        "A threshold that was guessed is far off (8,000 elements where 50,000 are right): it has to be measured. Here: "
        "the body from which on releasing the GIL costs at most 3 %, over the smallest body",
        "6.25x",
        "attach",
        at_least(2),
        parts={"": times_smallest("release", 1.03)},
        beside={"bytes": pays_from("release", 1.03)},
    ),
    Claim(
        "The GIL is released in more than 95 % of calls",
        "> 95 %",
        "attach",
        reason="a share of calls says nothing about speed; here it is released only from the size above on",
    ),
    Claim(
        "The smallest batches pay most. Here: one request, with the server's batches of 16 over a wake-up for each",
        "1.29x",
        "batch",
        at_least(1.05),
        parts=against_one(1),
    ),
    Claim(
        "Medium batches do not slow it down. Here: 100 requests at once", "0.996x", "batch", at_most(1.05),
        parts=against_one(100),
    ),
    Claim(
        "Large batches slow it down, where a threshold is wrong. Here: 10,000 at once", "1.54x", "batch", at_least(1.05),
        parts=against_one(10_000),
    ),
    Claim(
        "A single small calculation takes less than 10 ns, called from Python",
        "< 10 ns",
        "boundary",
        at_most(10),
        "ns",
        {"vectorcall": time("boundary", "native echo_u64"), "pyo3": time("boundary", "pyo3 echo_u64")},
    ),
    Claim(
        "100,000 elements take less than 20 ms in one call",
        "0.65 ms",
        "pool",
        at_most(20),
        "ms",
        {"": iteration("100000 small integers", "all", 1e6)},
    ),
    Claim(
        "Faster than NumPy at every size",
        "7.72x, 1.73x, 1.15x",
        "batch",
        reason="of option prices in arrays, which a server has nothing like",
    ),
    Claim(
        "Less than 100 MB for a million elements, relative error below 1e-15",
        "< 100 MB",
        "batch",
        reason="of the same arrays",
    ),
)  # fmt: skip
