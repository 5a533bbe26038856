"""What every contender's handlers do, in one place, so that all of them evidently do the same.

The apps beside this module differ only in how their interface hands over a request and takes an answer.
"""

import json
import os
import time
from importlib import import_module

HELLO = "Hello, World!"

CPU_BOUND_STEPS = 75_000
"""About 5 ms of pure Python on the machines that the records name; the answers depend on it."""

CPU_BOUND_LONG_STEPS = 750_000
"""About 50 ms."""

SLEEP_S = 0.01

# The scenario `memory` names the modules that each interpreter, thread or process has to hold.
for module in os.environ.get("LOADTEST_IMPORTS", "").split():
    import_module(module)


def cpu_bound(steps: int = CPU_BOUND_STEPS) -> str:
    """Pure Python that allocates little: nothing that interpreters or threads could contend for."""
    total = 0
    for step in range(steps):
        total = (total * 31 + step) & 0xFFFF_FFFF
    return str(total)


def document() -> dict[str, object]:
    """A small answer of an API, built for each request as an application would."""
    lines = [
        {"id": number, "name": f"item {number}", "price": number * 1.25, "stocked": True} for number in range(1, 6)
    ]
    return {"order": 1234, "place": "Café", "lines": lines, "note": None}


def document_text() -> str:
    """The same as text, for interfaces that do not write JSON themselves."""
    return json.dumps(document(), separators=(",", ":"), ensure_ascii=False)


def user_text(user: int, tenant: str, agent: str) -> str:
    """What the handler with a path parameter and two headers answers."""
    return f"user {user} of {tenant} with {agent}"


def sleep() -> str:
    """Waits as for a database, the thread blocked."""
    time.sleep(SLEEP_S)
    return "slept"
