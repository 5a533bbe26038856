"""Functions around the handlers: each leaves its mark in `X-Marks`, or takes over.

`MIDDLEWARE_KIND` says of what kind they are: plain functions, `async def`, or plain functions that return coroutines.
"""

import asyncio
import contextvars
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

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

KIND = os.environ["MIDDLEWARE_KIND"]


def of_kind(function: Callable[..., Any]) -> Callable[..., Any]:
    async def waits(request: Request, *rest: Any) -> Any:
        await asyncio.sleep(0.001)  # needs a running loop, which sleep(0) does not
        return function(request, *rest)

    def returns_coroutine(*values: Any) -> Any:
        return waits(*values)

    return {"sync": function, "async": waits, "coroutine": returns_coroutine}[KIND]


marks: contextvars.ContextVar[list[str]] = contextvars.ContextVar("marks")


class Lost(Exception):
    """An exception with a function of its own."""


class LostForGood(Lost):
    """A more special one."""


class Unheard(Exception):
    """An exception that no function takes but the one for 500."""


class Teapot(HTTPError):
    """An answer with a status and a type of its own."""


@before_request
@of_kind
def first(request: Request) -> Any:
    marks.set(["first"])
    match request.query.get("before"):
        case "text":
            return "from before"
        case "tuple":
            return {"from": "before"}, 202, {"X-Own": "yes"}
        case "file":
            return Response.file(__file__)
        case "stream":
            return iter(["one ", "two"])
        case "lost":
            raise Lost("before")
        case "http":
            raise HTTPError(401, "who are you?", {"WWW-Authenticate": "Basic"})
    return None


@before_request
@of_kind
def second(request: Request) -> None:
    marks.get().append("second")


@after_request
@of_kind
def outer(request: Request, response: Response) -> Any:
    response.headers["X-Marks"] = " ".join([*marks.get([]), "outer"])
    response.headers["X-Seen"] = str(response.status)
    if request.query.get("after") == "other":
        return {"instead": True}, 203, {"X-Marks": response.headers["X-Marks"]}
    return None


@after_request
@of_kind
def inner(request: Request, response: Response) -> None:
    if "first" in marks.get([]):
        marks.get().append("inner")
    match request.query.get("after"):
        case "lost":
            raise Lost("after")
        case "unheard":
            raise Unheard("after")


@error_handler(404)
@of_kind
def not_found(request: Request, error: HTTPError) -> Any:
    if request.query.get("error") == "raises":
        raise ValueError("the handler of the error fails")
    return {"missing": request.path, "detail": error.detail}


@error_handler(405)
@of_kind
def not_allowed(request: Request, error: HTTPError) -> Any:
    return "try " + error.headers["Allow"]


@error_handler(500)
@of_kind
def failed(request: Request, error: Exception) -> Any:
    if request.query.get("error") == "raises":
        raise ValueError("the handler of the failure fails")
    return "sorry: " + type(error).__name__, 500, {"X-Failed": "yes"}


@error_handler(Lost)
@of_kind
def lost(request: Request, error: Lost) -> Any:
    if request.query.get("error") == "http":
        raise HTTPError(410, "gone")
    return "lost " + str(error), 409


@error_handler(LostForGood)
@of_kind
def lost_for_good(request: Request, error: LostForGood) -> str:
    return "lost for good"


@error_handler(Teapot)
@of_kind
def teapot(request: Request, error: Teapot) -> str:
    return "short and stout"


LATER = Response("later")


@error_handler(429)
@error_handler(423)
@of_kind
def later(request: Request, error: HTTPError) -> Response:
    return LATER


@error_handler(402)
@of_kind
def pay(request: Request, error: HTTPError) -> Any:
    match request.query.get("how"):
        case "given":
            return Response("free today", 200)
        case "set":
            response = Response("elsewhere")
            response.status = 203
            return response
        case "tuple":
            return "a coffee", 418
        case "redirect":
            return Response.redirect("/till")
        case "json":
            return Response.json({"price": 1})
        case "file":
            return Response.file(__file__)
        case "stream":
            return iter(["pay ", "me"])
        case "own":
            headers = [("Retry-After", "7"), ("Set-Cookie", "own=1"), ("X-Own", "yes")]
            return Response("pay", headers=headers, content_type="text/x-own")
    return Response("pay")


def act(kind: str) -> Any:
    marks.get().append("handler")
    match kind:
        case "busy":
            raise HTTPError(429, "busy", {"Retry-After": "5"})
        case "locked":
            raise HTTPError(423, "locked", {"X-Owner": "me"})
        case "unpaid":
            headers = [
                ("WWW-Authenticate", "Basic"),
                ("WWW-Authenticate", "Bearer"),
                ("Retry-After", "5"),
                ("Set-Cookie", "error=1"),
                ("Content-Type", "text/x-error"),
                ("ETag", '"error"'),
            ]
            raise HTTPError(402, "unpaid", headers)
        case "lost":
            raise Lost("handler")
        case "lost-for-good":
            raise LostForGood("handler")
        case "unheard":
            raise Unheard("handler")
        case "key":
            raise KeyError("handler")
        case "stop-iteration":
            raise StopIteration
        case "http-404":
            raise HTTPError(404, "no such thing")
        case "http-403":
            raise HTTPError(403, "not yours")
        case "http-405":
            raise HTTPError(405, headers={"Allow": "BREW"})
        case "teapot":
            raise Teapot(418)
        case "nonsense":
            return object()
        case "none":
            return None
    return {"kind": kind}


@get("/sync/{kind}")
def sync(request: Request, kind: str) -> Any:
    return act(kind)


@get("/async/{kind}")
async def in_async(request: Request, kind: str) -> Any:
    await asyncio.sleep(0.001)  # needs a running loop, which sleep(0) does not
    return act(kind)


@get("/number/{number}")
def number(request: Request, number: int) -> int:
    return number


@post("/no-argument")
def no_argument() -> str:
    return "no argument"


@get("/file")
def file() -> tuple:
    return Response.file(__file__), 200, {"X-Own": "yes"}


SHARED = Response("shared")


@get("/shared")
def shared() -> Response:
    return SHARED


@get("/streamed")
def streamed() -> Iterator[str]:
    yield "one "
    yield "two"


@get("/streamed-async")
async def streamed_async() -> AsyncIterator[bytes]:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        await asyncio.sleep(0.001)
        yield b"two"

    return pieces()


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    marks.get().append("handler")
    await socket.send(" ".join(marks.get(["unmarked"])))
    match socket.request.query.get("then"):
        case "lost":
            raise Lost("socket")
        case "waits":
            async for message in socket:
                await socket.send(message)


@websocket("/rooms/{number}", accept=False)
async def room(socket: WebSocket, number: int) -> None:
    marks.get().append("handler")
    match number:
        case 401:
            raise HTTPError(401, "who are you?", {"WWW-Authenticate": "Basic"})
        case 403:
            raise HTTPError(403, "not yours")
        case 404:
            raise HTTPError(404, "no such thing")
        case 409:
            raise Lost("room")
        case 500:
            raise Unheard("room")
        case 501:
            return
    await socket.accept(headers={"X-Room": str(number)})
    await socket.send(" ".join(marks.get()))
