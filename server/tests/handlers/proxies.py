"""Says who the server takes the client for, and which fields came with the request."""

from coachwhip import Request, get, websocket


@get("/")
def whom(request: Request) -> dict:
    return {
        "client": request.client,
        "scheme": request.scheme,
        "host": request.host,
        "fields": [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in request.headers.raw
            if b"forwarded" in name.lower()
        ],
    }


@websocket("/socket")
async def socket(socket) -> None:
    host, _ = socket.request.client
    await socket.send(f"{host} {socket.request.scheme}")
