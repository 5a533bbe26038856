"""So many clients that send a head of one byte a second, in a process of its own: `slow_crowd.py HOST PORT CLIENTS`.

Prints a line when all are connected. At the end of standard input prints how many the server has not given up, and ends.
"""

import resource
import select
import socket
import sys
import time

HEAD = b"GET / HTTP/1.1\r\nHost: slow\r\nX-Slow: "
SLICES = 1000
"""The crowd sends in so many turns a second."""


def connected(host: str, port: int, count: int) -> list[socket.socket]:
    """All of them."""
    crowd = []
    for _ in range(count):
        client = socket.create_connection((host, port), timeout=30)
        client.setblocking(False)
        crowd.append(client)
    return crowd


def is_open(client: socket.socket) -> bool:
    """Whether the server has neither answered nor closed."""
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def main() -> int:
    """Sends until standard input ends."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    crowd = connected(host, port, count)
    print("connected", flush=True)
    began, turn = time.monotonic(), 0
    while True:
        second, part = divmod(turn, SLICES)
        byte = HEAD[second : second + 1] or b"x"
        for client in crowd[part::SLICES]:
            try:
                client.send(byte)
            except OSError:
                pass  # It is counted at the end.
        turn += 1
        left_s = max(began + turn / SLICES - time.monotonic(), 0)
        if select.select([sys.stdin], [], [], left_s)[0]:
            break
    print(sum(map(is_open, crowd)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
