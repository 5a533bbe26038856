"""coachwhip's handlers."""

import work
from coachwhip import Request, get, post


@get("/")
def hello() -> str:
    return work.HELLO


@get("/json")
def document() -> dict:
    return work.document()


@get("/users/{user}")
def user(request: Request, user: int) -> str:
    return work.user_text(user, request.headers["x-tenant"], request.headers["user-agent"])


@post("/echo")
def echo(request: Request) -> bytes:
    return request.body


@post("/upload")
def upload(request: Request) -> str:
    return str(len(request.body))


@get("/cpu")
def cpu_bound() -> str:
    return work.cpu_bound()


@get("/cpu_long")
def cpu_bound_long() -> str:
    return work.cpu_bound(work.CPU_BOUND_LONG_STEPS)


@get("/sleep")
def sleep() -> str:
    return work.sleep()


@get("/sleep_async")
async def sleep_async() -> str:
    # At the top, every interpreter would pay for asyncio, whatever the scenario.
    import asyncio

    await asyncio.sleep(work.SLEEP_S)
    return "slept"
