"""Errors: an `HTTPError` is an answer, any other exception one 500 and one log record."""

from coachwhip import HTTPError, Request, get

stock = {"tea": 3, "gold": 0}


class SoldOut(HTTPError):
    """Subclasses are answers, too."""

    def __init__(self, name: str) -> None:
        super().__init__(409, f"{name} is sold out", headers={"Retry-After": "3600"})


@get("/errors/stock/{name}")
def left(request: Request, name: str) -> int:
    if name not in stock:
        raise HTTPError(404)
    if stock[name] == 0:
        raise SoldOut(name)
    return stock[name]


@get("/errors/share/{name}/{people}")
def share(request: Request, name: str, people: int) -> float:
    """Divides by what the client sends: with 0 that is a fault of this handler, and the client learns nothing of it."""
    return stock[name] / people
