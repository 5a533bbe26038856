"""Counts its calls and writes the sum at shutdown, one line for each interpreter, to the file named CALLS_FILE."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator

from coachwhip import ConnectionClosed, Request, WebSocket, get, on_shutdown, websocket

lock = threading.Lock()
calls = 0


@get("/count")
def count(request: Request) -> str:
    global calls
    with lock:
        calls += 1
    return "counted"


@get("/count-async")
async def count_async(request: Request) -> str:
    global calls
    with lock:
        calls += 1
    await asyncio.sleep(0.005)
    return "counted"


@get("/slow/{milliseconds}")
def slow(request: Request, milliseconds: int) -> str:
    time.sleep(milliseconds / 1000)
    return "slept"


@get("/slow-async/{milliseconds}")
async def slow_async(request: Request, milliseconds: int) -> str:
    await asyncio.sleep(milliseconds / 1000)
    return "slept"


@on_shutdown
def tell() -> None:
    path = os.environ.get("CALLS_FILE")
    if path:
        with open(path, "a") as file:
            file.write(f"{calls}\n")


@get("/leaves-a-thread")
def leaves_a_thread(request: Request) -> str:
    threading.Thread(target=time.sleep, args=(30,), daemon=False).start()
    return "left"


@get("/stream/{count}")
def stream(request: Request, count: int) -> Iterator[bytes]:
    """So many pieces of 64 KiB; without end for 0."""
    number = 0
    while count == 0 or number < count:
        number += 1
        yield b"x" * 65536


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    """Writes how it was closed, after a while."""
    await socket.send("ready")
    try:
        await socket.receive()
    except ConnectionClosed as closed:
        await asyncio.sleep(0.3)
        with open(os.environ["CALLS_FILE"], "a") as file:
            file.write(f"{closed.code}\n")


@websocket("/stubborn-socket")
async def stubborn(socket: WebSocket) -> None:
    await socket.send("ready")
    await asyncio.sleep(30)
