"""Each kind of request as bytes, and a client that sends many of them and looks at every answer."""

import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.exchange import WrongAnswer, connected

PIPELINED = 16
"""Requests written before their answers are read."""
MESSAGES_PER_SOCKET = 1_000

BOUNDARY = "a-boundary"
MULTIPART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    f"{'x' * 2000}\r\n--{BOUNDARY}--\r\n"
)


@dataclass(frozen=True)
class Kind:
    """One kind of request, with what its answer must be."""

    name: str
    method: str
    path: str
    status: int
    answer: bytes | None
    """The whole body; `None`: any that is not empty."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_chunked: bool = False

    def bytes(self) -> bytes:
        """The request."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: flat"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        body = self.body
        if self.is_chunked:
            lines.append("Transfer-Encoding: chunked")
            halves = body[: len(body) // 2], body[len(body) // 2 :]
            body = b"".join(b"%x\r\n%s\r\n" % (len(half), half) for half in halves) + b"0\r\n\r\n"
        elif body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body


KINDS = [
    Kind("text, path and query", "GET", "/text/7?q=%C3%A9", 200, "7 é".encode()),
    Kind("JSON in and out", "POST", "/json", 200, b'{"a":[1,2.5,null,"x"]}', body=b'{"a": [1, 2.5, null, "x"]}'),
    Kind("form", "POST", "/form", 200, b"a,b", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=1&b=%20"),
    Kind(
        "multipart form with a file", "POST", "/upload", 200, b"a.txt 2000",
        {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}, MULTIPART.encode(),
    ),
    Kind("cookies in and out", "GET", "/cookies", 200, b"1", {"Cookie": "a=1; c=3"}),
    Kind("HTTPError", "GET", "/missing", 404, b"not here"),
    Kind("error handler", "GET", "/text/7", 403, b"refused /text/7", {"X-Refuse": "1"}),
    Kind("streamed answer", "GET", "/stream", 200, b"0\n1\n2\n3\n4\n"),
    Kind("streamed answer, async", "GET", "/stream-async", 200, b"0\n1\n2\n3\n4\n"),
    Kind("streamed body", "POST", "/pieces", 200, b"2000", body=b"x" * 2000, is_chunked=True),
    Kind("file", "GET", "/file", 200, None),
    Kind("static file", "GET", "/static/plaintext.toml", 200, None),
    Kind("not found", "GET", "/nowhere", 404, None),
]


class Client:
    """One connection, kept."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = connected(host, port)
        self.reader = self.socket.makefile("rb")

    def close(self) -> None:
        """Leaves."""
        self.reader.close()
        self.socket.close()

    def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        head = []
        while (line := self.reader.readline()) not in (b"\r\n", b""):
            head.append(line.decode("latin-1").rstrip())
        if not line:
            raise WrongAnswer("the connection was closed")
        fields = dict(row.lower().split(": ", 1) for row in head[1:])
        status = int(head[0].split()[1])
        if fields.get("transfer-encoding") == "chunked":
            return status, self.chunks()
        return status, self.reader.read(int(fields.get("content-length", 0)))

    def chunks(self) -> bytes:
        """A chunked body."""
        body = b""
        while length := int(self.reader.readline(), 16):
            body += self.reader.read(length)
            self.reader.readline()
        self.reader.readline()
        return body

    def send(self, kind: Kind, count: int) -> None:
        """Sends that many, some at once, and looks at each answer."""
        request = kind.bytes()
        while count > 0:
            together = min(count, PIPELINED)
            self.socket.sendall(request * together)
            for _ in range(together):
                status, body = self.answer()
                if status != kind.status or (body != kind.answer if kind.answer is not None else not body):
                    raise WrongAnswer(f"{kind.name}: {status} {body[:200]!r}")
            count -= together


def frame(payload: bytes) -> bytes:
    """A client's text frame of up to 125 bytes (RFC 6455 section 5.2)."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return struct.pack("!BB", 0x81, 0x80 | len(payload)) + mask + masked


def sockets(host: str, port: int, count: int) -> None:
    """That many messages to a WebSocket that sends each back, over several connections."""
    while count > 0:
        together = min(count, MESSAGES_PER_SOCKET)
        client = Client(host, port)
        try:
            shake_hands(client.socket, client.reader.readline)
            for _ in range(together):
                client.socket.sendall(frame(b"hello"))
                if client.reader.read(7) != b"\x81\x05hello":
                    raise WrongAnswer("a message did not come back")
        finally:
            client.close()
        count -= together


def shake_hands(connection: socket.socket, line: Callable[[], bytes]) -> None:
    """The opening handshake (RFC 6455 section 4.1)."""
    connection.sendall(
        b"GET /socket HTTP/1.1\r\nHost: flat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    status = line()
    if b" 101 " not in status:
        raise WrongAnswer(f"no handshake: {status!r}")
    while line() not in (b"\r\n", b""):
        pass
