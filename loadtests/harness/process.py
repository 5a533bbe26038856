"""A contender's life: start it, wait until it is ready, end it with everything that it started."""

import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from harness.build import ROOT, binary_path, python_path
from harness.contender import Contender, expanded
from harness.virtual_environment import python_of

READY_LINE = re.compile(rb"^listening on http://([^\s:]+):(\d+)", re.MULTILINE)
READY_WITHIN_S = 60
ENDS_WITHIN_S = 15
SETTLES_S = 0.5
"""What a server that does not say when it is ready has for its other workers, after the first one accepts."""


class ServerError(Exception):
    """A server that did not start or did not end; the message holds the end of what it wrote."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    host: str
    port: int
    ready_ms: float
    """From the start of the process until it said, or showed, that it accepts."""

    @property
    def address(self) -> str:
        """`HOST:PORT`."""
        return f"{self.host}:{self.port}"


def free_port() -> int:
    """A port that nothing listens on now. Another process could take it first; then the start fails and says so."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def placeholders(contender: Contender, port: int) -> dict[str, str]:
    """The values that a command may name."""
    values = {"port": str(port), "workers": str(contender.workers), "dispatch": contender.dispatch}
    if contender.build:
        values["binary"] = str(binary_path(contender))
    if contender.requirements:
        values["python"] = str(python_of(contender.requirements, contender.python))
    elif contender.python:
        values["python"] = python_path(contender.python)
    return values


@contextmanager
def running(contender: Contender, environment: dict[str, str]) -> Iterator[Server]:
    """Starts the contender with these variables too, yields it when it accepts, and ends it."""
    port = free_port()
    command = expanded(contender.command, placeholders(contender, port))
    announces = not any("{port}" in part for part in contender.command)
    with tempfile.TemporaryFile() as log:
        started = time.monotonic()
        # A session of its own: whatever it starts can be ended with it.
        # Nobody reads on after the ready line; what may write more than that writes to the log.
        output = subprocess.PIPE if announces else log
        try:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerError(str(error)) from error
        try:
            host, port = announced(process, started) if announces else accepting(process, port, started)
            ready_ms = (time.monotonic() - started) * 1000
            if not announces:
                time.sleep(SETTLES_S)
            yield Server(process.pid, host, port, ready_ms)
            end(process)
        except Exception as error:
            # Whatever the clients saw: a crash, and what the server said itself, tell more.
            crash = f"; exit status {process.returncode}" if process.poll() else ""
            raise ServerError(f"{error}{crash}\n{end_of(log)}") from error
        finally:
            kill(process)


def announced(process: subprocess.Popen[bytes], started: float) -> tuple[str, int]:
    """Waits for the ready line on standard output."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    written = b""
    while (left_s := started + READY_WITHIN_S - time.monotonic()) > 0:
        if not select.select([descriptor], [], [], left_s)[0]:
            break
        chunk = os.read(descriptor, 4096)
        if not chunk:
            raise ServerError(f"ended before it was ready, exit status {process.wait(ENDS_WITHIN_S)}")
        written += chunk
        if b"\n" in written and (match := READY_LINE.search(written)):
            return match[1].decode(), int(match[2])
    raise ServerError(f"no ready line within {READY_WITHIN_S} s; it said {written!r}")


def accepting(process: subprocess.Popen[bytes], port: int, started: float) -> tuple[str, int]:
    """Connects until the port accepts."""
    while time.monotonic() < started + READY_WITHIN_S:
        if process.poll() is not None:
            raise ServerError(f"ended before it was ready, exit status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return "127.0.0.1", port
        except OSError:
            time.sleep(0.01)
    raise ServerError(f"port {port} did not accept within {READY_WITHIN_S} s")


def end(process: subprocess.Popen[bytes]) -> None:
    """Asks it to end, as an operator would."""
    if process.poll() is not None:
        raise ServerError(f"ended under load, exit status {process.returncode}")
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"did not end within {ENDS_WITHIN_S} s of SIGTERM") from error


def kill(process: subprocess.Popen[bytes]) -> None:
    """Leaves nothing of its session behind."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def end_of(log: IO[bytes]) -> str:
    """The last lines of what the server wrote to standard error."""
    log.seek(0)
    return "\n".join(log.read().decode(errors="replace").splitlines()[-20:])
