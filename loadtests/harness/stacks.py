"""Folded stacks, as inferno has them: `thread;outermost;...;innermost count`, a line each."""

from collections import Counter

Shares = dict[str, float]
"""Parts of all samples, by what ran; the largest first."""

KERNEL = "_[k]"
"""What inferno puts after the kernel's frames."""
PYTHON = ("_Py", "Py")


def kind_of(frames: list[str]) -> str:
    """What a stack ran in the end: the kernel, for whomever; else the interpreter, if Python was entered; else native."""
    if frames[-1].endswith(KERNEL):
        return "kernel"
    if any(frame.startswith(PYTHON) for frame in frames):
        return "Python"
    return "native code"


def shares_of(folded: str) -> Shares:
    """How much of all samples each kind has."""
    counts: Counter[str] = Counter()
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        if stack:
            counts[kind_of(stack.split(";"))] += int(count)
    total = counts.total()
    return {kind: count / total for kind, count in counts.most_common()}
