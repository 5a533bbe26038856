"""Logs wherever an application may, and says which thread did."""

import asyncio
import atexit
import logging
import threading

from coachwhip import Request, get, on_shutdown, on_startup, on_worker_shutdown, on_worker_startup, worker_id

logging.basicConfig(level="INFO", format="said by %(threadName)s: %(message)s")
logging.info("import")


@on_startup
def up() -> None:
    atexit.register(logging.info, "atexit")
    logging.info("startup")


@on_worker_startup
async def worker_up() -> None:
    logging.info("worker startup")


@on_worker_shutdown
def worker_down() -> None:
    logging.info("worker shutdown")


@on_shutdown
async def down() -> None:
    logging.info("shutdown")


def thread() -> list[object]:
    current = threading.current_thread()
    is_listed = [one.name for one in threading.enumerate()].count(current.name) == 1
    return [f"worker-{worker_id()}" == current.name, current.is_alive(), is_listed]


@get("/sync")
def sync(request: Request) -> list[object]:
    logging.info("sync")
    return thread()


@get("/async")
async def in_the_loop(request: Request) -> list[object]:
    logging.info("async")
    await asyncio.to_thread(logging.info, "pool")
    return thread()
