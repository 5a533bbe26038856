"""The Python side of a WebSocket: what waits does so here, in coroutines; everything else is native.

Nothing is imported before the first WebSocket: asyncio takes an interpreter several MiB.
"""


class ConnectionClosed(Exception):
    """ConnectionClosed(code, reason='')

    Raised by receive() and send() of a WebSocket that is closed: code and reason of the close frame, whichever side
    sent it; 1005 where it had no code, 1006 where there was none.
    """

    def __init__(self, code, reason=""):
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self):
        return f"the WebSocket was closed with {self.code}{self.reason and ': '}{self.reason}"


class WebSocket:
    """One WebSocket, as the handler that was called for it sees it. It belongs to its worker's event loop."""

    __slots__ = ("__weakref__", "_core", "_is_receiving", "_request", "_sending")

    def __init__(self, core, request):
        from asyncio import Lock

        self._core = core
        self._request = request
        self._is_receiving = False
        self._sending = Lock()

    @property
    def request(self):
        """Request: the handshake, a GET request."""
        return self._request

    async def accept(self, subprotocol=None, headers=None):
        """Answers the handshake of a handler with accept=False."""
        self._core.accept(subprotocol, headers)

    async def receive(self):
        """The next message: str for text, bytes for binary."""
        if self._is_receiving:
            raise RuntimeError("another task receives from this WebSocket already")
        self._is_receiving = True
        try:
            return await _ready(self._core.receive)
        finally:
            self._is_receiving = False

    async def send(self, message):
        """Sends str as text, bytes as binary; waits for room where the client is slow."""
        async with self._sending:
            await _ready(self._core.room)
            self._core.send(message)

    async def close(self, code=1000, reason=""):
        """Closes the WebSocket, unless it is closed."""
        self._core.close(code, reason)

    def iterate(self):
        """Iterates over the messages until the WebSocket is closed, as the WebSocket itself does."""
        return self

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.receive()
        except ConnectionClosed:
            raise StopAsyncIteration from None


async def _ready(poll):
    """What `poll` gives once it gives something; it resolves the future that it is given when it is worth asking again."""
    while (result := poll()) is None:
        from asyncio import get_running_loop

        future = get_running_loop().create_future()
        if (result := poll(future)) is not None:
            break
        await future
    if type(result) is tuple:
        raise ConnectionClosed(*result)
    return result
