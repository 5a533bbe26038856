#!/usr/bin/env python3
"""What a large stream takes of memory: `python3 loadtests/streams.py --help`.

Streams so many MiB from the server, to a sync and to an async handler, and there and back at once, each through a server
of its own; tells the highest number of resident pages before and after (`VmHWM`), and how long it took.
"""

import argparse
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIECE = b"x" * (1 << 20)
TIMEOUT_S = 600


def peak_kib(pid: int) -> int:
    """The most that was resident."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])


def received(connection: socket.socket) -> int:
    """How many bytes of a whole chunked body came."""
    total = 0
    with connection.makefile("rb") as answer:
        if b" 200 " not in answer.readline():
            raise SystemExit("the server has not answered 200")
        while answer.readline().strip():
            pass
        while size := int(answer.readline(), 16):
            left = size
            while left:
                left -= len(answer.read(min(left, 1 << 16)))
            answer.readline()
            total += size
    return total


def send(connection: socket.socket, line: str, mebibytes: int) -> None:
    """Sends a request whose body has so many MiB."""
    head = f"{line} HTTP/1.1\r\nHost: streams\r\nContent-Length: {mebibytes << 20}\r\n\r\n"
    connection.sendall(head.encode())
    for _ in range(mebibytes):
        connection.sendall(PIECE)


def down(connection: socket.socket, mebibytes: int) -> int:
    """A generator's answer."""
    connection.sendall(f"GET /stream/down/{mebibytes} HTTP/1.1\r\nHost: streams\r\n\r\n".encode())
    return received(connection)


def up(line: str) -> Callable[[socket.socket, int], int]:
    """An upload that the handler counts."""

    def run(connection: socket.socket, mebibytes: int) -> int:
        send(connection, line, mebibytes)
        with connection.makefile("rb") as answer:
            length = 0
            while field := answer.readline().strip():
                if field.lower().startswith(b"content-length:"):
                    length = int(field.partition(b":")[2])
            return int(answer.read(length))

    return run


def there_and_back(connection: socket.socket, mebibytes: int) -> int:
    """An upload that is streamed back while it comes."""
    writer = threading.Thread(target=send, args=(connection, "POST /stream/echo", mebibytes))
    writer.start()
    total = received(connection)
    writer.join()
    return total


STREAMS = {
    "answer": down,
    "upload, sync": up("POST /stream/up"),
    "upload, async": up("PUT /stream/up"),
    "upload and answer": there_and_back,
}


def measured(command: list[str], stream: Callable[[socket.socket, int], int], mebibytes: int) -> tuple[int, int, float]:
    """Peaks in KiB before and after, and the seconds."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        try:
            address = re.findall(r"http://([\d.]+):(\d+)", server.stdout.readline())[0]
            with socket.create_connection((address[0], int(address[1])), TIMEOUT_S) as connection:
                stream(connection, 1)
                before, began = peak_kib(server.pid), time.monotonic()
                total = stream(connection, mebibytes)
                took = time.monotonic() - began
            if total != mebibytes << 20:
                raise SystemExit(f"{total} bytes in place of {mebibytes << 20}")
            return before, peak_kib(server.pid), took
        finally:
            server.terminate()


def main() -> int:
    """Measures each stream and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--binary", type=Path, default=ROOT / "target/release/coachwhip")
    parser.add_argument("--strategy", default="auto")
    parser.add_argument("--dispatch", default="auto")
    parser.add_argument("--mebibytes", type=int, default=1024)
    args = parser.parse_args()
    command = [str(args.binary), "--bind", "127.0.0.1:0", "--workers", "1", "--max-body-bytes", "64GiB"]
    command += ["--strategy", args.strategy, "--dispatch", args.dispatch]
    command += ["--pythonpath", str(ROOT / "server/tests/handlers"), "memory"]
    print(f"| {args.mebibytes} MiB | peak before, KiB | peak after, KiB | seconds |\n|---|---|---|---|")
    for name, stream in STREAMS.items():
        before, after, took = measured(command, stream, args.mebibytes)
        print(f"| {name} | {before} | {after} | {took:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
