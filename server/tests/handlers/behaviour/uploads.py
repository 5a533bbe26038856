"""Bodies that are received piece by piece."""

import zlib
from collections.abc import Iterator

from coachwhip import HTTPError, Request, Response, get, post, put, route

seen: dict[str, object] = {}


@get("/uploads/seen/{name}")
def tell_seen(request: Request, name: str) -> list:
    return [seen.get(name)]


@post("/uploads/checksum", stream=True)
def checksum(request: Request) -> list:
    sum, count, are_bytes = 1, 0, True
    for piece in request.stream():
        sum = zlib.adler32(piece, sum)
        count += 1
        are_bytes = are_bytes and type(piece) is bytes and piece != b""
    return [sum, count, are_bytes]


@put("/uploads/checksum", stream=True)
async def checksum_async(request: Request) -> list:
    sum, count, are_bytes = 1, 0, True
    async for piece in request.stream():
        sum = zlib.adler32(piece, sum)
        count += 1
        are_bytes = are_bytes and type(piece) is bytes and piece != b""
    return [sum, count, are_bytes]


@route("/uploads/started/{name}", methods=["POST"], stream=True)
async def started(request: Request, name: str) -> str:
    pieces = []
    async for piece in request.stream():
        pieces.append(piece.decode())
        seen[name] = "".join(pieces)
    return "".join(pieces)


@post("/uploads/echo", stream=True)
def echo(request: Request) -> Iterator[bytes]:
    yield from request.stream()


@put("/uploads/echo", stream=True)
async def echo_async(request: Request) -> Response:
    return Response(request.stream(), content_type="text/x-test")


@post("/uploads/whole/{what}", stream=True)
def whole(request: Request, what: str) -> object:
    value = getattr(request, what)
    return repr(value() if callable(value) else value)


@post("/uploads/twice", stream=True)
def twice(request: Request) -> str:
    request.stream()
    request.stream()
    return "given out twice"


@post("/uploads/ordinary")
def ordinary(request: Request) -> list:
    return [[piece.decode() for piece in request.stream()] for _ in range(2)] + [request.text()]


@put("/uploads/ordinary")
async def ordinary_async(request: Request) -> list:
    return [piece.decode() async for piece in request.stream()]


@post("/uploads/unread", stream=True)
def unread(request: Request) -> str:
    return "did not look"


@post("/uploads/first", stream=True)
def first(request: Request) -> str:
    return str(len(next(request.stream())) > 0)


@post("/uploads/small", stream=True, max_body_bytes=1000)
def small(request: Request) -> int:
    return sum(len(piece) for piece in request.stream())


@put("/uploads/large", stream=True, max_body_bytes=10 << 20)
async def large(request: Request) -> int:
    return sum([len(piece) async for piece in request.stream()])


@post("/uploads/broken/{name}", stream=True)
async def broken(request: Request, name: str) -> str:
    try:
        async for piece in request.stream():
            seen[name] = piece.decode()
    except HTTPError as error:
        seen[name] = [error.status, error.detail]
    return "over"


@put("/uploads/broken/{name}", stream=True)
def broken_sync(request: Request, name: str) -> str:
    try:
        for _ in request.stream():
            pass
    except HTTPError as error:
        seen[name] = [error.status, error.detail]
    return "over"


@post("/uploads/denied", stream=True, max_body_bytes=1 << 30)
def denied(request: Request) -> str:
    raise HTTPError(401, "who are you?")


@put("/uploads/denied", stream=True, max_body_bytes=1 << 30)
async def denied_async(request: Request) -> str:
    raise HTTPError(401, "who are you?")
