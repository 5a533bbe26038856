"""What `test_client.py` calls."""

import asyncio
import contextvars

from coachwhip import HTTPError, Request, Response, converter, get, on_shutdown, on_startup, post, route

events = []
background = set()
context = contextvars.ContextVar("context", default="fresh")
started = contextvars.ContextVar("started", default="not at all")


@on_startup
async def start():
    await asyncio.sleep(0)
    started.set("by a hook")
    events.append("first start")


@on_startup
def start_again():
    events.append("second start")


@on_shutdown
def stop():
    events.append("stop")


@get("/text")
def text():
    return "größe"


@get("/latin")
def latin():
    return Response("größe".encode("latin-1"), content_type="text/plain; charset=iso-8859-1")


@get("/users/{id}/files/{*rest}")
def user(request: Request, id: int, rest: str):
    return {"id": id, "rest": rest, "params": request.params}


@get("/cookies/of/seen")
@get("/seen/{*rest}")
@route("/seen", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def seen(request: Request):
    return {
        "method": request.method,
        "path": request.path,
        "query": {name: request.query.get_all(name) for name in request.query},
        "headers": {name: request.headers.get_all(name) for name in request.headers},
        "body": request.body.decode("latin-1"),
        "client": request.client,
        "scheme": request.scheme,
        "host": request.host,
        "version": request.http_version,
    }


@get("/cookies/gone")
def gone():
    response = Response("")
    response.set_cookie("session", "", max_age=0)
    return response


@get("/cookies/of/paths")
def of_paths():
    response = Response("")
    response.set_cookie("deep", "1", path="/seen/deep")
    response.set_cookie("here", "2", path=None)
    response.set_cookie("session", "4", path="/seen/deep")
    response.set_cookie("session", "5")
    for field in (
        "early=1; Path=/; Expires=Wed, 21 Oct 2015 07:28:00 GMT",
        "late=6; Path=/; Expires=Wed, 21 Oct 2115 07:28:00 GMT; Max-Age=x",
        "no cookie",
        "=nameless",
        "ended=1; Path=/; Max-Age=-1; Expires=Wed, 21 Oct 2115 07:28:00 GMT",
    ):
        response.headers.append("Set-Cookie", field)
    return response


@get("/cookies")
def cookies():
    response = Response("")
    response.set_cookie("session", "abc", httponly=True)
    response.set_cookie("other", "1")
    return response


@get("/nothing")
def nothing():
    return None


@get("/refused")
def refused():
    raise HTTPError(418, "no coffee", headers={"X-Pot": "tea"})


@get("/broken")
async def broken():
    await asyncio.sleep(0)
    raise LookupError("the cause")


@get("/exits")
def exits():
    raise SystemExit(3)


@get("/nonsense")
def nonsense():
    return {1, 2}


@get("/context")
async def in_context():
    before = context.get()
    context.set("used")
    return before


@get("/sync-context")
def in_sync_context():
    before = context.get()
    context.set("used by a sync handler")
    return before


@get("/streamed-context")
def in_streamed_context():
    context.set("used by a stream")

    def pieces():
        yield context.get()

    return pieces()


@get("/started")
def how_started():
    return started.get()


@get("/background")
async def leave_behind():
    async def late():
        try:
            await asyncio.sleep(3600)
        finally:
            events.append("cancelled")

    task = asyncio.create_task(late())
    background.add(task)
    await asyncio.sleep(0)
    return "left"


@post("/loop")
async def loop():
    return id(asyncio.get_running_loop())


class Even:
    def __init__(self, text):
        self.number = int(text)
        if self.number % 2:
            raise ValueError("odd")


class Broken:
    pass


converter(Even, Even)


@converter(Broken, None)
def broken(text):
    raise LookupError(text)


@get("/even/{value}")
def takes_even(request, value: Even):
    return value.number


@get("/broken/{value}")
def takes_broken(request, value: Broken):
    return "never"
