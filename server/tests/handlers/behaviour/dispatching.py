"""Routes whose run time changes from call to call, and answers that tell which request they belong to."""

import asyncio
import time

from coachwhip import Request, Response, get, post


@get("/nap/{milliseconds}")
def nap(request: Request, milliseconds: int) -> int:
    """Waits: Python is free meanwhile, the worker is not."""
    if milliseconds:
        time.sleep(milliseconds / 1000)
    return milliseconds


@get("/burn/{milliseconds}")
def burn(request: Request, milliseconds: int) -> int:
    """Computes: neither Python nor the worker is free meanwhile."""
    end = time.monotonic() + milliseconds / 1000
    while time.monotonic() < end:
        pass
    return milliseconds


@get("/marked/sync/{mark}")
def marked_sync(request: Request, mark: str) -> str:
    return f"sync {mark}"


@get("/marked/async/{mark}")
async def marked_async(request: Request, mark: str) -> str:
    await asyncio.sleep(0)
    return f"async {mark}"


@get("/marked/slow/{mark}")
def marked_slow(request: Request, mark: str) -> str:
    time.sleep(0.001)
    return f"slow {mark}"


@post("/marked/echo")
def marked_echo(request: Request) -> Response:
    return Response(request.body)
