"""Registers a function around the handlers as `MISTAKE` says, which no server starts with."""

import os
from typing import Any

from coachwhip import after_request, before_request, error_handler, get, on_startup


@get("/")
def here() -> str:
    return "here"


class Lost(Exception):
    """An exception of the module's own."""


def takes_nothing() -> None:
    pass


def takes_one(request: Any) -> None:
    pass


def takes_two(request: Any, second: Any) -> None:
    pass


def takes_two_again(request: Any, second: Any) -> None:
    pass


def takes_three(request: Any, second: Any, third: Any) -> None:
    pass


def takes_more_by_name(request: Any, second: Any, *, strict: bool) -> None:
    pass


match os.environ["MISTAKE"]:
    case "before-takes-nothing":
        before_request(takes_nothing)
    case "before-takes-two":
        before_request(takes_two)
    case "after-takes-one":
        after_request(takes_one)
    case "error-takes-three":
        error_handler(404)(takes_three)
    case "error-takes-more-by-name":
        error_handler(Lost)(takes_more_by_name)
    case "before-is-no-function":
        before_request(42)  # type: ignore[arg-type]
    case "error-is-no-function":
        error_handler(404)("text")  # type: ignore[arg-type]
    case "status-too-low":
        error_handler(399)(takes_two)
    case "status-too-high":
        error_handler(600)(takes_two)
    case "status-huge":
        error_handler(2**70)(takes_two)
    case "status-is-true":
        error_handler(True)(takes_two)
    case "status-is-text":
        error_handler("404")(takes_two)  # type: ignore[arg-type]
    case "type-is-no-exception":
        error_handler(int)(takes_two)  # type: ignore[arg-type]
    case "instance":
        error_handler(Lost())(takes_two)  # type: ignore[arg-type]
    case "no-parentheses":
        error_handler(takes_two)  # type: ignore[arg-type]
    case "status-twice":
        error_handler(404)(takes_two)
        error_handler(404)(takes_two_again)
    case "type-twice":
        error_handler(Lost)(takes_two)
        error_handler(Lost)(takes_two)
    case "too-late":
        on_startup(lambda: before_request(takes_one))
