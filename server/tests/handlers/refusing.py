"""Imports a module that refuses every interpreter with its own GIL."""

import faulthandler

from coachwhip import get, strategy


@get("/")
def root() -> str:
    return f"{faulthandler.__name__} under {strategy()}"
