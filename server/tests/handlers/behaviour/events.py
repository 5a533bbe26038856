"""Server-sent events."""

import asyncio
from collections.abc import AsyncIterator

from coachwhip import Request, Response, event, get, post

subscribers: dict[str, asyncio.Queue] = {}
left: list[str] = []


@post("/events/format")
def format_event(request: Request) -> str:
    arguments = request.json()
    try:
        return event(*arguments["positional"], **arguments["named"])
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


@get("/events/subscribe/{name}")
async def subscribe(request: Request, name: str) -> Response:
    queue = subscribers[name] = asyncio.Queue()

    async def events() -> AsyncIterator[str]:
        try:
            while True:
                text = await queue.get()
                if text == "end":
                    return
                yield event(text, id=name)
        finally:
            left.append(name)

    return Response.events(events(), headers={"X-Name": name})


@post("/events/publish/{name}")
async def publish(request: Request, name: str) -> None:
    await subscribers[name].put(request.text())


@get("/events/left")
def tell_left() -> list:
    return left


@get("/events/sync")
def sync_events() -> Response:
    return Response.events(event(str(number)) for number in range(3))


@get("/events/wrong")
def wrong() -> Response:
    return Response.events(["data: a list\n\n"])
