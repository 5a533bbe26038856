"""WebSockets whose messages take a worker's time: for `loadtests/sockets.py`."""

import time

from coachwhip import WebSocket, websocket, worker_id


@websocket("/burn")
async def burn(socket: WebSocket) -> None:
    """Tells its worker; then computes for as many microseconds as each message says."""
    await socket.send(str(worker_id()))
    async for message in socket:
        end = time.thread_time_ns() + int(message) * 1000
        while time.thread_time_ns() < end:
            pass
        await socket.send(message)
