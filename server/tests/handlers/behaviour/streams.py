"""Answers that are streamed. What the generators do is noted by the name that their request gives."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from coachwhip import HTTPError, Request, Response, get

made: Counter[str] = Counter()
closed: list[str] = []

PIECES = ["first ", "secönd ", "", "third"]


@get("/streams/made/{name}")
def tell_made(request: Request, name: str) -> int:
    return made[name]


@get("/streams/closed")
def tell_closed() -> list:
    return closed


def texts() -> Iterator[str]:
    yield from PIECES


def octets() -> Iterator[bytes]:
    for piece in PIECES:
        yield piece.encode()


async def later_texts() -> AsyncIterator[str]:
    for piece in PIECES:
        await asyncio.sleep(0)
        yield piece


class Countdown:
    """An iterator that is no generator."""

    def __init__(self, start: int) -> None:
        self.left = start

    def __iter__(self) -> "Countdown":
        return self

    def __next__(self) -> str:
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        return str(self.left)


class LaterCountdown:
    """An asynchronous iterator that is no generator, and has nothing to close."""

    def __init__(self, start: int) -> None:
        self.left = start

    def __aiter__(self) -> "LaterCountdown":
        return self

    async def __anext__(self) -> bytes:
        if self.left == 0:
            raise StopAsyncIteration
        self.left -= 1
        return str(self.left).encode()


SOURCES = {
    "texts": texts,
    "octets": octets,
    "later-texts": later_texts,
    "countdown": lambda: Countdown(3),
    "later-countdown": lambda: LaterCountdown(3),
    "nothing": lambda: iter(()),
    "map": lambda: map(str, range(3)),
    "views": lambda: iter([bytearray(b"array "), memoryview(b"view")]),
}


@get("/streams/plain/{name}")
def plain(request: Request, name: str) -> object:
    return SOURCES[name]()


@get("/streams/async/{name}")
async def from_async(request: Request, name: str) -> object:
    await asyncio.sleep(0)
    return SOURCES[name]()


@get("/streams/tuple/{name}")
def in_tuple(request: Request, name: str) -> tuple:
    return SOURCES[name](), 201, {"X-Name": name}


@get("/streams/response/{name}")
def in_response(request: Request, name: str) -> Response:
    response = Response(SOURCES[name](), 202, content_type="text/x-test")
    response.headers["X-Name"] = name
    return response


kept = Response(iter(["once"]))


@get("/streams/kept")
def keep() -> Response:
    return kept


@get("/streams/body-of-response")
def body_of_response() -> str:
    try:
        return repr(Response(texts()).body)
    except RuntimeError as error:
        return f"RuntimeError: {error}"


@get("/streams/fails-at-once")
def fails_at_once() -> Iterator[str]:
    raise ValueError("before its first piece")
    yield "never"


@get("/streams/refuses-at-once")
def refuses_at_once() -> Iterator[str]:
    raise HTTPError(404, "nothing to stream")
    yield "never"


@get("/streams/fails-at-once-async")
async def fails_at_once_async() -> AsyncIterator[str]:
    async def pieces() -> AsyncIterator[str]:
        raise ValueError("before its first piece")
        yield "never"

    return pieces()


@get("/streams/fails-later")
def fails_later() -> Iterator[str]:
    yield "a piece"
    raise ValueError("in the middle")


@get("/streams/fails-later-async")
async def fails_later_async() -> AsyncIterator[str]:
    async def pieces() -> AsyncIterator[str]:
        yield "a piece"
        await asyncio.sleep(0)
        raise ValueError("in the middle")

    return pieces()


@get("/streams/wrong-piece")
def wrong_piece() -> Iterator[object]:
    yield "a piece"
    yield ["in the middle"]


@get("/streams/endless/{name}")
def endless(request: Request, name: str) -> Iterator[bytes]:
    try:
        while True:
            made[name] += 1
            yield b"x" * 65536
    finally:
        closed.append(name)


@get("/streams/endless-async/{name}")
async def endless_async(request: Request, name: str) -> AsyncIterator[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                made[name] += 1
                yield b"x" * 65536
        finally:
            await asyncio.sleep(0)
            closed.append(name)

    return pieces()


@get("/streams/trickle")
def trickle() -> Iterator[str]:
    """Takes time for little: it is minutes before the client would have to be waited for."""
    while True:
        time.sleep(0.005)
        yield "x"


@get("/streams/trickle-async")
async def trickle_async() -> AsyncIterator[str]:
    async def pieces() -> AsyncIterator[str]:
        for piece in trickle():
            yield piece

    return pieces()


@get("/streams/waiting/{name}")
async def waiting(request: Request, name: str) -> AsyncIterator[str]:
    """Waits for something that never comes, after one piece."""

    async def pieces() -> AsyncIterator[str]:
        try:
            yield "a piece"
            await asyncio.Event().wait()
        finally:
            closed.append(name)

    return pieces()


class Closable(Countdown):
    """Notes each call of `close`."""

    def __init__(self, start: int, name: str) -> None:
        super().__init__(start)
        self.name = name

    def close(self) -> None:
        closed.append(self.name)


@get("/streams/closable/{name}")
def closable(request: Request, name: str) -> tuple:
    return Closable(3, name), int(request.query.get("status", "200"))


@get("/streams/mebibytes/{count}")
def mebibytes(request: Request, count: int) -> Iterator[bytes]:
    piece = bytes(1 << 20)
    for _ in range(count):
        yield piece



LOOKALIKE = (
    "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n"
    "date: Sun, 22 Nov 2026 01:07:27 GMT\r\n\r\n"
)


@get("/streams/announced/{length}")
def announced(request: Request, length: int) -> Response:
    """Makes 20 bytes in four pieces, whatever is announced."""

    def pieces() -> Iterator[bytes]:
        for number in range(4):
            time.sleep(0.01)
            yield b"%05d" % number

    return Response(pieces(), headers={"Content-Length": str(length)})


@get("/streams/lookalike")
async def lookalike(request: Request) -> Response:
    """Ends with what could be an answer of its own."""

    async def pieces() -> AsyncIterator[str]:
        yield "before"
        await asyncio.sleep(0.05)
        yield LOOKALIKE

    return Response(pieces(), headers={"Content-Length": str(6 + len(LOOKALIKE))})
