"""Ordinary handlers, and one that counts what lives in its interpreter."""

import gc
import sys
import weakref
from collections.abc import Iterator

from coachwhip import HTTPError, Request, Response, Upload, WebSocket, get, post, put, websocket


@get("/")
def root(request: Request) -> str:
    return "Hello, World!"


@get("/users/{id}")
def user(request: Request, id: int) -> dict:
    return {"id": id, "agent": request.headers.get("user-agent"), "query": request.query.get("q")}


@post("/echo")
async def echo(request: Request) -> Response:
    response = Response(bytes(request.body_view), content_type=request.headers.get("content-type"))
    response.headers["X-Path"] = request.path
    return response


@post("/json")
def json(request: Request) -> list:
    return [request.json(), request.text(), request.client, request.params]


@post("/form")
def form(request: Request) -> list:
    """Each value as text, and a cookie."""
    sent = request.form()
    values = [sent.get_all(name) for name in sent]
    shown = [bytes(value.data).decode() if isinstance(value, Upload) else value for one in values for value in one]
    return [*shown, request.cookies.get("session"), sent.get("nothing")]


@post("/form/broken")
def broken_form(request: Request) -> str:
    try:
        request.form()
    except HTTPError as error:
        return error.detail
    return "whole"


@get("/missing")
def missing(request: Request) -> str:
    raise HTTPError(404, "not here")


class Witness:
    """Lives as long as the request that holds it."""

    alive: set["Witness"] = weakref.WeakSet()  # type: ignore[assignment]

    def __init__(self) -> None:
        self.alive.add(self)


@get("/cycle/{id}")
def cycle(request: Request, id: int) -> str:
    """Leaves a cycle through one of the parts of a request that a handler can change, or through both."""
    for held in [(request.params,), (request.cookies,), (request.params, request.cookies)][id % 3]:
        changed: dict = held
        changed["request"] = request
        changed["witness"] = Witness()
    return "cycle"


@get("/alive-requests")
def alive_requests() -> str:
    gc.collect()
    return str(len(Witness.alive))


@get("/alive")
def alive(request: Request) -> dict:
    gc.collect()
    return {"objects": len(gc.get_objects()), "blocks": sys.getallocatedblocks()}


@get("/stream/down/{mebibytes}")
def stream_down(request: Request, mebibytes: int) -> Iterator[bytes]:
    for _ in range(mebibytes):
        yield b"x" * (1 << 20)


@post("/stream/up", stream=True)
def stream_up(request: Request) -> int:
    return sum(len(piece) for piece in request.stream())


@put("/stream/up", stream=True)
async def stream_up_async(request: Request) -> int:
    return sum([len(piece) async for piece in request.stream()])


@post("/stream/echo", stream=True)
async def stream_echo(request: Request) -> object:
    return request.stream()


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    async for message in socket:
        if message == "end":
            return
        await socket.send(message)
