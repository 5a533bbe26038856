"""Handlers whose clients vanish, and one that takes every descriptor. What happened to them is told by /ran."""

import gc
import os
import time
from collections.abc import AsyncIterator, Iterator

from coachwhip import Request, WebSocket, get, post, websocket

ran: list[str] = []
held: list[int] = []


@get("/")
def here(request: Request) -> str:
    return "here"


@get("/ran")
def tell_ran(request: Request) -> list:
    return ran


@get("/forget")
def forget(request: Request) -> str:
    ran.clear()
    return "forgotten"


@get("/alive")
def alive(request: Request) -> int:
    gc.collect()
    return len(gc.get_objects())


@get("/mark/{name}")
def mark(request: Request, name: str) -> str:
    ran.append(name)
    return name


@get("/hold")
def hold(request: Request) -> str:
    """Keeps its worker until the file named GATE is there, and takes it away; another file tells that it has begun."""
    ran.append("held")
    open(os.environ["GATE"] + ".held", "x").close()
    while not os.path.exists(os.environ["GATE"]):
        time.sleep(0.002)
    os.unlink(os.environ["GATE"])
    ran.append("released")
    return "released"


@post("/body")
def body(request: Request) -> int:
    return len(request.body)


@post("/pieces", stream=True)
def pieces(request: Request) -> int:
    return sum(len(piece) for piece in request.stream())


@post("/pieces-async", stream=True)
async def pieces_async(request: Request) -> int:
    return sum([len(piece) async for piece in request.stream()])


@get("/stream")
def stream(request: Request) -> Iterator[bytes]:
    try:
        while True:
            yield b"x" * 65536
    finally:
        ran.append("closed")


@get("/stream-async")
async def stream_async(request: Request) -> AsyncIterator[bytes]:
    try:
        while True:
            yield b"x" * 65536
    finally:
        ran.append("closed")


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    async for message in socket:
        await socket.send(message)


@get("/file")
def file(request: Request) -> str:
    """Needs a descriptor of its own."""
    with open(__file__) as source:
        return source.readline()


@get("/take-descriptors")
def take_descriptors(request: Request) -> int:
    """Leaves none to the process."""
    while True:
        try:
            held.append(os.dup(0))
        except OSError:
            return len(held)


@get("/take-descriptors-and-hold")
def take_descriptors_and_hold(request: Request) -> int:
    """Leaves none to the process until the file named GATE is there."""
    count = take_descriptors(request)
    while not os.path.exists(os.environ["GATE"]):
        time.sleep(0.002)
    return count


@get("/give-descriptors")
def give_descriptors(request: Request) -> int:
    for descriptor in held:
        os.close(descriptor)
    count = len(held)
    held.clear()
    return count


@get("/large")
def large(request: Request) -> bytes:
    return b"x" * (1 << 20)
