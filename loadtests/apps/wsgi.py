"""The handlers as a WSGI application, without a framework."""

from collections.abc import Callable
from typing import Any

import work

Environ = dict[str, Any]


def body(environ: Environ) -> bytes:
    """The whole body."""
    return environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))


def user(environ: Environ) -> bytes:
    """The path parameter and two headers."""
    number = int(environ["PATH_INFO"].removeprefix("/users/"))
    return work.user_text(number, environ["HTTP_X_TENANT"], environ["HTTP_USER_AGENT"]).encode()


TEXT = "text/plain; charset=utf-8"
ROUTES: dict[str, tuple[Callable[[Environ], bytes], str]] = {
    "/": (lambda environ: work.HELLO.encode(), TEXT),
    "/json": (lambda environ: work.document_text().encode(), "application/json"),
    "/echo": (body, "application/octet-stream"),
    "/upload": (lambda environ: str(len(body(environ))).encode(), TEXT),
    "/cpu": (lambda environ: work.cpu_bound().encode(), TEXT),
    "/cpu_long": (lambda environ: work.cpu_bound(work.CPU_BOUND_LONG_STEPS).encode(), TEXT),
    "/sleep": (lambda environ: work.sleep().encode(), TEXT),
}


def app(environ: Environ, start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
    """The application. What is no literal path is `/users/{user}`."""
    handler, content_type = ROUTES.get(environ["PATH_INFO"], (user, TEXT))
    answer = handler(environ)
    start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(answer)))])
    return [answer]
