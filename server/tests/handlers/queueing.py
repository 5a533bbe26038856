"""A slow handler, and marks of what ran: for the tests of the queue."""

import time

from coachwhip import Request, get

ran: list[str] = []


@get("/slow/{milliseconds}/{mark}")
def slow(request: Request, milliseconds: int, mark: str) -> str:
    if mark != "unmarked":
        ran.append(mark)
    if milliseconds:
        time.sleep(milliseconds / 1000)
    return mark


@get("/ran")
def tell_ran(request: Request) -> list:
    return ran
