"""Handlers that show how much of a request came."""

from coachwhip import Request, get, post


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
