"""What the load generators have in common: how they are run, and what they report."""

import resource
import subprocess
from dataclasses import dataclass

from harness.process import Server
from harness.scenario import Scenario

GRACE_S = 30
PERCENTILES = (50, 90, 99, 99.9)


class GeneratorError(Exception):
    """The generator itself failed; nothing was measured."""


@dataclass(frozen=True)
class Load:
    """What the generator saw."""

    requests: int
    errors: int
    duration_s: float
    latency_us: list[float]
    """By `PERCENTILES`, until the whole answer was there."""
    generator_s: float = 0
    """Processor time that the generator itself used. It has one thread: near `duration_s`, it is the limit."""

    @property
    def requests_per_s(self) -> float:
        """Answers a second."""
        return self.requests / self.duration_s


def output_of(command: list[str], duration_s: int) -> tuple[str, float]:
    """Runs a generator, bounded in time: what it wrote, and the processor seconds that it used.

    The seconds are those of all children that ended meanwhile, so they are right where generators run one at a time.
    """
    before_s = children_s()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=duration_s + GRACE_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GeneratorError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        raise GeneratorError(f"{command[0]}: exit status {done.returncode}: {done.stderr[-500:]}")
    return done.stdout, children_s() - before_s


def children_s() -> float:
    """Processor seconds of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def url(scenario: Scenario, server: Server) -> str:
    """The address of the scenario's path."""
    return f"http://{server.address}{scenario.path}"
