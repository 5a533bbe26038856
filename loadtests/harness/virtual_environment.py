"""The virtual environments that contenders from PyPI run in: below the cache, never in the checkout.

Each set of pinned requirements has one of its own, for each Python. It is made when it is first needed and kept.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

INSTALLS_WITHIN_S = 600
FINISHED = "requirements.txt"
"""Written last: without it, whatever is there is the rest of a failed attempt."""


class InstallError(Exception):
    """A virtual environment that could not be made."""


def folder(requirements: list[str], version: str) -> Path:
    """Where the environment lies, or will. The name tells the first package, and a digest all of them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:8]
    first = requirements[0].partition("==")[0]
    return cache / "coachwhip/contenders" / f"{first}-{version}-{digest}"


def python_of(requirements: list[str], version: str) -> Path:
    """The environment's Python."""
    return folder(requirements, version) / "bin/python"


def ensure(requirements: list[str], version: str, python: str) -> None:
    """Makes the environment with that Python, unless it is there."""
    place = folder(requirements, version)
    if (place / FINISHED).exists():
        return
    shutil.rmtree(place, ignore_errors=True)
    print(f"installing {', '.join(requirements)}", flush=True)
    run([python, "-m", "venv", str(place)])
    run([str(place / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])
    (place / FINISHED).write_text("\n".join(requirements) + "\n", encoding="utf-8")


def run(command: list[str]) -> None:
    """Runs one step, bounded in time."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALLS_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"`{' '.join(command)}`: {error}") from error
    if done.returncode != 0:
        raise InstallError(f"`{' '.join(command)}` failed:\n{done.stderr[-2000:]}")
