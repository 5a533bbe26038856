"""Handlers for clients that send or take in slowly."""

from coachwhip import get


@get("/")
def here() -> str:
    return "here"


@get("/large")
def large() -> bytes:
    """More than the sockets' buffers hold."""
    return bytes(32 << 20)


@get("/small")
def small() -> bytes:
    return bytes(32 << 10)
