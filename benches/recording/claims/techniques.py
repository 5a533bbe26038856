"""What the "Performance optimization guide" claims: GIL caching, fast paths, pools, and all of them together."""

from recording.evidence import Source, iteration, ratio, time
from recording.verdict import Claim, Rule, at_least, at_most

ENSURE, COUNTER, KEPT = "ensure per call", "depth counter", "kept"


NESTED = {"with `bytes` made": "attach nested", "with nothing done": "attach empty nested"}
"""What is done each of three times."""


def nested(fast: str) -> dict[str, Source]:
    """What three nested attachments cost against another way."""
    return {f"{fast} {name}": ratio(time(group, ENSURE), time(group, fast)) for name, group in NESTED.items()}


def conversion(kind: str) -> dict[str, Source]:
    """The generic conversion over the direct one, both ways."""
    return {
        way: ratio(time("convert", f"{kind} {way} generic"), time("convert", f"{kind} {way} direct"))
        for way in ("to python", "from python")
    }


def pooled(*kinds: str) -> dict[str, Source]:
    """A new object over a pooled one."""
    return {
        kind if len(kinds) > 1 else "": ratio(time("pool", f"{kind} new"), time("pool", f"{kind} pooled"))
        for kind in kinds
    }


def integers(technique: str) -> dict[str, Source]:
    """100,000 small integers without any technique, over the same with one."""
    group = "100000 small integers"
    return {"": ratio(time(group, "none"), time(group, technique))}


CLAIMS = (
    Claim(
        "Counting the depth saves nested attachments",
        "10 to 100x",
        "attach",
        at_least(10),
        parts=nested(COUNTER) | nested(KEPT),
    ),
    Claim(
        "Counting the depth adds nothing to one attachment",
        "no overhead",
        "attach",
        at_most(1.05),
        parts={"": ratio(time("attach", COUNTER), time("attach", ENSURE))},
    ),
    Claim("i64: direct conversion is faster", "3 to 5x", "convert", at_least(3), parts=conversion("i64")),
    Claim("f64: direct conversion is faster", "2 to 4x", "convert", at_least(2), parts=conversion("f64")),
    Claim("bool: direct conversion is faster", "10x", "convert", at_least(10), parts=conversion("bool")),
    Claim("str: direct conversion is faster", "2 to 3x", "convert", at_least(2), parts=conversion("str")),
    Claim(
        "Small integers from a pool are faster than new ones", "1.5 to 3x", "pool", at_least(1.5),
        parts=pooled("small int"),
    ),
    Claim("Booleans from a pool are faster", "5 to 10x", "pool", at_least(5), parts=pooled("bool")),
    Claim(
        "An empty tuple from a pool costs nothing",
        "instant",
        "pool",
        at_most(1),
        "ns",
        {"": time("pool", "empty tuple pooled")},
    ),
    Claim(
        "An empty dict from a pool is faster than a new one", "pooled, no figure", "pool", at_least(1),
        parts=pooled("empty dict"),
    ),
    Claim(
        "Pools pay for what a server uses often",
        "pooled, no figure",
        "pool",
        at_least(1),
        parts=pooled("status code", "method", "header name"),
    ),
    Claim(
        "100,000 small integers, kept attached alone", "2.0x", "pool", at_least(2.0), parts=integers("kept attached"),
    ),
    Claim(
        "100,000 small integers, direct conversion alone", "3.0x", "pool", at_least(3.0),
        parts=integers("direct conversion"),
    ),
    Claim("100,000 small integers, pooling alone", "1.5x", "pool", at_least(1.5), parts=integers("pooling")),
    Claim("100,000 small integers, all together", "7.1x", "pool", at_least(7.1), parts=integers("all")),
    Claim(
        "100,000 small integers take seconds without them",
        "10.0 s",
        "pool",
        Rule(5, 20),
        "s",
        {"": iteration("100000 small integers", "none", 1e9)},
    ),
)  # fmt: skip
