"""Hooks of interpreters and workers, which note what happened, and where, in the file that the variable HOOKS_FILE names."""

import asyncio
import contextvars
import os
import threading
import time

from coachwhip import (
    Request,
    get,
    interpreter_id,
    on_shutdown,
    on_startup,
    on_worker_shutdown,
    on_worker_startup,
    worker_id,
    worker_state,
)

origin: contextvars.ContextVar[str] = contextvars.ContextVar("origin", default="")


def note(what: str) -> None:
    with open(os.environ["HOOKS_FILE"], "a") as file:
        file.write(f"{interpreter_id()} {what}\n")


@on_startup
def up() -> None:
    origin.set("up")
    note("up")


@on_worker_startup
def worker_up() -> None:
    worker_state.thread = threading.get_ident()
    worker_state.calls = 0
    origin.set(f"{origin.get()}, worker {worker_id()}")
    note(f"{worker_id()} first up")


@on_worker_startup
async def worker_up_on_its_loop() -> None:
    worker_state.loop = asyncio.get_running_loop()
    worker_state.turns = asyncio.Semaphore(1)
    note(f"{worker_id()} second up")


@on_worker_shutdown
async def worker_down() -> None:
    is_own = worker_state.loop is asyncio.get_running_loop() and worker_state.thread == threading.get_ident()
    note(f"{worker_id()} down {worker_state.calls} {is_own}")


@on_shutdown
def down() -> None:
    note("down")


@get("/where")
def where(request: Request) -> list[object]:
    worker_state.calls += 1
    time.sleep(0.005)
    return [worker_id(), worker_state.thread == threading.get_ident(), origin.get()]


@get("/where-async")
async def where_async(request: Request) -> list[object]:
    """What belongs to the worker's loop can be waited for."""
    worker_state.calls += 1
    async with worker_state.turns:
        await asyncio.sleep(0.005)
    return [worker_id(), worker_state.loop is asyncio.get_running_loop(), origin.get()]


@get("/mistakes")
async def mistakes(request: Request) -> str:
    said = []
    try:
        worker_state.nothing
    except AttributeError as error:
        said.append(str(error))
    try:
        await asyncio.to_thread(lambda: worker_state.thread)
    except RuntimeError as error:
        said.append(str(error))
    worker_state.spare = 1
    del worker_state.spare
    said.append(str(hasattr(worker_state, "spare")))
    return "\n".join(said)
