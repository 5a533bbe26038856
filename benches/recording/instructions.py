"""The committed counts of instructions, and whether a new one is within them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from recording.callgrind import Count

THRESHOLD_PERCENT = 3.0
"""More than this is a regression: counts of one tree differ by less than a tenth of a percent."""

HEADING = """# Instructions of one request on the server's way, by Python: what `instructions.py` compares with.
#
# outside: the server's and libc's, which are gated. inside: libpython's, gated where `python` is the same build.
# `python3 benches/instructions.py --update` writes the counts anew; say in the commit why they are higher.
"""


@dataclass(frozen=True)
class Committed:
    """One Python's count, and what it was made with."""

    outside: int
    inside: int
    python: str
    rustc: str


def read(path: Path) -> dict[str, Committed]:
    """All of them by Python."""
    if not path.exists():
        return {}
    return {version: Committed(**table) for version, table in tomllib.loads(path.read_text(encoding="utf-8")).items()}


def write(path: Path, counts: dict[str, Committed]) -> None:
    """The file anew."""
    parts = [HEADING]
    for version, one in sorted(counts.items()):
        counts_made = f"outside = {one.outside}\ninside = {one.inside}"
        parts.append(f'["{version}"]\n{counts_made}\npython = "{one.python}"\nrustc = "{one.rustc}"\n')
    path.write_text("\n".join(parts), encoding="utf-8")


def change_percent(before: float, after: float) -> float:
    """How much more it is."""
    return 100 * (after - before) / before


def is_regression(before: float, after: float) -> bool:
    """Whether it is more than noise and small change."""
    return change_percent(before, after) > THRESHOLD_PERCENT


def judged(known: Committed, now: Committed) -> tuple[bool, str]:
    """Whether the count is within the committed one, and what to say about it."""
    change = change_percent(known.outside, now.outside)
    lines = [
        f"instructions of one request outside libpython: {now.outside:,}, committed {known.outside:,}: {change:+.2f} %",
        f"inside libpython: {now.inside:,}, committed {known.inside:,}",
    ]
    others = [
        f"  committed with {was}\n  counted now with {name}"
        for was, name in ((known.python, now.python), (known.rustc, now.rustc))
        if was != name
    ]
    if others:
        lines += ["the tools differ, which changes counts by itself:", *others]
    is_python_the_same = known.python == now.python
    is_more = is_regression(known.outside, now.outside) or (
        is_python_the_same and is_regression(known.inside, now.inside)
    )
    if is_more:
        lines.append(
            f"REGRESSION: more than {THRESHOLD_PERCENT:g} % above. `benches/compare --instructions BASE .` says since when, "
            "callgrind_annotate where;\nif it is worth its price, `python3 benches/instructions.py --update`, and say so in "
            "the commit"
        )
    elif change < -THRESHOLD_PERCENT:
        lines.append("much less than committed: `python3 benches/instructions.py --update` keeps it from creeping back")
    return not is_more, "\n".join(lines)


def committed_of(count: Count, python: str, rustc: str) -> Committed:
    """A count as the file keeps it."""
    return Committed(round(count.outside), round(count.inside), python, rustc)
