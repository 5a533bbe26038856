"""Two functions for one route."""

from coachwhip import get


@get("/users/{id}")
def by_number(request, id: int) -> str:
    return "number"


@get("/users/{name}")
def by_name(request, name: str) -> str:
    return "name"
