"""JSON: documents that are read and written natively, strictly and without loss."""

from dataclasses import dataclass
from datetime import date

from coachwhip import HTTPError, Request, Response, get, post


@dataclass
class Order:
    """A dataclass is written as an object, a date as text."""

    number: int
    day: date
    items: list[str]


@get("/documents/order")
def order() -> Response:
    return Response.json(Order(7, date(2026, 3, 1), ["tea"]), headers={"Cache-Control": "no-store"})


@post("/documents/total")
def total(request: Request) -> dict[str, object]:
    """What is no JSON is answered 400, naming line and column. That it has the right shape is the handler's to check."""
    sent = request.json()
    if not isinstance(sent, list) or not all(isinstance(number, int) for number in sent):
        raise HTTPError(422, "a list of integers is expected")
    return {"total": sum(sent)}
