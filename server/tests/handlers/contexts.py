"""Context variables, and what else a handler may leave to the next one.

`CONTEXTS_HOOKS` says of what kind the functions around the handlers are: "none", "sync", "async".
"""

import asyncio
import contextvars
import decimal
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

from coachwhip import Request, WebSocket, after_request, before_request, error_handler, get, on_shutdown, on_startup, websocket

HOOKS = os.environ["CONTEXTS_HOOKS"]

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")
trace: contextvars.ContextVar[str] = contextvars.ContextVar("trace", default="none")
started: contextvars.ContextVar[str] = contextvars.ContextVar("started", default="no")
connected: contextvars.ContextVar[str] = contextvars.ContextVar("connected", default="no")
started_token: contextvars.Token[str]

kept: dict[str, Any] = {}
notes: list[str] = []


class Lost(Exception):
    """What `lost` answers for."""


@on_startup
def start() -> None:
    global started_token
    started_token = started.set("yes")


@on_startup
async def connect() -> None:
    await asyncio.sleep(0)
    connected.set("after " + started.get())


@on_shutdown
def stop() -> None:
    started.reset(started_token)
    print("reset", started.get(), connected.get(), flush=True)


def of_kind(function: Any) -> Any:
    async def waits(*values: Any) -> Any:
        await asyncio.sleep(0.001)
        return function(*values)

    return waits if HOOKS == "async" else function


if HOOKS != "none":

    @before_request
    @of_kind
    def begin(request: Request) -> None:
        trace.set(request.query.get("trace", "none"))
        assert vars(request.state) == {}
        request.state.trace = trace.get()
        request.state.request = request

    @after_request
    @of_kind
    def end(request: Request, response: Any) -> None:
        response.headers["X-Context"] = f"{trace.get()} {user.get()}"
        assert request.state.trace == trace.get()

    @error_handler(Lost)
    @of_kind
    def lost(request: Request, error: Lost) -> str:
        return f"{trace.get()} {user.get()}"


def seen() -> list[Any]:
    return [user.get(), decimal.getcontext().prec, started.get(), connected.get()]


def use(name: str) -> list[Any]:
    """What was there before; then everything is changed."""
    before = seen()
    user.set(name)
    started.set(name)
    connected.set(name)
    decimal.getcontext().prec = 3
    return before


@get("/sync/see")
def see() -> list[Any]:
    return seen()


@get("/async/see")
async def see_async() -> list[Any]:
    await asyncio.sleep(0)
    return seen()


@get("/sync/use/{name}")
def use_sync(request: Request, name: str) -> list[Any]:
    return use(name)


@get("/async/use/{name}")
async def use_async(request: Request, name: str) -> list[Any]:
    before = use(name)
    await asyncio.sleep(0.001)
    assert user.get() == name
    return before


@get("/coroutine/use/{name}")
def use_before_the_coroutine(request: Request, name: str) -> Any:
    before = use(name)

    async def rest() -> list[Any]:
        await asyncio.sleep(0.001)
        assert user.get() == name
        return before

    return rest()


@get("/raises/use/{name}")
def use_and_raise(request: Request, name: str) -> None:
    use(name)
    raise Lost


@get("/streamed/use/{name}")
def use_streamed(request: Request, name: str) -> Iterator[str]:
    use(name)

    def pieces() -> Iterator[str]:
        yield f"{trace.get()} {user.get()}, "
        user.set(name + " on")
        yield user.get()

    return pieces()


@get("/streamed-async/use/{name}")
async def use_streamed_async(request: Request, name: str) -> AsyncIterator[str]:
    await asyncio.sleep(0)
    use(name)

    async def pieces() -> AsyncIterator[str]:
        await asyncio.sleep(0.001)
        yield f"{trace.get()} {user.get()}, "
        user.set(name + " on")
        await asyncio.sleep(0.001)
        yield user.get()

    return pieces()


@websocket("/socket/{name}")
async def use_socket(socket: WebSocket, name: str) -> None:
    before = use(name)
    await socket.send(f"{before[0]} {before[2]}")
    assert getattr(socket.request.state, "trace", "none") == trace.get()
    await socket.receive()
    await socket.send(f"{trace.get()} {user.get()}")


@get("/keep/{name}")
def keep(request: Request, name: str) -> list[Any]:
    """Keeps what holds this request's context, or a copy of it."""
    before = seen()
    kept["token"] = user.set(name)
    kept["copy"] = contextvars.copy_context()

    def counted() -> Iterator[str]:
        while True:
            yield user.get()

    kept["generator"] = counted()
    next(kept["generator"])
    return before


@get("/kept")
def show_kept() -> list[Any]:
    try:
        user.reset(kept["token"])
    except ValueError as error:
        outcome = type(error).__name__
    else:
        outcome = "reset"
    return [outcome, kept["copy"][user], next(kept["generator"]), user.get()]


@get("/later/{name}")
async def later(request: Request, name: str) -> str:
    """Leaves a callback, a task and a thread behind."""
    user.set(name)
    loop = asyncio.get_running_loop()
    loop.call_later(0.05, lambda: notes.append("callback " + user.get()))

    async def work() -> None:
        await asyncio.sleep(0.05)
        notes.append("task " + user.get())

    kept["task"] = asyncio.create_task(work())
    threading.Thread(target=contextvars.copy_context().run, args=(lambda: notes.append("thread " + user.get()),)).start()
    return "later"


@get("/notes")
def all_notes() -> list[str]:
    return notes


def depth() -> int:
    """How deep one can call from here."""

    def down(level: int) -> int:
        try:
            return down(level + 1)
        except RecursionError:
            return level

    return down(0)


@get("/sync/state")
def state() -> dict[str, Any]:
    """What the thread would keep."""
    task = None
    if "asyncio" in sys.modules:
        try:
            task = asyncio.current_task()
        except RuntimeError:
            pass
    return {"exc_info": [str(part) for part in sys.exc_info() if part is not None], "task": task and repr(task), "depth": depth()}


@get("/sync/leave/{what}")
def leave(request: Request, what: str) -> None:
    try:
        raise KeyError(what)
    except KeyError:
        if what == "recursion":
            endless(0)
        raise ValueError(what) from None


def endless(level: int) -> int:
    return endless(level + 1)


@get("/async/leave/{what}")
async def leave_async(request: Request, what: str) -> None:
    try:
        raise KeyError(what)
    except KeyError:
        await asyncio.sleep(0.001)
        leave(request, what)


@get("/async/wait")
async def wait() -> str:
    """Waits within `except`, while sync handlers run."""
    try:
        raise KeyError("waiting")
    except KeyError:
        await asyncio.sleep(0.3)
    return "waited"
