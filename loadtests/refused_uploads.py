#!/usr/bin/env python3
"""Whether clients get the answer to an upload that is refused: `python3 loadtests/refused_uploads.py --help`.

Uploads of several sizes go to paths that refuse them without reading them (401, 404, 405, 413), directly and through nginx
and haproxy. Each has to be answered with its status: a connection that is reset, or a proxy's 502, is a failure, and then the
exit status is 1. What is not on the machine is left out, and standard error tells so.
"""

import argparse
import http.client
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from harness.process import free_port

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = ROOT / "server/tests/handlers"
SIZES = [10_000, 30_000, 100_000, 1_000_000, 5_000_000]
TARGETS = {"/nowhere": 404, "/hello": 405, "/denied": 401, "/denied-async": 401, "/small": 413, "/small-stream": 413}
OPTIONS = ["--pythonpath", str(HANDLERS), "--max-body-bytes", "1000"]
TIMEOUT_S = 30

NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    upstream app {{ server 127.0.0.1:{server}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_request_buffering {buffering};
        location / {{ proxy_pass http://app; }}
    }}
}}
"""

HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend www
    bind 127.0.0.1:{port}
    default_backend app
backend app
    server app 127.0.0.1:{server}
"""


def serves(port: int) -> bool:
    """Whether the handlers answer there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/hello")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A program by which the handlers are reached on that port."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            limit = time.monotonic() + 60
            while not serves(port):
                if process.poll() is not None or time.monotonic() > limit:
                    raise SystemExit(f"{command[0]} does not start")
                time.sleep(0.02)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def fronts(names: list[str], server: int, folder: Path) -> Iterator[tuple[str, list[str] | None, int]]:
    """The name of each way to the server, the command of the proxy on it, and the port to ask."""
    for name in names:
        if name == "direct":
            yield name, None, server
            continue
        proxy, _, way = name.partition("-")
        program = shutil.which(proxy, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if program is None:
            print(f"skipped: {name}: not on this machine", file=sys.stderr)
            continue
        port, file = free_port(), folder / f"{name}.conf"
        values = {"folder": folder, "server": server, "port": port, "buffering": "off" if way == "streamed" else "on"}
        file.write_text((NGINX if proxy == "nginx" else HAPROXY).format(**values), encoding="utf-8")
        nginx = [program, "-e", str(folder / "nginx.log"), "-c", str(file)]
        yield name, nginx if proxy == "nginx" else [program, "-q", "-db", "-f", str(file)], port


def upload(connection: http.client.HTTPConnection, path: str, body: bytes) -> str:
    """The status, or how it failed."""
    try:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        answer.read()
        return str(answer.status)
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return type(error).__name__


def refused(port: int, count: int, reuses: bool) -> tuple[Counter[str], float]:
    """What became of so many uploads, and how long they took.

    nginx closes connections that it has said to keep, when a body was not read, so through a proxy none is used twice.
    """
    outcomes: Counter[str] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    bodies = [b"x" * size for size in SIZES]
    targets = list(TARGETS.items())
    start = time.monotonic()
    for number in range(count):
        path, status = targets[number % len(targets)]
        body = bodies[number // len(targets) % len(bodies)]
        told = upload(connection, path, body)
        outcomes["answered" if told == str(status) else told] += 1
        if not reuses:
            connection.close()
    connection.close()
    return outcomes, time.monotonic() - start


def parsed() -> argparse.Namespace:
    """The options."""
    names = ["direct", "nginx", "nginx-streamed", "haproxy"]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1000, help="uploads each way (default: %(default)s)")
    parser.add_argument("--front", action="append", choices=names, help="one way alone; can be repeated")
    parser.add_argument("--option", action="append", default=[], help="an option of the server, as --option=--dispatch=inline")
    args = parser.parse_args()
    args.front = args.front or names
    return args


def main() -> int:
    """Prints a row for each way."""
    args = parsed()
    is_good = True
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        server = free_port()
        command = [str(args.binary), "--bind", f"127.0.0.1:{server}", *OPTIONS, *args.option, "refusals"]
        stack.enter_context(running(command, server))
        print(f"| way | uploads | answered | others | seconds |\n| {'--- | ' * 5}".rstrip())
        for way, proxy, port in fronts(args.front, server, Path(name)):
            with running(proxy, port) if proxy else ExitStack():
                outcomes, took_s = refused(port, args.count, reuses=proxy is None)
            answered = outcomes.pop("answered", 0)
            is_good &= answered == args.count
            others = ", ".join(f"{count} {what}" for what, count in outcomes.most_common()) or "-"
            print(f"| {way} | {args.count} | {answered} | {others} | {took_s:.1f} |", flush=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
