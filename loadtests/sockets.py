#!/usr/bin/env python3
"""How WebSockets are spread over workers: `python3 loadtests/sockets.py --help`.

Opens so many sockets, all at once, on one worker, on two and on four, and sends on each a few messages, the next one when
the last has come back. A message takes a worker 2 ms of CPU time. Tells how many sockets each worker has, and how many
messages come back in a second.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness.build import binary_path, build
from harness.contender import Contender
from harness.machine import basics, write
from harness.markdown import table
from harness.page import heading
from harness.record import new_folder, write_rows

HERE = Path(__file__).resolve().parent
BURN_US = b"2000"
# A frame of a client with a mask of zeros.
MESSAGE = bytes([0x81, 0x80 | len(BURN_US), 0, 0, 0, 0]) + BURN_US
HANDSHAKE = (
    b"GET /burn HTTP/1.1\r\nHost: sockets\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TIMEOUT_S = 300


@dataclass(frozen=True)
class Row:
    """One row of sockets.csv."""

    strategy: str
    workers: int
    sockets: int
    fewest: int
    most: int
    messages_per_s: float


async def frame(reader: asyncio.StreamReader) -> bytes:
    """The payload of the next short frame."""
    head = await reader.readexactly(2)
    if head[0] != 0x81:
        raise SystemExit(f"a text message was to come, not {head.hex()}")
    return await reader.readexactly(head[1])


async def opened(port: int, workers: Counter[bytes]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket, and its worker counted."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE)
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head:
        raise SystemExit(f"the handshake was refused: {head!r}")
    workers[await frame(reader)] += 1
    return reader, writer


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
    """Messages in turn, each when the last has come back."""
    for _ in range(count):
        writer.write(MESSAGE)
        if await frame(reader) != BURN_US:
            raise SystemExit("another message came back")


async def load(port: int, sockets: int, messages: int) -> tuple[Counter[bytes], float]:
    """How many sockets each worker has, and the messages in a second."""
    workers: Counter[bytes] = Counter()
    connections = await asyncio.gather(*(opened(port, workers) for _ in range(sockets)))
    began = time.perf_counter()
    await asyncio.gather(*(talk(*connection, messages) for connection in connections))
    rate = sockets * messages / (time.perf_counter() - began)
    for _, writer in connections:
        writer.close()
    return workers, rate


async def row(binary: Path, strategy: str, workers: int, args: argparse.Namespace) -> Row:
    """Starts a server, loads it, ends it."""
    options = ["--bind", "127.0.0.1:0", "--strategy", strategy, "--workers", str(workers), "--io-threads", "1", "--ping-interval", "600"]
    server = await asyncio.create_subprocess_exec(
        binary, *options, "--pythonpath", HERE / "apps", "sockets", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        ready = (await asyncio.wait_for(server.stdout.readline(), 30)).decode()
        port = int(ready.partition("http://127.0.0.1:")[2].partition(" ")[0])
        counts, rate = await asyncio.wait_for(load(port, args.sockets, args.messages), TIMEOUT_S)
    finally:
        server.kill()
        await server.wait()
    each = [counts[str(worker).encode()] for worker in range(workers)]
    found = Row(strategy, workers, args.sockets, min(each), max(each), round(rate, 1))
    print(found, flush=True)
    return found


def page(machine: dict[str, object], rows: list[Row]) -> str:
    """The record's page."""
    header = ["strategy", "workers", "sockets", "fewest of a worker", "most", "messages/s"]
    lines = [[one.strategy, *map(str, [one.workers, one.sockets, one.fewest, one.most, one.messages_per_s])] for one in rows]
    text = [heading(machine, "WebSockets over workers"), __doc__.partition("\n\n")[2].strip()]
    return "\n\n".join([*text, table(header, lines, is_text=False), "Each run: [sockets.csv](sockets.csv)."]) + "\n"


def main() -> int:
    """Builds unless there is a binary, loads, records."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--strategy", action="append", help="instead of subinterp")
    parser.add_argument("--workers", action="append", type=int, help="instead of 1, 2 and 4")
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=3, help="on each socket")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--binary", type=Path, help="a server that is built")
    parser.add_argument("--records", type=Path, default=HERE / "records", help="where the record's folder is made")
    args = parser.parse_args()
    binary = args.binary
    if binary is None:
        contenders = Contender.read_all(HERE / "contenders")
        contender = next(one for one in contenders if one.name == "coachwhip_subinterp")
        build(contender)
        binary = binary_path(contender)
    rows = [
        asyncio.run(row(binary, strategy, workers, args))
        for _ in range(args.rounds)
        for strategy in args.strategy or ["subinterp"]
        for workers in args.workers or [1, 2, 4]
    ]
    folder = new_folder(args.records, "-sockets")
    write_rows(folder / "sockets.csv", rows)
    (folder / "README.md").write_text(page(write(basics([]), folder), rows), encoding="utf-8")
    print(f"recorded in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
