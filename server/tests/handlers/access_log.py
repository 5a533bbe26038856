"""Answers of every kind, as the access log tells of them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from coachwhip import Request, Response, WebSocket, get, post, websocket


@get("/")
def hello() -> str:
    return "hello"


@get("/nothing")
def nothing() -> Response:
    return Response(status=204)


@post("/body")
def length_of_body(request: Request) -> str:
    return str(len(request.body))


@get("/large")
def large() -> bytes:
    """More than the sockets' buffers hold."""
    return bytes(32 << 20)


@get("/text")
def text() -> str:
    """What gains from being compressed."""
    return "All work and no play. " * 1000


@get("/pieces")
def pieces() -> Iterator[str]:
    yield "one"
    yield "two"
    yield "three"


@get("/broken")
def broken() -> Iterator[str]:
    yield "begun"
    raise RuntimeError("it breaks off")


@get("/endless")
def endless() -> Iterator[bytes]:
    while True:
        yield bytes(16 << 10)


@get("/leave")
def leave() -> str:
    os.chdir("/")
    return os.getcwd()


@get("/files/{name}")
def file(request: Request, name: str) -> Response:
    return Response.file(Path(os.environ["ACCESS_LOG_FOLDER"]) / name)


@get("/hold/{name}")
def hold(request: Request, name: str) -> str:
    """Says that it runs, and waits until it may go on."""
    folder = Path(os.environ["ACCESS_LOG_FOLDER"])
    (folder / f"{name}.runs").touch()
    while not (folder / f"{name}.goes").exists():
        time.sleep(0.005)
    return "held"


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    await socket.send("open")
