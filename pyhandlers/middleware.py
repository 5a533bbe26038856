"""Middleware: functions before and after the handlers of all routes, and answers for exceptions."""

from coachwhip import HTTPError, Request, Response, after_request, before_request, error_handler, get

stock = {"tea": 3}


class OutOfStock(Exception):
    """Raised wherever it is noticed; what clients get is said in one place."""


@before_request
def check_key(request: Request) -> None:
    """Goes on where it returns `None`; anything else would be the answer."""
    if request.path.startswith("/middleware/") and request.headers.get("x-key") != "secret":
        raise HTTPError(401, "X-Key is missing or wrong")


@after_request
def forbid_caches(request: Request, response: Response) -> None:
    """Sees every answer of a handler, and may change it."""
    if request.path.startswith("/middleware/"):
        response.headers["Cache-Control"] = "no-store"


@error_handler(OutOfStock)
def answer_out_of_stock(request: Request, error: OutOfStock) -> tuple[dict[str, str], int]:
    return {"missing": str(error)}, 409


@get("/middleware/stock/{name}")
def take(request: Request, name: str) -> int:
    if not stock.get(name):
        raise OutOfStock(name)
    stock[name] -= 1
    return stock[name]
