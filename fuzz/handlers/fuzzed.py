"""Handlers that show what came of a request, for the target `connection`."""

from collections.abc import Iterator

from coachwhip import Request, route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "REPORT"]


def shown(request: Request, body: bytes) -> bytes:
    head = [request.method.encode(), request.path.encode(), request.raw_query, request.http_version.encode()]
    fields = [name + b": " + value for name, value in request.headers.raw]
    return b"\n".join([*head, *fields, b"", body])


@route("/", METHODS)
@route("/{*rest}", METHODS)
def whole(request: Request, rest: str = "") -> bytes:
    return shown(request, request.body)


@route("/async", METHODS)
async def later(request: Request) -> bytes:
    return shown(request, request.body)


@route("/stream", METHODS, stream=True)
def streamed(request: Request) -> Iterator[bytes]:
    whole = shown(request, b"".join(request.stream()))
    return (whole[begin : begin + 16] for begin in range(0, len(whole), 16))


@route("/unread", METHODS, stream=True)
def unread(request: Request) -> bytes:
    return shown(request, b"")
