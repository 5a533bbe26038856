"""A module that registers a route when it is too late for that."""

from coachwhip import get, on_startup


@get("/")
def here() -> str:
    return "here"


@on_startup
def register() -> None:
    get("/late")(here)
