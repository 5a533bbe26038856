"""A module with a function after the handlers, and none for errors."""

from coachwhip import HTTPError, Request, Response, after_request, get, post


@get("/")
def here() -> str:
    return "here"


@get("/fails")
def fails() -> str:
    raise ValueError("the secret cause")


@post("/read")
def read(request: Request) -> str:
    if request.body == b"typed":
        raise HTTPError(422, "<p>no</p>", {"Content-Type": "text/html"})
    raise HTTPError(422, 'no "snake" \U0001f40d', {"X-Why": "because"})


@get("/gone")
def gone() -> Response:
    response = Response.file("gone.txt", content_type="text/x-gone")
    response.headers["Cache-Control"] = "max-age=60"
    response.headers["Content-Disposition"] = "attachment"
    return response


@after_request
def mark(request: Request, response: Response) -> None:
    response.headers["X-Seen"] = str(response.status)
