"""One handler that uses what a request has: a path parameter, a header field, the body; and answers with JSON."""

from coachwhip import Request, post


@post("/users/{user}/echo")
def echo(request: Request, user: int) -> dict:
    return {"user": user, "tenant": request.headers["x-tenant"], "body": request.body.decode()}
