"""One Python client against the handlers of `clients.py`: `python_clients.py CLIENT URL [buffered]`.

CLIENT is `http.client`, `requests`, `httpx` or `aiohttp`. Prints each thing that works; the first that does not ends it.
`buffered`: something on the way keeps the pieces of an answer back, so they are not looked at.
"""

import asyncio
import http.client
import json
import sys
import urllib.parse
import zlib
from collections.abc import Iterator
from typing import Any

PIECE = bytes(range(256)) * 256
PIECES = 64
FILE = b"x" * 100_000


def pieces() -> Iterator[bytes]:
    """A body whose length is not told before."""
    for _ in range(PIECES):
        yield PIECE


class HttpClient:
    """The standard library's."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.base, self.host = parts.path, parts.netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=20)

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        self.connection.request(method, self.base + path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def get(self, path: str) -> tuple[int, bytes]:
        return self.request("GET", path)

    def post_json(self, path: str, value: object) -> tuple[int, bytes]:
        return self.request("POST", path, json.dumps(value), **{"Content-Type": "application/json"})

    def post_form(self, path: str, fields: dict[str, str], file: bytes | None) -> tuple[int, bytes]:
        if file is None:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return self.request("POST", path, urllib.parse.urlencode(fields), **kind)
        parts = [f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
        parts.append('--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n')
        body = "".join(parts).encode() + file + b"\r\n--X--\r\n"
        return self.request("POST", path, body, **{"Content-Type": "multipart/form-data; boundary=X"})

    def upload(self, path: str) -> tuple[int, bytes]:
        self.connection.request("POST", self.base + path, pieces(), encode_chunked=True)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def stream(self, path: str) -> Iterator[bytes]:
        connection = http.client.HTTPConnection(self.host, timeout=20)
        connection.request("GET", self.base + path)
        answer = connection.getresponse()
        while piece := answer.read1():
            yield piece
        connection.close()


class Requests:
    """requests."""

    def __init__(self, url: str) -> None:
        import requests

        self.url, self.session = url, requests.Session()

    def get(self, path: str) -> tuple[int, bytes]:
        answer = self.session.get(self.url + path, timeout=20)
        return answer.status_code, answer.content

    def post(self, path: str, **body: Any) -> tuple[int, bytes]:
        answer = self.session.post(self.url + path, timeout=20, **body)
        return answer.status_code, answer.content

    def post_json(self, path: str, value: object) -> tuple[int, bytes]:
        return self.post(path, json=value)

    def post_form(self, path: str, fields: dict[str, str], file: bytes | None) -> tuple[int, bytes]:
        return self.post(path, data=fields, **({"files": {"file": ("a.txt", file, "text/plain")}} if file else {}))

    def upload(self, path: str) -> tuple[int, bytes]:
        return self.post(path, data=pieces())

    def stream(self, path: str) -> Iterator[bytes]:
        with self.session.get(self.url + path, stream=True, timeout=20) as answer:
            yield from answer.iter_content(chunk_size=None)


class Httpx(Requests):
    """httpx, whose interface is nearly that of requests."""

    def __init__(self, url: str) -> None:
        import httpx

        self.url, self.session = url, httpx.Client()  # type: ignore[assignment]

    def upload(self, path: str) -> tuple[int, bytes]:
        return self.post(path, content=pieces())

    def stream(self, path: str) -> Iterator[bytes]:
        with self.session.stream("GET", self.url + path, timeout=20) as answer:
            yield from answer.iter_raw()


class Aiohttp:
    """aiohttp, which speaks WebSocket too."""

    def __init__(self, url: str) -> None:
        import aiohttp

        self.url, self.aiohttp, self.loop = url, aiohttp, asyncio.new_event_loop()
        self.session = self.run(self.make())

    async def make(self) -> Any:
        return self.aiohttp.ClientSession(timeout=self.aiohttp.ClientTimeout(20))

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    async def ask(self, method: str, path: str, **body: Any) -> tuple[int, bytes]:
        async with self.session.request(method, self.url + path, **body) as answer:
            return answer.status, await answer.read()

    def get(self, path: str) -> tuple[int, bytes]:
        return self.run(self.ask("GET", path))

    def post_json(self, path: str, value: object) -> tuple[int, bytes]:
        return self.run(self.ask("POST", path, json=value))

    def post_form(self, path: str, fields: dict[str, str], file: bytes | None) -> tuple[int, bytes]:
        form = self.aiohttp.FormData(fields)
        if file:
            form.add_field("file", file, filename="a.txt", content_type="text/plain")
        return self.run(self.ask("POST", path, data=form))

    def upload(self, path: str) -> tuple[int, bytes]:
        async def body() -> Any:
            for piece in pieces():
                yield piece

        return self.run(self.ask("POST", path, data=body()))

    def stream(self, path: str) -> Iterator[bytes]:
        answer = self.run(self.session.get(self.url + path))
        while piece := self.run(answer.content.readany()):
            yield piece
        answer.close()

    def close(self) -> None:
        self.run(self.session.close())

    def socket(self, path: str) -> list[Any]:
        async def talk() -> list[Any]:
            async with self.session.ws_connect(self.url + path) as socket:
                await socket.send_str("text")
                await socket.send_bytes(PIECE)
                answers = [await socket.receive_str(), await socket.receive_bytes()]
                await socket.close()
                return [*answers, socket.close_code]

        return self.run(talk())


CLIENTS = {"http.client": HttpClient, "requests": Requests, "httpx": Httpx, "aiohttp": Aiohttp}


def expect(what: str, got: object, expected: object) -> None:
    """Says that it works, or ends."""
    if got != expected:
        raise SystemExit(f"{what}: expected {expected!r}, got {got!r}")
    print(what)


def whole(status_and_body: tuple[int, bytes]) -> Any:
    """The JSON of an answer that is 200."""
    status, body = status_and_body
    return json.loads(body) if status == 200 else (status, body)


def check(client: Any, is_buffered: bool) -> None:
    """Each thing once."""
    expect("GET", client.get("/hello"), (200, b"hello"))
    value = {"a": [1, 2.5, None, "\u00e9"]}
    expect("POST of JSON", whole(client.post_json("/json", value)), value)
    fields = {"note": "x y&\u00e9", "b": "2"}
    expect("POST of a form", whole(client.post_form("/form", fields, None)), fields)
    file = {"file": ["a.txt", len(FILE), "text/plain"]}
    expect("POST of a multipart form with a file", whole(client.post_form("/form", fields, FILE)), fields | file)
    if not isinstance(client, HttpClient):
        odd = {'"x";=\\': "v"}
        expect("odd names in a multipart form", whole(client.post_form("/form", odd, FILE)), odd | file)
    checksum = zlib.crc32(PIECE * PIECES)
    expect("chunked upload", whole(client.upload("/upload")), [len(PIECE) * PIECES, checksum])
    if not is_buffered:
        streamed(client)
    connections = {tuple(whole(client.get("/client"))) for _ in range(6)}
    # The streamed answer may have had a second one, which is used in turn.
    expect("keep-alive", len(connections) <= 2, True)
    for status in (204, 400, 404, 418, 503):
        got, body = client.get(f"/status/{status}")
        expect(f"status {status}", (got, bool(body)), (status, status >= 400))
    expect("500", client.get("/fails")[0], 500)
    expect("GET after errors", client.get("/hello"), (200, b"hello"))
    if hasattr(client, "socket"):
        expect("WebSocket", client.socket("/socket"), ["text", PIECE, 1000])
    if hasattr(client, "close"):
        client.close()
    print("all")


def streamed(client: Any) -> None:
    """The first piece is there before the second is made."""
    stream = client.stream("/stream")
    got = next(stream)
    expect("first piece of a streamed answer", got, b"first\n")
    expect("request beside a streamed answer", client.post_json("/release", None)[0], 200)
    expect("rest of a streamed answer", b"".join(stream), b"second\n")


if __name__ == "__main__":
    check(CLIENTS[sys.argv[1]](sys.argv[2]), sys.argv[3:] == ["buffered"])
