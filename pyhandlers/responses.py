"""Responses: what a handler may return."""

from coachwhip import Request, Response, get, post


@get("/responses/text")
def text() -> str:
    """`str` is text, `bytes` are octets, `dict`, `list`, numbers and booleans JSON, and `None` is 204."""
    return "text"


@get("/responses/octets")
def octets() -> bytes:
    return b"\x00\x01"


@post("/responses/made")
def made(request: Request) -> tuple[dict[str, str], int, dict[str, str]]:
    """A body with a status, and with header fields."""
    return {"name": request.text()}, 201, {"Location": f"/responses/{request.text()}"}


@get("/responses/page")
def page() -> Response:
    """A `Response` says all of it."""
    response = Response("<!doctype html><title>Page</title>", content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "max-age=60"
    response.set_cookie("seen", "yes", max_age=3600, httponly=True, samesite="Lax")
    return response


@get("/responses/moved")
def moved() -> Response:
    return Response.redirect("/responses/page", status=308)
