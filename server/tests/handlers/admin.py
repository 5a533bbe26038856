"""Handlers for the tests of the admin listener. What waits, waits for a file in the folder that GATES names."""

import asyncio
import os
import time

from coachwhip import Request, Response, WebSocket, get, post, websocket

GATES = os.environ.get("GATES", "")


def is_open(name: str) -> bool:
    return os.path.exists(os.path.join(GATES, name))


def wait_for(name: str) -> None:
    while not is_open(name):
        time.sleep(0.002)


if "GATED_IMPORT" in os.environ:
    wait_for("import")


@get("/plain")
def plain() -> str:
    return "plain"


@get("/answers/{status}")
def answers(request: Request, status: int) -> Response:
    return Response("as asked", status=status)


@get("/raises")
def raises() -> str:
    raise RuntimeError("on purpose")


@get("/gate/{name}")
def gate(request: Request, name: str) -> str:
    wait_for(name)
    return name


@get("/async-gate/{name}")
async def async_gate(request: Request, name: str) -> str:
    while not is_open(name):
        await asyncio.sleep(0.002)
    return name


@get("/spin/{name}")
def spin(request: Request, name: str) -> str:
    """Keeps the GIL, where there is one, but for a look at the gate now and then."""
    while not is_open(name):
        for _ in range(2_000_000):
            pass
    return name


@post("/echo")
def echo(request: Request) -> bytes:
    return request.body


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    """Waits for something else than its client."""
    await asyncio.sleep(600)
