#!/usr/bin/env python3
"""Which packages each strategy can import: `python3 loadtests/extension_modules.py --help`.

Installs each package (wheels only) for the Python that the strategy runs on, and has the server load an application that
imports it. What the table says is from the server's own message. Importing is no proof that a package works.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.build import BuildError, build, python_path
from harness.contender import Contender
from harness.machine import written
from harness.markdown import table
from harness.page import contender_list, heading
from harness.process import placeholders
from harness.record import new_folder, write_rows

HERE = Path(__file__).resolve().parent
WITHIN_S = 120
WHERE = re.compile(r"^coachwhip: (worker \d+ \(interpreter \d+\): )?")
PACKAGES = {
    "aiohttp": "aiohttp",
    "asyncpg": "asyncpg",
    "cffi": "_cffi_backend",
    "cryptography": "cryptography.fernet",
    "greenlet": "greenlet",
    "httptools": "httptools",
    "jinja2": "jinja2",
    "lxml": "lxml.etree",
    "markupsafe": "markupsafe",
    "msgpack": "msgpack",
    "msgspec": "msgspec",
    "multidict": "multidict",
    "numpy": "numpy",
    "orjson": "orjson",
    "pillow": "PIL.Image",
    "psycopg[binary]": "psycopg",
    "pydantic": "pydantic",
    "pyyaml": "yaml",
    "redis": "redis",
    "requests": "requests",
    "sqlalchemy": "sqlalchemy",
    "uvloop": "uvloop",
}
"""What pip calls it, and the module that an application imports. Some do without their C part where it refuses."""


@dataclass(frozen=True)
class Outcome:
    """One row of imports.csv."""

    package: str
    version: str
    contender: str
    outcome: str
    """`yes`, `no wheel`, or what the server says of the module."""


def environment(version: str, folder: Path) -> Path:
    """An empty virtual environment of that Python."""
    place = folder / f"venv-{version}"
    subprocess.run([python_path(version), "-m", "venv", place], check=True, stdin=subprocess.DEVNULL)
    return place


def installed(package: str, venv: Path) -> str:
    """Installs it; its version, or nothing where there is no wheel for this Python."""
    pip = [venv / "bin/python", "-m", "pip", "--disable-pip-version-check"]
    install = [*pip, "install", "--quiet", "--only-binary", ":all:", package]
    if subprocess.run(install, capture_output=True, stdin=subprocess.DEVNULL).returncode != 0:
        return ""
    name = package.partition("[")[0]
    shown = subprocess.run([*pip, "show", name], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return shown.stdout.partition("Version: ")[2].partition("\n")[0]


def imported(module: str, contender: Contender, venv: Path, folder: Path) -> str:
    """What becomes of an application that imports the module."""
    text = f'import {module}\nfrom coachwhip import get\n\n@get("/")\ndef index() -> str:\n    return {module}.__name__\n'
    (folder / "probe.py").write_text(text, encoding="utf-8")
    strategy = contender.name.removeprefix("coachwhip_")
    binary = placeholders(contender, 0)["binary"]
    command = [binary, "routes", "--strategy", strategy, "--venv", venv, "--pythonpath", folder, "probe"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        return f"no answer within {WITHIN_S} s"
    if done.returncode == 0:
        return "yes"
    return reason(done.stderr) or f"exit status {done.returncode}"


def reason(text: str) -> str:
    """What the server says of the module, without where that was and what to do instead."""
    last = (text.strip().splitlines() or [""])[-1]
    return WHERE.sub("", last).partition(", so ")[0]


def outcomes(contender: Contender, folder: Path) -> list[Outcome]:
    """Every package under one strategy."""
    venv = environment(contender.python, folder)
    rows = []
    for package, module in PACKAGES.items():
        version = installed(package, venv)
        outcome = imported(module, contender, venv, folder) if version else "no wheel"
        rows.append(Outcome(package, version, contender.name, outcome))
        print(f"{contender.name}: {package} {version}: {outcome}", flush=True)
    return rows


def page(machine: dict[str, Any], contenders: list[Contender], rows: list[Outcome]) -> str:
    """The record's page."""
    lines = []
    for package in PACKAGES:
        own = {row.contender: row for row in rows if row.package == package}
        cells = (f"{own[one.name].version} {own[one.name].outcome}".strip() for one in contenders)
        lines.append([package, *(text.replace("|", "/") for text in cells)])
    parts = [heading(machine, "Extension modules"), (__doc__ or "").partition("\n\n")[2].strip()]
    parts.append(table(["package", *(one.name for one in contenders)], lines).replace("--:", "---"))
    return "\n\n".join([*parts, contender_list(machine, contenders)]) + "\n"


def main() -> int:
    """Builds, installs, imports, records."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--records", type=Path, default=HERE / "records", help="where the record's folder is made")
    args = parser.parse_args()
    every = Contender.read_all(HERE / "contenders")
    contenders = [one for one in every if one.build == "server" and one.name.startswith("coachwhip_")]
    contenders = list({one.name: one for one in contenders}.values())
    try:
        for contender in contenders:
            build(contender)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            # Each a folder of its own: two strategies share a Python, not an environment.
            rows = []
            for contender in contenders:
                own = folder / contender.name
                own.mkdir()
                rows += outcomes(contender, own)
    except (BuildError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    record = new_folder(args.records, "-extension-modules")
    write_rows(record / "imports.csv", rows)
    (record / "README.md").write_text(page(written(contenders, record), contenders, rows), encoding="utf-8")
    print(f"recorded in {record}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
