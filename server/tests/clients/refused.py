"""One Python client that uploads what the handlers of `refusals.py` refuse: `refused.py CLIENT URL [fresh]`.

CLIENT is `http.client`, `requests` or `httpx`. Each upload has to be answered with its status; the first that is not ends it.
`fresh`: each goes on a connection of its own.
"""

import http.client
import sys
import urllib.parse
from collections.abc import Callable

# How many uploads there are of each size, in bytes.
UPLOADS = {10_000: 50, 100_000: 50, 1_000_000: 50, 20_000_000: 12}
TARGETS = {"/nowhere": 404, "/hello": 405, "/denied": 401, "/denied-async": 401, "/small": 413, "/small-stream": 413}

Upload = Callable[[str, bytes], int]


def standard(url: str, is_fresh: bool) -> Upload:
    """The standard library's client, which sends all before it reads."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)

    def upload(path: str, body: bytes) -> int:
        connection.request("POST", parts.path + path, body)
        answer = connection.getresponse()
        answer.read()
        if is_fresh:
            connection.close()
        return answer.status

    return upload


def requests(url: str, is_fresh: bool) -> Upload:
    """requests."""
    import requests

    session = requests.Session()
    headers = {"Connection": "close"} if is_fresh else {}
    return lambda path, body: session.post(url + path, data=body, headers=headers, timeout=20).status_code


def httpx(url: str, is_fresh: bool) -> Upload:
    """httpx."""
    import httpx

    client = httpx.Client(timeout=20)
    headers = {"Connection": "close"} if is_fresh else {}
    return lambda path, body: client.post(url + path, content=body, headers=headers).status_code


CLIENTS = {"http.client": standard, "requests": requests, "httpx": httpx}


def main() -> None:
    """Prints how many were answered of each size."""
    upload = CLIENTS[sys.argv[1]](sys.argv[2], sys.argv[3:] == ["fresh"])
    targets = list(TARGETS.items())
    for size, count in UPLOADS.items():
        for number in range(count):
            path, expected = targets[number % len(targets)]
            try:
                status = upload(path, b"x" * size)
            except Exception as error:
                raise SystemExit(f"upload {number} of {size} bytes to {path}: {error!r}") from error
            if status != expected:
                raise SystemExit(f"upload {number} of {size} bytes to {path}: {status}, not {expected}")
        print(f"{count} of {size} bytes")
    print("all")


if __name__ == "__main__":
    main()
