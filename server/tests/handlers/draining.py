"""What has no end of its own, and learns of the server's; each notes how it ended in the file that NOTES names."""

import asyncio
import atexit
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator

from coachwhip import Request, Response, WebSocket, draining, event, get, on_shutdown, on_startup, websocket


def note(what: str) -> None:
    with open(os.environ["NOTES"], "a") as file:
        file.write(f"{what}\n")


@on_startup
def register() -> None:
    atexit.register(note, "atexit")


@on_shutdown
def end() -> None:
    note("on_shutdown")


@get("/draining")
def is_draining() -> bool:
    return draining.is_set()


async def forever(name: str, piece: str) -> AsyncIterator[str]:
    try:
        yield piece
        await asyncio.sleep(600)
    finally:
        note(name)


@get("/waits")
async def waits() -> AsyncIterator[str]:
    return forever("waits", "a piece")


@get("/events/wait")
async def events_wait() -> Response:
    return Response.events(forever("events wait", event("first")))


@get("/events/tick")
async def ticking_events() -> Response:
    async def tick() -> AsyncIterator[str]:
        try:
            while True:
                yield event("tick")
                await asyncio.sleep(0.02)
        finally:
            note("events tick")

    return Response.events(tick())


@get("/events/say-goodbye")
async def events_say_goodbye() -> Response:
    async def events() -> AsyncIterator[str]:
        yield event("first")
        while not await draining.wait(0.01):
            pass
        yield event("goodbye")

    return Response.events(events())


@get("/events/awaited")
async def events_awaited() -> Response:
    async def events() -> AsyncIterator[str]:
        yield event("first")
        async with asyncio.timeout(60):
            await draining
        yield event("goodbye")

    return Response.events(events())


@get("/pieces/{count}")
def pieces(request: Request, count: int) -> Iterator[bytes]:
    """So many pieces of 64 KiB; without end for 0."""
    try:
        number = 0
        while count == 0 or number < count:
            number += 1
            yield b"x" * 65536
    finally:
        note("pieces")


@get("/slow/{milliseconds}")
def slow(request: Request, milliseconds: int) -> list[bool]:
    """Whether the end had begun before and after it."""
    before = draining.is_set()
    time.sleep(milliseconds / 1000)
    return [before, draining.is_set()]


@get("/slow-async/{milliseconds}")
async def slow_async(request: Request, milliseconds: int) -> list[bool]:
    before = draining.is_set()
    await asyncio.sleep(milliseconds / 1000)
    return [before, draining.is_set(), await draining.wait()]


@get("/thread")
def thread() -> str:
    """Waits in the loop of a thread of its own."""

    async def wait() -> None:
        note(f"thread {await draining.wait(0.01)}")
        await draining.wait()
        note("thread")

    threading.Thread(target=lambda: asyncio.run(wait())).start()
    return "started"


@websocket("/socket/waits")
async def socket_waits(socket: WebSocket) -> None:
    await socket.send("ready")
    try:
        await asyncio.sleep(600)
    finally:
        note("socket waits")


@websocket("/socket/says-goodbye")
async def socket_says_goodbye(socket: WebSocket) -> None:
    await socket.send("ready")
    await draining.wait()
    await socket.send("goodbye")
    await socket.close(4000)


@websocket("/socket/handshake", accept=False)
async def socket_in_handshake(socket: WebSocket) -> None:
    try:
        await asyncio.sleep(600)
    finally:
        note("socket handshake")


@websocket("/socket/stubborn")
async def socket_stubborn(socket: WebSocket) -> None:
    """Takes no order to end."""
    await socket.send("ready")
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass


@websocket("/socket/tidies-up")
async def socket_tidies_up(socket: WebSocket) -> None:
    """Learns that its client has left, and needs a while for what follows."""
    await socket.send("ready")
    async for _ in socket:
        pass
    await asyncio.sleep(1.2)
    note("socket tidied up")
