"""Routes beside mounts: some are nearer than a mount of the same paths, some are not."""

from os.path import exists
from time import sleep

from coachwhip import Request, get, post


@get("/")
def root() -> str:
    return "the route of /"


@get("/assets/of/a/route")
def nearer() -> str:
    return "nearer than the mount"


@get("/{folder}/{name}")
def farther(request: Request, folder: str, name: str) -> str:
    return f"farther than the mount: {folder} {name}"


@post("/form")
def form() -> str:
    return "the form"


@get("/busy/until")
def busy() -> str:
    """Runs from when it makes one file until it sees another."""
    open("running", "w").close()
    while not exists("enough"):
        sleep(0.005)
    return "enough"
