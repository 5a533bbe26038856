"""Handlers that fail in every way that Python offers. `{mark}` makes the path of each call its own."""

import asyncio
import sys
from typing import Any

from coachwhip import Request, get


class Rude(BaseException):
    """An exception that is no Exception."""


class Unprintable(Exception):
    """An exception whose text raises."""

    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


def deeper(depth: int) -> int:
    return deeper(depth + 1) + 1


class Deep:
    """Recurses in C, through its own `__repr__`."""

    def __repr__(self) -> str:
        return repr([self])


def fail(kind: str) -> Any:
    match kind:
        case "value-error":
            raise ValueError("the secret cause")
        case "sys-exit":
            sys.exit(3)
        case "keyboard-interrupt":
            raise KeyboardInterrupt
        case "recursion":
            return deeper(0)
        case "recursion-in-c":
            return repr(Deep())
        case "nonsense":
            return object()
        case "base-exception":
            raise Rude("rude")
        case "generator-exit":
            raise GeneratorExit
        case "stop-iteration":
            raise StopIteration
        case "cancelled":
            raise asyncio.CancelledError
        case "unprintable":
            raise Unprintable
        case "surrogate":
            raise ValueError("half a pair: \ud800")
        case "chained":
            try:
                raise KeyError("the root cause")
            except KeyError as cause:
                raise ValueError("the outer failure") from cause
    raise AssertionError(f"no such kind: {kind}")


@get("/fail/{kind}/{mark}")
def fail_in_sync(request: Request, kind: str, mark: str) -> Any:
    return fail(kind)


@get("/fail-async/{kind}/{mark}")
async def fail_in_async(request: Request, kind: str, mark: str) -> Any:
    await asyncio.sleep(0)
    return fail(kind)
