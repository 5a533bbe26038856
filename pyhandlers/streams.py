"""Streams: bodies that stand nowhere whole, and server-sent events."""

from collections.abc import AsyncIterator, Iterator

from coachwhip import Request, Response, event, get, post


@get("/streams/squares/{count}")
def squares(request: Request, count: int) -> Response:
    """Each line is made when the client has room for it; one that leaves closes the generator."""

    def lines() -> Iterator[str]:
        for number in range(count):
            yield f"{number},{number**2}\n"

    return Response(lines(), content_type="text/csv")


@post("/streams/length", stream=True)
def length(request: Request) -> int:
    """Is called when the head has come, and reads the body as it comes."""
    return sum(len(piece) for piece in request.stream())


@get("/streams/ticks/{count}")
async def ticks(request: Request, count: int) -> Response:
    """Server-sent events: a browser that comes again says which one it has seen last."""
    import asyncio

    seen = int(request.headers.get("last-event-id", "0"))

    async def events() -> AsyncIterator[str]:
        for number in range(seen + 1, count + 1):
            yield event(f"tick {number}", id=str(number))
            await asyncio.sleep(0)

    return Response.events(events())
