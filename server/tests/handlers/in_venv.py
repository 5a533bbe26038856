"""Imports a module that the server finds in a virtual environment or on its path only."""

import os
import sys

import only_in_venv

from coachwhip import Request, get


@get("/")
def root(request: Request) -> dict:
    return {"name": only_in_venv.NAME, "prefix": os.path.realpath(sys.prefix)}
