"""One handler for each kind of request and answer; `flat_memory.py` sends 100,000 of each."""

import gc
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from coachwhip import (
    HTTPError,
    Request,
    Response,
    WebSocket,
    after_request,
    before_request,
    error_handler,
    get,
    post,
    websocket,
)

HERE = Path(__file__).resolve()


class Refused(Exception):
    """What the error handler answers."""


@before_request
def note(request: Request) -> None:
    if request.headers.get("x-refuse"):
        raise Refused(request.path)


@after_request
def mark(request: Request, response: Response) -> None:
    response.headers["X-Seen"] = request.method


@error_handler(Refused)
def refuse(request: Request, error: Refused) -> tuple[str, int]:
    return f"refused {error}", 403


@get("/text/{id}")
def text(request: Request, id: int) -> str:
    return f"{id} {request.query['q']}"


@post("/json")
def json(request: Request) -> object:
    return request.json()


@post("/form")
def form(request: Request) -> str:
    return ",".join(request.form())


@post("/upload")
def upload(request: Request) -> str:
    file = request.form()["file"]
    return f"{file.filename} {len(file.data)}"


@get("/cookies")
def cookies(request: Request) -> Response:
    response = Response(request.cookies["a"])
    response.set_cookie("b", "2", httponly=True)
    return response


@get("/missing")
async def missing(request: Request) -> str:
    raise HTTPError(404, "not here")


@get("/stream")
def stream(request: Request) -> Iterator[str]:
    return (f"{number}\n" for number in range(5))


@get("/stream-async")
async def stream_async(request: Request) -> AsyncIterator[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            yield b"%d\n" % number

    return pieces()


@post("/pieces", stream=True)
async def pieces(request: Request) -> str:
    return str(sum([len(piece) async for piece in request.stream()]))


@get("/file")
def file(request: Request) -> Response:
    return Response.file(HERE)


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    async for message in socket:
        await socket.send(message)


@get("/alive")
def alive() -> dict[str, int]:
    gc.collect()
    return {"objects": len(gc.get_objects()), "blocks": sys.getallocatedblocks()}
