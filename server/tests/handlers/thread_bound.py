"""State that belongs to the thread that made it: made by a start-up hook, used by the handlers."""

import sqlite3
import threading

from coachwhip import Request, get, on_startup

local = threading.local()
database: sqlite3.Connection


@on_startup
def make() -> None:
    global database
    local.calls = 0
    database = sqlite3.connect(":memory:")  # Refuses every other thread.
    database.execute("CREATE TABLE calls (number INTEGER)")


def count() -> list[int]:
    local.calls += 1
    database.execute("INSERT INTO calls VALUES (?)", (local.calls,))
    (rows,) = database.execute("SELECT count(*) FROM calls").fetchone()
    return [local.calls, rows]


@get("/sync")
def count_sync(request: Request) -> list[int]:
    return count()


@get("/async")
async def count_async(request: Request) -> list[int]:
    return count()
