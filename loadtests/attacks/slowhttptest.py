"""slowhttptest (Debian's package) in its three modes, against a server with default limits: does it stay available?

Its own probe asks every second whether the server still answers; another client here asks twenty times a second, each time
on a new connection.
"""

import re
import threading
import time
from dataclasses import dataclass, field

from attacks.figure import Figure
from attacks.serving import Start, Target, ask, serving
from harness.generator import output_of
from harness.process import Server

RATE_PER_S = 500
PROBE_MS_MOST = 1_000
"""From when a new client connects until it has its answer."""
MODES = {
    "slowhttptest -H (slow headers)": ["-H", "-i", "5", "-x", "24", "-p", "3"],
    "slowhttptest -B (slow body)": ["-B", "-i", "5", "-s", "8192", "-x", "10", "-p", "3"],
    "slowhttptest -X (slow read)": ["-X", "-n", "5", "-z", "32", "-w", "10", "-y", "20", "-k", "3", "-p", "3"],
}
PATHS = {"-H": "/", "-B": "/body", "-X": "/large"}


@dataclass
class Probe:
    """A client who is not slow."""

    longest_ms: float = 0
    answers: int = 0
    failures: list[str] = field(default_factory=list)

    def run(self, server: Server, ended: threading.Event) -> None:
        """Asks until the attack has ended."""
        while not ended.wait(0.05):
            began = time.monotonic()
            try:
                ask(server, "/")
                self.answers += 1
            except Exception as error:  # whatever it is, the server was not available
                self.failures.append(str(error))
            self.longest_ms = max(self.longest_ms, (time.monotonic() - began) * 1000)


def attack(target: Target, clients: int, duration_s: int) -> list[Figure]:
    """The figures of one strategy."""
    return [figure for name in MODES for figure in one_mode(target, name, (clients, duration_s))]


def one_mode(target: Target, name: str, size: tuple[int, int]) -> list[Figure]:
    """A server of its own for each mode."""
    clients, duration_s = size
    options = MODES[name]
    probe, ended = Probe(), threading.Event()
    with serving(target, Start()) as server:
        prober = threading.Thread(target=probe.run, args=(server, ended))
        prober.start()
        command = ["slowhttptest", "-c", str(clients), "-r", str(RATE_PER_S), "-l", str(duration_s), *options]
        try:
            said = output_of([*command, "-u", f"http://{server.address}{PATHS[options[0]]}"], duration_s)[0]
        finally:
            ended.set()
            prober.join()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    last = re.findall(r"service available:\s*(\w+)", plain)
    unavailable = sum(word != "YES" for word in last)
    rows = [
        ("clients", clients, None),
        ("seconds", duration_s, None),
        ("times that it saw the server unavailable", unavailable if last else 1, 0),
        ("answers to the other client", probe.answers, None),
        ("failures of the other client", len(probe.failures), 0),
        ("longest that the other client waited, ms", probe.longest_ms, PROBE_MS_MOST),
    ]
    return [Figure(name, target.strategy, measure, value, most) for measure, value, most in rows]
