"""What the contenders serve: the same few handlers everywhere."""

from coachwhip import get

CPU_BOUND_STEPS = 75_000
"""About 5 ms of pure Python on the machines that the records name; the answer depends on it."""


@get("/")
def hello() -> str:
    return "Hello, World!"


@get("/cpu")
def cpu_bound() -> str:
    # Local names and small steps only: nothing that interpreters or threads could contend for.
    total = 0
    for step in range(CPU_BOUND_STEPS):
        total = (total * 31 + step) & 0xFFFF_FFFF
    return str(total)
