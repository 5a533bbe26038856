"""Makes what contenders run: binaries, and virtual environments for those from PyPI.

A coachwhip binary embeds one Python, so each version has its own build.
"""

import os
import subprocess
from functools import cache
from pathlib import Path

from harness import virtual_environment
from harness.contender import Contender

ROOT = Path(__file__).resolve().parents[2]


class BuildError(Exception):
    """A binary that could not be built, or a Python that is not there."""


@cache
def python_path(version: str) -> str:
    """The Python of that version, as `scripts/find-python` finds it."""
    found = subprocess.run([ROOT / "scripts/find-python", version], capture_output=True, text=True)
    if found.returncode != 0:
        raise BuildError(f"no Python {version} here; scripts/install-python builds 3.13 and 3.13t")
    return found.stdout.strip()


def binary_path(contender: Contender) -> Path:
    """Where its binary lies, or will."""
    kind, _, name = contender.build.partition(":")
    if kind == "example":
        return ROOT / "target/release/examples" / name
    return ROOT / f"target/python-{contender.python}/release/coachwhip"


def build(contender: Contender) -> None:
    """Makes what the contender needs. cargo and pip do nothing when it is there."""
    if contender.requirements:
        virtual_environment.ensure(contender.requirements, contender.python, python_path(contender.python))
    kind, _, name = contender.build.partition(":")
    environment = dict(os.environ)
    match kind:
        case "":
            return
        case "server":
            environment["PYO3_PYTHON"] = python_path(contender.python)
            environment["CARGO_TARGET_DIR"] = str(ROOT / f"target/python-{contender.python}")
            target = ["--package", "server", "--bin", "coachwhip"]
        case "example":
            environment["CARGO_TARGET_DIR"] = str(ROOT / "target")
            target = ["--package", "benches", "--example", name]
        case _:
            raise BuildError(f"{contender.name}: unknown build {contender.build!r}; known are server, example:NAME")
    command = ["nice", "cargo", "build", "--release", *target]
    if subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL).returncode != 0:
        raise BuildError(f"{contender.name}: `{' '.join(command)}` failed")
