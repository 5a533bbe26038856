"""Opens a connection on the loop of whoever runs its start-up hook, unless the variable QUIET is set."""

import asyncio
import os
import socket

from coachwhip import get, on_startup

kept: list[object] = []


@on_startup
async def connect() -> None:
    if "QUIET" not in os.environ:
        near, far = socket.socketpair()
        kept.extend([far, await asyncio.open_connection(sock=near)])


@get("/")
def root() -> str:
    return "root"
