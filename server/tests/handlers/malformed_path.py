"""A path whose brace is not closed."""

from coachwhip import get


@get("/users/{id")
def user(request, id: int) -> str:
    return "never served"
