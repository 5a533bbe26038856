"""Files: the server opens, reads and sends them, with ranges and conditional requests; Python never sees the bytes."""

from pathlib import Path

from coachwhip import HTTPError, Request, Response, get

FOLDER = Path(__file__).parent


@get("/files/source/{name}")
def source(request: Request, name: str) -> Response:
    """What a client sends is no path: it is looked up among the names that may be sent."""
    names = {path.stem: path for path in FOLDER.glob("*.py")}
    if name not in names:
        raise HTTPError(404, f"no example is called {name}")
    return Response.file(names[name], content_type="text/x-python; charset=utf-8")
