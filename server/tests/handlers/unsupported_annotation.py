"""A path parameter whose annotation is no conversion."""

from coachwhip import get


@get("/users/{id}")
def user(request, id: list) -> str:
    return "never served"
