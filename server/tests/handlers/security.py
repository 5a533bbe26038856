"""What a handler can do to the process and to the other interpreters in it."""

import os
import signal
import time

from coachwhip import Request, get, interpreter_id, post, worker_id

kept = b"a secret of one interpreter"


def told(**what: object) -> dict:
    # Long enough for another worker to take the next request.
    time.sleep(0.02)
    return {"worker": worker_id(), "interpreter": interpreter_id(), "process": os.getpid(), **what}


@get("/keep")
def keep() -> dict:
    """Changes what belongs to the process, and keeps a secret: in a descriptor and in memory."""
    os.chdir("/proc")
    descriptor = os.memfd_create("secret")
    os.write(descriptor, kept)
    # Where CPython keeps the bytes of a `bytes`: behind its head.
    address = id(kept) + bytes.__basicsize__ - 1
    return told(descriptor=descriptor, address=address, length=len(kept))


@get("/take/{descriptor}/{address}/{length}")
def take(request: Request, descriptor: int, address: int, length: int) -> dict:
    """Takes the secrets of whoever kept them."""
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        of_memory = memory.read(length).decode()
    of_descriptor = os.pread(descriptor, length, 0).decode()
    return told(descriptor=of_descriptor, memory=of_memory, folder=os.getcwd())


@get("/environment/{name}")
def environment(request: Request, name: str) -> str:
    return os.environ[name]


@get("/crash")
def crash() -> None:
    """As a fault in C code does."""
    os.abort()


@get("/end")
def end() -> str:
    os.kill(os.getpid(), signal.SIGTERM)
    return "told to end"


@get("/hash")
def hash_of_text() -> str:
    return str(hash("text"))


@post("/length")
def length(request: Request) -> str:
    return str(len(request.body))
