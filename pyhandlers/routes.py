"""Routes: paths with parameters, several methods, hooks around the first and the last request."""

from coachwhip import Request, delete, get, on_shutdown, on_startup, put, route

notes: dict[int, str] = {}


@on_startup
def open_book() -> None:
    """Once in each interpreter, before its first request: what all handlers need is made here."""
    notes[1] = "first"


@on_shutdown
async def close_book() -> None:
    """Once in each interpreter, after its last request. Hooks may be `async`, too."""
    notes.clear()


@get("/routes/notes")
def every_note() -> list[int]:
    """A handler that needs nothing of the request takes nothing."""
    return sorted(notes)


@put("/routes/notes/{id}")
def write(request: Request, id: int) -> None:
    """The annotation converts the parameter; what does not convert is answered 404. `None` is 204."""
    notes[id] = request.text()


@delete("/routes/notes/{id}")
def erase(request: Request, id: int) -> dict[str, bool]:
    return {"erased": notes.pop(id, None) is not None}


@get("/routes/notes/last")
def last_note() -> str:
    """A literal segment comes before a parameter."""
    return notes[max(notes)]


@get("/routes/files/{*path}")
def file(request: Request, path: str) -> list[str]:
    """The tail of a path, slashes included."""
    return path.split("/")


@route("/routes/search", methods=["GET", "POST"])
def search(request: Request) -> list[str]:
    """One function for several methods; it could also be decorated twice."""
    return [request.method, *request.query.get_all("word")]
