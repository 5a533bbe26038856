"""Answers of every kind, for what the server does to them by configuration."""

from typing import Any

from coachwhip import HTTPError, Request, Response, get, route

TEXT = "All work and no play makes Jack a dull boy. " * 100

ANSWERS: dict[str, tuple[bytes | str, int, dict[str, str]]] = {
    "text": (TEXT, 200, {}),
    "charset": (TEXT, 200, {"Content-Type": "TEXT/HTML; charset=utf-8"}),
    "svg": (TEXT, 200, {"Content-Type": "image/svg+xml"}),
    "problem": (TEXT, 404, {"Content-Type": "application/problem+json"}),
    "long": (TEXT * 1000, 200, {}),
    "shortest": (TEXT[:1024], 200, {}),
    "too-short": (TEXT[:1023], 200, {}),
    "image": (TEXT, 200, {"Content-Type": "image/png"}),
    "bytes": (TEXT.encode(), 200, {}),
    "events": (TEXT, 200, {"Content-Type": "text/event-stream; charset=utf-8"}),
    "encoded": (TEXT, 200, {"Content-Encoding": "x-own"}),
    "ranged": (TEXT, 206, {"Content-Range": "bytes 0-4399/8000"}),
    "partial": (TEXT, 206, {}),
    "final": (TEXT, 200, {"Cache-Control": "public, No-Transform"}),
    "tagged": (TEXT, 200, {"ETag": '"strong"'}),
    "weakly-tagged": (TEXT, 200, {"ETag": 'W/"weak"'}),
    "varying": (TEXT, 200, {"Vary": "Cookie"}),
    "image-tagged": (TEXT, 200, {"Content-Type": "image/png", "ETag": '"strong"'}),
}


@get("/answers/{kind}")
def answer(request: Request, kind: str) -> Any:
    body, status, headers = ANSWERS[kind]
    return body, status, {"X-Length": str(len(body)), **headers}


@get("/json")
def json() -> list[dict[str, int]]:
    return [{"number": number} for number in range(1000)]


@get("/empty")
def empty() -> None:
    return None


@get("/not-modified")
def not_modified() -> Response:
    return Response(status=304, headers={"ETag": '"strong"'}, content_type="text/plain")


@get("/file")
def file(request: Request) -> Response:
    response = Response.file(__file__, content_type=request.query.get("type"))
    response.headers["Content-Location"] = "/layers.py"
    response.headers["Cache-Control"] = "no-cache"
    return response


@get("/known")
def known(request: Request) -> Response:
    headers = {"ETag": '"strong"', "Content-Location": "/text", "Cache-Control": "no-cache"}
    if "if-none-match" not in request.headers:
        return Response(TEXT, headers=headers)
    kind = None if "untyped" in request.query else "text/plain; charset=utf-8"
    return Response(status=304, headers=headers, content_type=kind)


@get("/refused")
def refused() -> None:
    raise HTTPError(403, "no")


@route("/own-options", methods=["GET", "OPTIONS"])
def own_options(request: Request) -> str:
    return f"{request.method} in Python"
