"""WebSockets: what comes back, how they end, and what their handlers see."""

import asyncio
import threading
from contextlib import suppress

from coachwhip import ConnectionClosed, HTTPError, Request, WebSocket, get, interpreter_id, websocket, worker_id

room: set[WebSocket] = set()
ends: dict[str, list] = {}
open_now = 0


@websocket("/ws/echo")
async def echo(socket: WebSocket) -> None:
    async for message in socket:
        await socket.send(message)


@websocket("/ws/iterate")
async def iterate(socket: WebSocket) -> None:
    async for message in socket.iterate():
        await socket.send(message)
    ends["iterate"] = ["the iteration has ended"]


@websocket("/ws/rooms/{number}")
async def numbered(socket: WebSocket, number: int) -> None:
    await socket.send(f"{number!r} {socket.request.path} {socket.request.query.get('q')}")


@get("/ws/both")
def both(request: Request) -> str:
    return "a page"


@websocket("/ws/both")
async def both_socket(socket: WebSocket) -> None:
    await socket.send("a socket")


@websocket("/ws/returns")
async def returns(socket: WebSocket) -> str:
    await socket.send("last words")
    return "unheard"


@websocket("/ws/raises")
async def raises(socket: WebSocket) -> None:
    await socket.receive()
    raise LookupError("the handler of a socket broke")


@websocket("/ws/raises-http-error")
async def raises_http_error(socket: WebSocket) -> None:
    raise HTTPError(403, "too late")


@websocket("/ws/closes/{code}/{reason}")
async def closes(socket: WebSocket, code: int, reason: str) -> None:
    await socket.close(code, reason)
    await socket.close(1000, "the second close is nothing")
    told = []
    for operation in (socket.receive(), socket.send("too late")):
        try:
            await operation
        except ConnectionClosed as closed:
            told.append([closed.code, closed.reason, str(closed)])
    ends["closes"] = told


@websocket("/ws/closes-when-told/{code}")
async def closes_when_told(socket: WebSocket, code: int) -> None:
    await socket.close(code, await socket.receive())


@websocket("/ws/told/{name}")
async def told(socket: WebSocket, name: str) -> None:
    """Notes how the client's end is told by each operation."""
    await socket.send("ready")
    seen: list = []
    try:
        while True:
            seen.append(await socket.receive())
    except ConnectionClosed as closed:
        seen.append([closed.code, closed.reason])
    try:
        await socket.send("too late")
    except ConnectionClosed as closed:
        seen.append([closed.code, closed.reason])
    ends[name] = seen


@get("/ws/ends/{name}")
def end_of(request: Request, name: str) -> dict:
    return {"end": ends.get(name)}


@websocket("/ws/lets-pass")
async def lets_pass(socket: WebSocket) -> None:
    while True:
        await socket.send(await socket.receive())


@websocket("/ws/accepts", accept=False)
async def accepts(socket: WebSocket) -> None:
    offered = socket.request.headers.get("sec-websocket-protocol", "").split(", ")
    chosen = next((name for name in offered if name == "chat.v2"), None)
    await asyncio.sleep(0.01)
    await socket.accept(subprotocol=chosen, headers={"X-Room": "7"})
    await socket.send(str(chosen))


@websocket("/ws/refuses", accept=False)
async def refuses(socket: WebSocket) -> None:
    await asyncio.sleep(0.01)
    raise HTTPError(403, "not you", headers={"X-Why": "no key"})


@websocket("/ws/raises-early", accept=False)
async def raises_early(socket: WebSocket) -> None:
    raise LookupError("before the handshake was answered")


@websocket("/ws/forgets", accept=False)
async def forgets(socket: WebSocket) -> None:
    return None


@websocket("/ws/mistakes", accept=False)
async def mistakes(socket: WebSocket) -> None:
    """What each misuse raises, as the client is told in the end."""
    raised = []

    async def attempt(operation) -> None:
        try:
            await operation
        except Exception as error:
            raised.append(f"{type(error).__name__}: {error}")
        else:
            raised.append("nothing")

    await attempt(socket.receive())
    await attempt(socket.send("early"))
    await attempt(socket.accept(headers={"Sec-WebSocket-Accept": "mine"}))
    await attempt(socket.accept(subprotocol="two words"))
    await socket.accept()
    await attempt(socket.accept())
    await attempt(socket.send(7))
    await attempt(socket.send("\ud800"))
    await attempt(socket.close(1005))
    await attempt(socket.close(99999))
    await attempt(socket.close(1000, "x" * 124))
    receiving = asyncio.create_task(socket.receive())
    await asyncio.sleep(0)
    await attempt(socket.receive())
    receiving.cancel()
    await asyncio.wait([receiving])

    def elsewhere() -> None:
        try:
            socket._core.send("from another thread")
        except RuntimeError as error:
            raised.append(f"RuntimeError: {error}")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    await socket.send("\n".join(raised))


@websocket("/ws/timeouts")
async def timeouts(socket: WebSocket) -> None:
    """A receive that is given up loses no message."""
    for _ in range(20):
        try:
            await asyncio.wait_for(socket.receive(), 0.001)
        except asyncio.TimeoutError:
            pass
    await socket.send("go on")
    await socket.send(await socket.receive())


@websocket("/ws/duplex")
async def duplex(socket: WebSocket) -> None:
    """Sends from two tasks and receives in a third, all at once."""

    async def count(name: str) -> None:
        for number in range(50):
            await socket.send(f"{name}{number}")

    async def receive() -> int:
        return sum([len(await socket.receive()) for _ in range(50)])

    _, _, length = await asyncio.gather(count("a"), count("b"), receive())
    await socket.send(f"received {length}")


@websocket("/ws/queue")
async def queue(socket: WebSocket) -> None:
    """Many tasks wait for room at once."""
    message = "x" * 1_000_000
    await asyncio.gather(*(socket.send(f"{number} {message}") for number in range(40)))


@websocket("/ws/breaks-the-loop")
async def breaks_the_loop(socket: WebSocket) -> None:
    """Ends its worker's loop, and keeps the socket alive."""
    room.add(socket)
    await socket.receive()
    asyncio.get_running_loop()._run_once = None  # type: ignore[attr-defined]
    await asyncio.sleep(0)


@websocket("/ws/flood/{count}/{length}")
async def flood(socket: WebSocket, count: int, length: int) -> None:
    """Sends more than the client takes; says how far it has come."""
    ends["flood"] = [0]
    for number in range(count):
        await socket.send(b"x" * length)
        ends["flood"] = [number + 1]


@websocket("/ws/deaf")
async def deaf(socket: WebSocket) -> None:
    """Receives nothing before it is told to."""
    while "listen" not in ends:
        await asyncio.sleep(0.01)
    total = 0
    async for message in socket:
        total += len(message)
        if message == b"end":
            await socket.send(str(total))


@get("/ws/listen")
def listen() -> str:
    ends["listen"] = []
    return "listening"


@websocket("/ws/room")
async def join(socket: WebSocket) -> None:
    room.add(socket)
    try:
        await socket.send(f"{interpreter_id()} {worker_id()}")
        async for message in socket:
            for peer in list(room):
                with suppress(ConnectionClosed):
                    await peer.send(message)
    finally:
        room.discard(socket)


@websocket("/ws/idle")
async def idle(socket: WebSocket) -> None:
    async for _ in socket:
        pass
