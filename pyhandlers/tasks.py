"""Async handlers: they run on their worker's own event loop, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coachwhip import Request, get, post

if TYPE_CHECKING:
    from asyncio import Task

pending: set[Task[None]] = set()
delivered: list[str] = []


@get("/tasks/both")
async def both() -> list[str]:
    """Waits for two things at once, without keeping its worker."""
    # Imported here: a worker imports asyncio with its first coroutine, and at module level each would at its start.
    import asyncio

    return list(await asyncio.gather(asyncio.sleep(0.01, "one"), asyncio.sleep(0.01, "two")))


@post("/tasks/deliver")
async def deliver(request: Request) -> tuple[None, int]:
    """Answers at once and goes on behind it. The set keeps the task: asyncio itself does not."""
    import asyncio

    task = asyncio.create_task(send(request.text()))
    pending.add(task)
    task.add_done_callback(pending.discard)
    return None, 202


async def send(message: str) -> None:
    import asyncio

    await asyncio.sleep(0)
    delivered.append(message)


@get("/tasks/delivered")
async def tell() -> list[str]:
    import asyncio

    while pending:
        await asyncio.sleep(0)
    return delivered
