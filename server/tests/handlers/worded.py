"""A module that words every refusal: `@error_handler(HTTPError)`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coachwhip import (
    HTTPError,
    Request,
    Response,
    WebSocket,
    after_request,
    error_handler,
    get,
    post,
    websocket,
)


@get("/")
def here() -> str:
    return "here"


@post("/whole")
def whole(request: Request) -> str:
    return str(len(request.body))


@post("/pieces", stream=True)
def pieces(request: Request) -> Iterator[str]:
    yield str(sum(len(piece) for piece in request.stream()))


@get("/gone")
async def gone() -> Response:
    response = Response.file("gone.txt")
    response.headers["X-Handler"] = "of the file"
    return response


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    await socket.send("open")


@error_handler(HTTPError)
def refused(request: Request, error: HTTPError) -> Any:
    if request.query.get("page") == "file":
        return Response.file(Path(__file__))
    if request.query.get("page") == "gone":
        return Response.file("gone.html")
    if request.query.get("page") == "fails":
        raise ValueError("no words")
    return {"refused": error.status, "at": request.path, "asked": request.method}


@error_handler(405)
async def not_allowed(request: Request, error: HTTPError) -> dict:
    return {"allowed": error.headers["Allow"]}


@after_request
def mark(request: Request, response: Response) -> None:
    response.headers["X-Seen"] = str(response.status)
