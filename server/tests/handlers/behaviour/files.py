"""Answers that are files."""

import os
from pathlib import Path

from coachwhip import HTTPError, Request, Response, get, post

from .requests import raises

digits = Path(__file__).with_name("digits.txt")


@get("/file/digits")
def by_path() -> Response:
    return Response.file(digits)


@get("/file/str")
def by_str() -> Response:
    return Response.file(str(digits))


@get("/file/bytes")
def by_bytes() -> Response:
    return Response.file(os.fsencode(digits))


@get("/file/keyword")
def by_keyword() -> Response:
    return Response.file(path=digits, content_type="text/x-digits")


@get("/file/async")
async def from_a_coroutine() -> Response:
    return Response.file(digits)


@get("/file/relative")
def by_relative_path() -> Response:
    return Response.file(os.path.relpath(digits))


@get("/file/headers")
def with_headers() -> Response:
    response = Response.file(digits, "text/x-digits")
    response.headers["Content-Disposition"] = 'attachment; filename="digits.txt"'
    response.headers["Cache-Control"] = "max-age=60"
    response.headers["ETag"] = '"of the handler"'
    response.headers.append("X-Seen", "once")
    response.headers.append("X-Seen", "twice")
    response.set_cookie("seen", "yes")
    return response


@get("/file/status/{status}")
def with_status(request: Request, status: int) -> Response:
    response = Response.file(digits)
    response.status = status
    return response


@get("/file/tuple")
def in_a_tuple() -> tuple[Response, int]:
    return Response.file(digits), 203


@post("/file/posted")
def posted() -> Response:
    return Response.file(digits)


kept = Response.file(digits)


@get("/file/kept")
def kept_response() -> Response:
    return kept


@get("/file/missing")
def missing() -> Response:
    return Response.file(digits.with_name("missing.txt"))


@get("/file/folder")
def a_folder() -> Response:
    return Response.file(digits.parent)


pipe = os.pipe()


@get("/file/pipe")
def a_pipe() -> Response:
    return Response.file(f"/proc/self/fd/{pipe[0]}")


@get("/file/large")
def large() -> Response:
    return Response.file("/proc/self/exe")


@get("/file/refuses")
def refuses() -> str:
    for nonsense in (None, 1, 1.5, [], object()):
        assert raises(TypeError, Response.file, nonsense), nonsense
    assert raises(ValueError, Response.file, "a\0b")
    assert raises(ValueError, lambda: Response.file(digits, content_type="a\r\nb"))
    assert raises(TypeError, Response.file)
    assert raises(TypeError, lambda: Response.file(digits, "text/plain", 200))
    response = Response.file(digits)
    assert raises(RuntimeError, lambda: response.body)
    assert repr(response) == f"<Response 200, the file {digits}>"
    assert response.status == 200
    return "ok"


class Odd:
    """Its path can't be had."""

    def __fspath__(self) -> str:
        raise HTTPError(410, "the path raised")


@get("/file/odd")
def odd() -> Response:
    return Response.file(Odd())
