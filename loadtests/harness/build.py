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
    return target_folder(contender.python) / "release/coachwhip"


def build(contender: Contender) -> None:
    """Makes what the contender needs. cargo and pip do nothing when it is there."""
    if contender.requirements:
        virtual_environment.ensure(contender.requirements, contender.python, python_path(contender.python))
    kind, _, name = contender.build.partition(":")
    match kind:
        case "":
            return
        case "server":
            build_server(contender.python)
        case "example":
            environment = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target")}
            run_cargo(["build", "--release", "--package", "benches", "--example", name], environment)
        case _:
            raise BuildError(f"{contender.name}: unknown build {contender.build!r}; known are server, example:NAME")


def build_server(version: str) -> Path:
    """Makes the server that embeds the Python of that version, and says where it lies."""
    run_cargo(["build", "--release", "--package", "server", "--bin", "coachwhip"], environment_of(version))
    return target_folder(version) / "release/coachwhip"


def target_folder(version: str, workspace: Path = ROOT) -> Path:
    """Where everything lies that embeds the Python of that version. Never shared by two workspaces: cargo takes what one
    has built for the other's."""
    return workspace / f"target/python-{version}"


def environment_of(version: str, workspace: Path = ROOT) -> dict[str, str]:
    """What cargo is told to embed that Python."""
    return os.environ | {"PYO3_PYTHON": python_path(version), "CARGO_TARGET_DIR": str(target_folder(version, workspace))}


def run_cargo(arguments: list[str], environment: dict[str, str], workspace: Path = ROOT, *, is_read: bool = False) -> str:
    """Runs cargo, which does nothing where all is there; returns what it writes to standard output, if that `is_read`."""
    command = ["nice", "cargo", *arguments]
    output = subprocess.PIPE if is_read else None
    done = subprocess.run(command, cwd=workspace, env=environment, stdin=subprocess.DEVNULL, stdout=output, text=True)
    if done.returncode != 0:
        raise BuildError(f"`{' '.join(command)}` failed")
    return done.stdout or ""
