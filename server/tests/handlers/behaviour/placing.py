"""What lasts: WebSockets and streams that tell which worker has them, and stay."""

import asyncio
from collections.abc import AsyncIterator

from coachwhip import Request, Response, WebSocket, event, get, websocket, worker_id


@websocket("/placing/socket")
async def socket(socket: WebSocket) -> None:
    await socket.send(str(worker_id()))
    async for _ in socket:
        pass


async def whereabouts() -> AsyncIterator[str]:
    yield event(str(worker_id()))
    await asyncio.Event().wait()


@get("/placing/events")
def events(request: Request) -> Response:
    return Response.events(whereabouts())


@get("/placing/generator")
async def generator(request: Request) -> AsyncIterator[str]:
    async for text in whereabouts():
        yield text


@get("/placing/unforeseen")
async def unforeseen(request: Request) -> AsyncIterator[str] | str:
    """Nothing in its code says that it streams."""
    return "passing" if "pass" in request.query else whereabouts()
