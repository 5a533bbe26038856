"""Requests: what a handler sees of one."""

from coachwhip import Request, get, post


@get("/requests/hello")
def hello(request: Request) -> str:
    """The query is a mapping of each name to its first value; `get_all` gives every value."""
    names = request.query.get_all("name") or ["World"]
    return f"Hello, {' and '.join(names)}!"


@get("/requests/language")
def language(request: Request) -> str:
    """Names of header fields are not case-sensitive."""
    return request.headers.get("accept-language", "en")


@get("/requests/about/{*rest}")
def about(request: Request, rest: str) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "raw path": request.raw_path.decode("ascii"),
        "params": request.params,
        "host": request.host,
        "scheme": request.scheme,
        "version": request.http_version,
        "client": request.client and request.client[0],
    }


@post("/requests/lines")
def lines(request: Request) -> int:
    """Text is decoded by the charset of `Content-Type`; what does not decode is answered 400."""
    return len(request.text().splitlines())


@post("/requests/sum")
def checksum(request: Request) -> int:
    """`body_view` is the server's own buffer: nothing is copied, however long the body is."""
    return sum(request.body_view) % 256
