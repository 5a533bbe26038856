"""The handlers as an RSGI application, granian's own interface."""

import asyncio
from typing import Any

import work

TEXT = [("content-type", "text/plain; charset=utf-8")]
JSON = [("content-type", "application/json")]
BYTES = [("content-type", "application/octet-stream")]


def user(scope: Any) -> str:
    """The path parameter and two headers."""
    number = int(scope.path.removeprefix("/users/"))
    return work.user_text(number, scope.headers["x-tenant"], scope.headers["user-agent"])


async def app(scope: Any, protocol: Any) -> None:
    """The application. What is no literal path is `/users/{user}`."""
    match scope.path:
        case "/":
            protocol.response_str(200, TEXT, work.HELLO)
        case "/json":
            protocol.response_str(200, JSON, work.document_text())
        case "/echo":
            protocol.response_bytes(200, BYTES, await protocol())
        case "/upload":
            protocol.response_str(200, TEXT, str(len(await protocol())))
        case "/cpu":
            protocol.response_str(200, TEXT, work.cpu_bound())
        case "/cpu_long":
            protocol.response_str(200, TEXT, work.cpu_bound(work.CPU_BOUND_LONG_STEPS))
        case "/sleep_async":
            await asyncio.sleep(work.SLEEP_S)
            protocol.response_str(200, TEXT, "slept")
        case _:
            protocol.response_str(200, TEXT, user(scope))
