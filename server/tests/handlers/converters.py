"""Path parameters of the author's own types, with a function that words 404."""

from __future__ import annotations

from coachwhip import HTTPError, Request, before_request, converter, error_handler, get


class Colour:
    def __init__(self, name: str) -> None:
        self.name = name


class Outer:
    class Colour(str):
        pass


class Unlucky:
    pass


@converter(Colour)
def colour(text: str) -> Colour:
    if text == "mud":
        raise ValueError(text)
    return Colour(text.upper())


converter(Outer.Colour, Outer.Colour)


@converter(Unlucky)
def unlucky(text: str) -> Unlucky:
    raise LookupError(text)


@before_request
def refuse(request: Request) -> str | None:
    return "refused first" if request.query else None


@error_handler(404)
def absent(request: Request, error: HTTPError) -> str:
    return f"no {request.path} {type(error.__cause__).__name__}"


@get("/colour/{value}/{number}")
def takes_colour(request: Request, value: Colour, number: int) -> str:
    return f"{type(value).__name__} {value.name} {number}"


@get("/later/{value}")
async def takes_colour_later(request: Request, value: Colour) -> str:
    return f"later {value.name}"


@get("/nested/{value}")
def takes_nested(request: Request, value: Outer.Colour) -> str:
    return f"{type(value).__qualname__} {value}"


@get("/unlucky/{value}")
def takes_unlucky(request: Request, value: Unlucky) -> str:
    return "never"
