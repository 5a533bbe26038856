"""WebSockets: an async handler for each, on its worker's event loop."""

from contextlib import suppress

from coachwhip import ConnectionClosed, HTTPError, WebSocket, websocket

# Whole rooms need `--workers 1`, or a broker outside: sockets are spread over the workers, and none can send to another's.
rooms: dict[str, set[WebSocket]] = {}


@websocket("/sockets/echo")
async def echo(socket: WebSocket) -> None:
    """The iteration ends when the client leaves."""
    async for message in socket:
        await socket.send(message)


@websocket("/sockets/rooms/{room}", accept=False)
async def chat(socket: WebSocket, room: str) -> None:
    """Answers the handshake by itself: with `accept()`, or by raising `HTTPError`."""
    name = socket.request.query.get("name")
    if not name:
        raise HTTPError(403, "who are you? add ?name=...")
    await socket.accept()
    members = rooms.setdefault(room, set())
    members.add(socket)
    try:
        async for message in socket:
            for member in list(members):
                with suppress(ConnectionClosed):  # one that is leaving is no failure of this one
                    await member.send(f"{name}: {message!s}")
    finally:
        members.discard(socket)
