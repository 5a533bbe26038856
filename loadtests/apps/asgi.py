"""The handlers as an ASGI application, without a framework."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import work

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def body(receive: Receive) -> bytes:
    """The whole body."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def sleep_async() -> str:
    """Waits as for a database, while the loop goes on."""
    await asyncio.sleep(work.SLEEP_S)
    return "slept"


def user(scope: Scope) -> str:
    """The path parameter and two headers."""
    headers = dict(scope["headers"])
    number = int(scope["path"].removeprefix("/users/"))
    return work.user_text(number, headers[b"x-tenant"].decode("latin-1"), headers[b"user-agent"].decode("latin-1"))


TEXT = b"text/plain; charset=utf-8"


async def answered(scope: Scope, receive: Receive) -> tuple[bytes, bytes]:
    """The answer and its content type. What is no literal path is `/users/{user}`."""
    match scope["path"]:
        case "/":
            return work.HELLO.encode(), TEXT
        case "/json":
            return work.document_text().encode(), b"application/json"
        case "/echo":
            return await body(receive), b"application/octet-stream"
        case "/upload":
            return str(len(await body(receive))).encode(), TEXT
        case "/cpu":
            return work.cpu_bound().encode(), TEXT
        case "/cpu_long":
            return work.cpu_bound(work.CPU_BOUND_LONG_STEPS).encode(), TEXT
        case "/sleep_async":
            return (await sleep_async()).encode(), TEXT
    return user(scope).encode(), TEXT


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The application; it has no lifespan."""
    if scope["type"] != "http":
        raise RuntimeError(f"no {scope['type']} here")
    answer, content_type = await answered(scope, receive)
    headers = [(b"content-type", content_type), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
