"""Handlers that show what came of a request."""

from coachwhip import Request, get, route

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "REPORT"]


@route("/", METHODS)
@route("/{*rest}", METHODS)
def shown(request: Request, rest: str = "") -> str:
    return f"{request.method} {request.path} {request.body.decode('latin-1')}"


@get("/header")
def header(request: Request) -> str:
    return request.headers.get("x", "none")
