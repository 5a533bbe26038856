"""Requests and their whole answers over a plain socket, so that the bytes on the wire can be counted."""

import socket
from dataclasses import dataclass

from harness.scenario import Scenario

TIMEOUT_S = 10


class WrongAnswer(Exception):
    """The server's answer is not the one that the scenario expects."""


@dataclass(frozen=True)
class Answer:
    """A response as it came over the wire."""

    status: int
    body: bytes
    wire_bytes: int
    """Head and body. The head's length does not change while the clock runs: `Date` has a fixed one."""


def request_bytes(scenario: Scenario, address: str) -> bytes:
    """The request with the headers that the load generators send, and no others."""
    body = scenario.body_bytes
    lines = [f"{scenario.method} {scenario.path} HTTP/1.1", f"Host: {address}"]
    lines += [f"{name}: {value}" for name, value in scenario.headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def parsed(head: bytes) -> tuple[int, int]:
    """Status and Content-Length of a response's head."""
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    try:
        return int(status_line.split()[1]), int(headers["content-length"])
    except (IndexError, ValueError, KeyError) as error:
        raise WrongAnswer(f"a head without status or Content-Length: {head!r}") from error


def connected(host: str, port: int) -> socket.socket:
    """A connection on which nothing waits for ever."""
    try:
        return socket.create_connection((host, port), timeout=TIMEOUT_S)
    except OSError as error:
        raise WrongAnswer(f"no connection: {error}") from error


def ask(scenario: Scenario, connection: socket.socket) -> Answer:
    """Sends the scenario's request once and insists on the expected status and body."""
    host, port = connection.getpeername()
    try:
        connection.sendall(request_bytes(scenario, f"{host}:{port}"))
        answer = received(connection)
    except OSError as error:
        raise WrongAnswer(f"no answer: {error}") from error
    expected = (scenario.expect.status, scenario.expect.body_bytes)
    if (answer.status, answer.body) != expected:
        shown = (answer.status, answer.body[:200])
        raise WrongAnswer(f"expected {(expected[0], expected[1][:200])}, got {shown}")
    return answer


def received(connection: socket.socket) -> Answer:
    """One whole response."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += more(connection, text)
    head, _, body = text.partition(b"\r\n\r\n")
    status, body_bytes = parsed(head)
    while len(body) < body_bytes:
        body += more(connection, body)
    return Answer(status, body, len(head) + 4 + len(body))


def more(connection: socket.socket, so_far: bytes) -> bytes:
    """The next bytes; the end of the stream is a wrong answer here."""
    chunk = connection.recv(65536)
    if not chunk:
        raise WrongAnswer(f"the connection was closed after {so_far[:200]!r}")
    return chunk


def verify(scenario: Scenario, host: str, port: int) -> Answer:
    """Asks once, on a connection of its own."""
    with connected(host, port) as connection:
        return ask(scenario, connection)
