"""What real clients ask for. The same module serves them directly and behind nginx."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

from coachwhip import HTTPError, Request, Response, Upload, WebSocket, get, post, websocket

FOLDER = Path(__file__).parent.parent / "clients"

released = False
reports: list[str] = []


@get("/hello")
def hello(request: Request) -> str:
    return "hello"


@get("/page")
def page(request: Request) -> Response:
    """What a browser opens."""
    return Response((FOLDER / "page.html").read_bytes(), content_type="text/html; charset=utf-8")


@get("/checks.js")
def checks(request: Request) -> Response:
    return Response((FOLDER / "fetch_checks.js").read_bytes(), content_type="text/javascript")


@post("/json")
def json(request: Request) -> object:
    return request.json()


@post("/form")
def form(request: Request) -> dict:
    """Each field; of a file its name, length and type."""
    sent = request.form()
    shown = {}
    for name in sent:
        value = sent[name]
        is_file = isinstance(value, Upload)
        shown[name] = [value.filename, len(value.data), value.content_type] if is_file else value
    return shown


@post("/upload", stream=True)
def upload(request: Request) -> list:
    """Length and checksum."""
    length = checksum = 0
    for piece in request.stream():
        length += len(piece)
        checksum = zlib.crc32(piece, checksum)
    return [length, checksum]


@get("/stream")
async def stream(request: Request) -> AsyncIterator[bytes]:
    """The second piece comes when the client has asked for `/release`, which it does when it has the first."""
    global released
    released = False
    yield b"first\n"
    while not released:
        await asyncio.sleep(0.005)
    yield b"second\n"


@post("/release")
def release(request: Request) -> str:
    global released
    released = True
    return "released"


@get("/client")
def client(request: Request) -> list:
    """The same for each request of a connection, and of no other. Empty behind a unix socket."""
    return list(request.client or ())


@get("/status/{status}")
def status(request: Request, status: int) -> Response:
    if status >= 400:
        raise HTTPError(status, f"as wished: {status}")
    return Response(b"", status=status)


@get("/fails")
def fails(request: Request) -> str:
    raise RuntimeError("nobody is told")


@websocket("/socket")
async def socket(socket: WebSocket) -> None:
    async for message in socket:
        await socket.send(message)


@post("/report")
def report(request: Request) -> str:
    """What the browser has found out."""
    reports.append(request.text())
    return "noted"


@get("/reports")
def told(request: Request) -> list:
    return reports
