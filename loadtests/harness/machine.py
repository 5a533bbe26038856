"""What a record says about the machine, the software and the moment."""

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.build import ROOT, python_path
from harness.contender import Contender, expanded
from harness.process import placeholders


def first_line(command: list[str]) -> str:
    """The first line that a version command writes, to whichever stream; what is wrong, where it can't run."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"unknown: {error}"
    return (done.stdout.strip() or done.stderr.strip()).partition("\n")[0]


def commit() -> str:
    """The short commit, with `-dirty` when tracked files differ from it."""
    dirty = first_line(["git", "status", "--porcelain", "--untracked-files=no"])
    return first_line(["git", "rev-parse", "--short", "HEAD"]) + ("-dirty" if dirty else "")


def cpu_model() -> str:
    """As the kernel names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory_mib() -> int:
    """All of the machine's."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def basics(pythons: Iterable[str]) -> dict[str, Any]:
    """What every record's machine.json holds; `pythons` are versions."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python3", *sys.argv]),
        "commit": commit(),
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": memory_mib(),
        "kernel": platform.release(),
        "load_average_before": os.getloadavg(),
        "rustc": first_line(["rustc", "--version"]),
        "pythons": {version: first_line([python_path(version), "-VV"]) for version in sorted(pythons)},
    }


def described(contenders: list[Contender]) -> dict[str, Any]:
    """The content of machine.json."""
    return basics({contender.python for contender in contenders if contender.python}) | {
        "contenders": {
            contender.label: first_line(expanded(contender.version, placeholders(contender, 0)))
            for contender in contenders
        },
        "generators": {"wrk": first_line(["wrk", "--version"]), "oha": first_line(["oha", "--version"])},
    }


def written(contenders: list[Contender], folder: Path) -> dict[str, Any]:
    """Writes machine.json of a run of contenders and returns its content."""
    return write(described(contenders), folder)


def write(machine: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Writes machine.json."""
    (folder / "machine.json").write_text(json.dumps(machine, indent=2) + "\n", encoding="utf-8")
    return machine
