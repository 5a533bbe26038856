"""Hooks that write what happened, and in which interpreter, to the file that the variable HOOKS_FILE names."""

import os

from coachwhip import Request, get, interpreter_id, on_shutdown, on_startup


def note(what: str) -> None:
    with open(os.environ["HOOKS_FILE"], "a") as file:
        file.write(f"{interpreter_id()} {what}\n")


@on_startup
def first_up() -> None:
    note("first up")


@on_shutdown
def first_down() -> None:
    note("first down")


@on_startup
def second_up() -> None:
    note("second up")


@on_shutdown
def second_down() -> None:
    note("second down")


@get("/")
def root(request: Request) -> str:
    note("request")
    return "root"
