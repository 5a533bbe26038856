"""Handlers that refuse what they are sent, for the tests with real clients and `loadtests/refused_uploads.py`.

The server is started with `--max-body-bytes 1000`.
"""

from coachwhip import HTTPError, Request, get, post


@get("/hello")
def hello(request: Request) -> str:
    """Has no other method: 405."""
    return "hello"


@post("/denied", stream=True, max_body_bytes=64 << 20)
def denied(request: Request) -> str:
    """Says so without a look at the body."""
    raise HTTPError(401, "who are you?")


@post("/denied-async", stream=True, max_body_bytes=64 << 20)
async def denied_async(request: Request) -> str:
    raise HTTPError(401, "who are you?")


@post("/small")
def small(request: Request) -> int:
    """Takes less than any of the bodies has: 413."""
    return len(request.body)


@post("/small-stream", stream=True, max_body_bytes=1000)
def small_stream(request: Request) -> int:
    return sum(len(piece) for piece in request.stream())
