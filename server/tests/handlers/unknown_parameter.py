"""A handler with a parameter that its path does not have."""

from coachwhip import get


@get("/users/{id}")
def user(request, number: int) -> str:
    return "never served"
