"""Handlers for clients that speak HTTP/2."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from coachwhip import HTTPError, Request, Response, WebSocket, get, post, route, websocket

ran: list[str] = []
made: Counter[str] = Counter()
closed: list[str] = []


@route("/shown", methods=["GET", "POST"])
@route("/shown/{*rest}", methods=["GET", "POST"])
def shown(request: Request, rest: str = "") -> dict:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query.get("q"),
        "body": request.body.decode(),
        "version": request.http_version,
        "scheme": request.scheme,
        "host": request.host,
        "fields": [list(field) for field in request.headers.items()],
        "cookies": dict(request.cookies),
    }


@get("/connection-fields")
def connection_fields() -> Response:
    """As an application may answer that was written for another server."""
    response = Response("here")
    for name in ("Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Proxy-Connection"):
        response.headers[name] = "close"
    response.headers["X-Own"] = "kept"
    return response


@get("/status/{status}")
def status(request: Request, status: int) -> tuple:
    return "", status


@get("/bytes/{count}")
def many_bytes(request: Request, count: int) -> bytes:
    return bytes(count)


@get("/counted/{count}/{name}")
def counted_bytes(request: Request, count: int, name: str) -> bytes:
    made[name] += 1
    return bytes(count)


@get("/counted-async/{count}/{name}")
async def counted_bytes_async(request: Request, count: int, name: str) -> bytes:
    made[name] += 1
    return bytes(count)


@get("/sleep/{milliseconds}/{mark}")
def sleep(request: Request, milliseconds: int, mark: str) -> str:
    ran.append(mark)
    time.sleep(milliseconds / 1000)
    return mark


@get("/sleep-async/{milliseconds}/{mark}")
async def sleep_async(request: Request, milliseconds: int, mark: str) -> str:
    await asyncio.sleep(milliseconds / 1000)
    return mark


@get("/told")
async def told() -> dict:
    return {"ran": ran, "made": made, "closed": closed}


@get("/endless/{name}")
def endless(request: Request, name: str) -> Iterator[bytes]:
    try:
        while True:
            made[name] += 1
            yield b"x" * 10_000
    finally:
        closed.append(name)


@get("/waiting/{name}")
async def waiting(request: Request, name: str) -> AsyncIterator[str]:
    """Waits for something that never comes, after one piece."""

    async def pieces() -> AsyncIterator[str]:
        try:
            yield "a piece"
            await asyncio.Event().wait()
        finally:
            closed.append(name)

    return pieces()


@get("/breaks-off")
def breaks_off() -> Iterator[str]:
    yield "a piece"
    raise ValueError("in the middle")


@post("/echo", stream=True)
async def echo(request: Request) -> Response:
    return Response(request.stream(), content_type="text/plain")


@post("/unread", stream=True)
def unread(request: Request) -> str:
    return "did not look"


@post("/held/{name}", stream=True)
async def held(request: Request, name: str) -> str:
    """Takes in one piece, and no more until it is told to."""
    async for _ in request.stream():
        made[name] += 1
        while name not in closed:
            await asyncio.sleep(0.01)
    return "all"


@get("/let-go/{name}")
async def let_go(request: Request, name: str) -> str:
    closed.append(name)
    return "let go"


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    await socket.send("ready")


@post("/denied", stream=True)
async def denied(request: Request) -> str:
    raise HTTPError(401, "who are you?")
