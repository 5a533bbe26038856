"""Async handlers: one event loop a worker."""

import asyncio
import contextvars
import sys
import time

from coachwhip import HTTPError, Request, Response, get, interpreter_id, post, worker_id

background: set[asyncio.Task] = set()
finished: list[str] = []
mine: contextvars.ContextVar[str] = contextvars.ContextVar("mine", default="nobody's")


@post("/async/echo")
async def echo(request: Request) -> Response:
    await asyncio.sleep(0)
    return Response(request.body, content_type=request.headers.get("content-type"))


@get("/async/users/{id}")
async def user(request: Request, id: int) -> dict:
    return {"id": id}


@get("/async/argumentless")
async def argumentless() -> str:
    return "nothing"


@get("/async/at-once")
async def at_once(request: Request) -> str:
    return "without a single await"


@get("/async/sleep/{milliseconds}")
async def sleep(request: Request, milliseconds: int) -> int:
    await asyncio.sleep(milliseconds / 1000)
    return milliseconds


@get("/async/error")
async def error(request: Request) -> str:
    await asyncio.sleep(0)
    raise HTTPError(404, "not in here")


@post("/async/background/{mark}")
async def start_background(request: Request, mark: str) -> tuple:
    async def finish() -> None:
        await asyncio.sleep(0.2)
        finished.append(mark)

    task = asyncio.create_task(finish())
    background.add(task)
    task.add_done_callback(background.discard)
    return ("started", 202)


@get("/async/finished")
def tell_finished(request: Request) -> list:
    return finished


@get("/async/loop")
async def loop(request: Request) -> list:
    return [worker_id(), interpreter_id(), id(asyncio.get_running_loop())]


@get("/async/to-thread")
async def to_thread(request: Request) -> str:
    return await asyncio.to_thread(lambda: "from a thread")


@get("/async/gather")
async def gather(request: Request) -> list:
    return list(await asyncio.gather(*(asyncio.sleep(0.01, number) for number in range(5))))


@get("/async/timeout")
async def timeout(request: Request) -> str:
    try:
        async with asyncio.timeout(0.05):
            await asyncio.sleep(60)
    except TimeoutError:
        return "timed out"
    return "slept"


@get("/async/context/{name}")
async def context(request: Request, name: str) -> list:
    before = mine.get()
    mine.set(name)
    await asyncio.sleep(0.05)
    return [before, mine.get()]


@get("/sync/sleep/{milliseconds}")
def sleep_sync(request: Request, milliseconds: int) -> int:
    time.sleep(milliseconds / 1000)
    return milliseconds


@get("/async/exits-late")
async def exits_late(request: Request) -> str:
    """Ends by SystemExit in a round of the loop in which other requests have come."""
    await asyncio.sleep(0)
    time.sleep(0.4)
    await asyncio.sleep(0)
    sys.exit()
