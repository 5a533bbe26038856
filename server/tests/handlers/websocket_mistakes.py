"""Handlers of WebSockets with the mistake that MISTAKE names."""

import os

from coachwhip import WebSocket, websocket

mistake = os.environ["MISTAKE"]

if mistake == "sync":

    @websocket("/rooms/{room}")
    def chat(socket: WebSocket, room: str) -> None: ...

elif mistake == "generator":

    @websocket("/rooms/{room}")
    async def chat(socket: WebSocket, room: str):
        yield "no coroutine"

elif mistake == "no-socket":

    @websocket("/rooms")
    async def chat() -> None: ...

elif mistake == "param-first":

    @websocket("/rooms/{room}")
    async def chat(room: str) -> None: ...

elif mistake == "unknown-param":

    @websocket("/rooms/{room}")
    async def chat(socket: WebSocket, number: int) -> None: ...

elif mistake == "clash":

    @websocket("/rooms/{room}")
    async def chat(socket: WebSocket, room: str) -> None: ...

    @websocket("/rooms/{name}")
    async def talk(socket: WebSocket, name: str) -> None: ...
