"""The demo: what `coachwhip` serves when it is told nothing else, and an example of each kind of handler.

A handler is a function with a route. It takes the request and the path parameters by name, and what it returns
becomes the response: text for `str`, JSON for `dict`, no body for `None`, and so on.

The same module runs unchanged under every strategy. Under `subinterp` each worker imports it for itself, so a
global variable of this file would be one variable for each worker.
"""

import coachwhip
from coachwhip import Request, Response, get, post


@get("/")
def hello(request: Request) -> str:
    """Text: `curl http://127.0.0.1:8000/`."""
    return "Hello, World!"


@get("/users/{id}")
def user(request: Request, id: int) -> dict[str, object]:
    """JSON. The annotation converts the path parameter; a value that is no number is answered with 404."""
    return {"id": id, "name": f"user {id}"}


@post("/echo")
async def echo(request: Request) -> Response:
    """The request's body and content type, sent back: `curl -d hello http://127.0.0.1:8000/echo`."""
    return Response(request.body, content_type=request.headers.get("content-type"))


@get("/where")
def where(request: Request) -> dict[str, object]:
    """Who ran this: call it a few times, under different strategies, and compare."""
    return {
        "strategy": coachwhip.strategy(),
        "worker": coachwhip.worker_id(),
        "interpreter": coachwhip.interpreter_id(),
    }


@get("/slow")
async def slow(request: Request) -> str:
    """Waits 0.3 s without keeping its worker: hundreds of these at once take as long as one."""
    # Imported here: a worker imports asyncio with its first coroutine, and at module level each would at its start.
    import asyncio

    await asyncio.sleep(0.3)
    return "that took 0.3 s"


@get("/cpu")
def cpu(request: Request) -> int:
    """Computes for about 5 ms in pure Python: more workers help under `subinterp` and `freethreaded` only."""
    total = 0
    for number in range(100_000):
        total += number * number % 7
    return total
