"""Handlers for the tests of the pool as a library. The files that they share lie in the folder EMBEDDED_FOLDER."""

import os
import time

from coachwhip import Request, get, on_shutdown, post

folder = os.environ.get("EMBEDDED_FOLDER", "")


def note(name: str, what: str) -> None:
    with open(os.path.join(folder, name), "a") as file:
        file.write(what + "\n")


@get("/square/{number}")
def square(request: Request, number: int) -> str:
    return str(number * number)


@post("/echo")
async def echo(request: Request) -> bytes:
    return request.headers["x-mark"].encode() + b" " + request.body


@get("/hold")
def hold(request: Request) -> str:
    """Keeps its worker until there is a file `release`."""
    note("held", "held")
    while not os.path.exists(os.path.join(folder, "release")):
        time.sleep(0.001)
    return "released"


@get("/mark/{name}")
def mark(request: Request, name: str) -> str:
    note("marks", name)
    return name


@get("/slow")
def slow(request: Request) -> str:
    time.sleep(0.005)
    return "slept"


@get("/raise")
def fail(request: Request) -> str:
    raise ValueError("meant to fail")


@on_shutdown
def down() -> None:
    note("ended", "down")
