"""A start-up hook that raises."""

from coachwhip import get, on_startup


@on_startup
def connect() -> None:
    raise ConnectionError("no database here")


@get("/")
def root() -> str:
    return "never served"
