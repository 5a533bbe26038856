"""Instructions of one request on the server's way, counted by callgrind: the same on a busy machine as on a quiet one.

Two runs of the example `request_path` differ in the number of requests alone, so their difference has no start-up in
it.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.build import ROOT, environment_of, run_cargo, target_folder

FEW, MANY = 500, 1500
"""Requests of the two runs."""

LIMIT_S = 120
EXAMPLE = "request_path"
NAME = re.compile(r"\((\d+)\)(?: (.*))?")


class CountError(Exception):
    """Nothing could be counted."""


@dataclass(frozen=True)
class Count:
    """Instructions of one request."""

    outside: float
    """The server's, with libc's: what the gate is about, since it is built from this tree."""
    inside: float
    """libpython's: another build of Python has other ones."""

    @property
    def total(self) -> float:
        """All of them."""
        return self.outside + self.inside


def by_object(lines: Iterable[str]) -> Counter[str]:
    """Instructions by the file that they are in, from callgrind's output.

    Names are given in full once, `ob=(1) /usr/lib/libc.so.6`, then by number. A line after `calls=` is what was called,
    which is counted where it ran.
    """
    names: dict[str, str] = {}
    found: Counter[str] = Counter()
    current, is_call = "", False
    for line in lines:
        if line.startswith(("ob=", "cob=")):
            key, _, value = line.rstrip("\n").partition("=")
            match = NAME.fullmatch(value)
            if match is None:
                raise CountError(f"callgrind wrote {line!r}")
            name = names.setdefault(match[1], match[2] or "")
            current = name if key == "ob" else current
        elif line.startswith("calls="):
            is_call = True
        elif line[:1].isdigit() or line[:1] in "+-*":
            if not is_call:
                found[current] += int(line.split()[1])
            is_call = False
    return found


def run(binary: Path, requests: int) -> Counter[str]:
    """Instructions of one run by file."""
    if not shutil.which("valgrind"):
        raise CountError("no valgrind here; install the package valgrind")
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}", str(binary), str(requests)]
        # Hashes of strings, and with them the order of collisions, are the same each time.
        environment = os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired as error:
            raise CountError(f"`{' '.join(command)}` was still running after {LIMIT_S} s") from error
        if done.returncode != 0:
            raise CountError(f"`{' '.join(command)}` ended with status {done.returncode}:\n{done.stderr[-2000:]}")
        with output.open(encoding="utf-8") as lines:
            return by_object(lines)


def per_request(few: Counter[str], many: Counter[str], requests: int) -> Count:
    """What so many requests more have cost, divided among them."""
    inside = outside = 0
    for name in few.keys() | many.keys():
        more = many[name] - few[name]
        if Path(name).name.startswith("libpython"):
            inside += more
        else:
            outside += more
    return Count(outside / requests, inside / requests)


def build(version: str, folder: Path = ROOT) -> Path:
    """Builds the example of the workspace in `folder`."""
    arguments = ["build", "--release", "--package", "benches", "--example", EXAMPLE]
    run_cargo(arguments, environment_of(version, folder), folder)
    return target_folder(version, folder) / "release/examples" / EXAMPLE


def count(binary: Path) -> Count:
    """Instructions of one request."""
    return per_request(run(binary, FEW), run(binary, MANY), MANY - FEW)
