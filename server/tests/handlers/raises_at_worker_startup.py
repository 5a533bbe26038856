"""Its second worker can't start."""

from coachwhip import get, on_worker_startup, worker_id


@on_worker_startup
async def connect() -> None:
    if worker_id() == 1:
        raise LookupError("no database for this worker")


@get("/")
def root() -> str:
    return "root"
