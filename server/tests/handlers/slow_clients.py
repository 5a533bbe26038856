"""Handlers for clients that send or take in slowly."""

from coachwhip import Request, get, post


@get("/")
def here() -> str:
    return "here"


@get("/large")
def large() -> bytes:
    """More than the sockets' buffers hold."""
    return bytes(32 << 20)


@get("/small")
def small() -> bytes:
    return bytes(32 << 10)


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
