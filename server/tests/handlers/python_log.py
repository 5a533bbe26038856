"""Logs, and configures nothing but a level."""

import asyncio
import gc
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from coachwhip import Request, get

logger = logging.getLogger("shop.orders")
logger.setLevel(logging.INFO)


@get("/sync")
def sync() -> None:
    logger.debug("quiet")
    logger.info('sold %d "%s"', 3, "apples")
    try:
        raise LookupError("pears")
    except LookupError:
        logger.exception("no price")


@get("/async")
async def later() -> None:
    async def fail() -> None:
        logger.warning("from a task")
        raise LookupError("nobody waits")

    task = asyncio.create_task(fail())
    await asyncio.sleep(0.01)
    del task
    gc.collect()


@get("/root")
def root() -> None:
    """The module's functions configure the root logger where it has no handler."""
    logging.warning("of the root")


@get("/refused")
def refused() -> None:
    """Imports a module that refuses an interpreter with its own GIL."""
    import faulthandler  # noqa: F401


def double(number: int) -> int:
    return number * 2


@get("/pool/{method}")
def pool(request: Request, method: str) -> int:
    """Has a process run a function of this module, which the process can't import."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as processes:
        return processes.submit(double, 4).result(timeout=30)
