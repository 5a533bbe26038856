"""Handlers that show how much of a request came."""

import asyncio
from collections.abc import AsyncIterator

from coachwhip import Request, Response, get, post


@get("/")
@get("/{*rest}")
def shown(request: Request, rest: str = "") -> list:
    return [len(request.path), len(request.headers)]


@get("/large")
def large() -> bytes:
    return bytes(1 << 20)


@post("/whole")
def whole(request: Request) -> int:
    return len(request.body)


@post("/streamed", stream=True)
async def streamed(request: Request) -> int:
    length = 0
    async for piece in request.stream():
        length += len(piece)
    return length


@post("/unread", stream=True)
def unread(request: Request) -> str:
    return "did not look"


# What hyper answers by itself to a head that it can't read.
LIKE_A_REFUSAL = (
    "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n"
    "date: Sun, 22 Nov 2026 01:07:27 GMT\r\n\r\n"
)


@get("/like-a-refusal")
async def like_a_refusal() -> Response:
    async def pieces() -> AsyncIterator[str]:
        for piece in ("first", LIKE_A_REFUSAL, "last"):
            yield piece
            # Each is written by itself.
            await asyncio.sleep(0.1)

    return Response(pieces())
