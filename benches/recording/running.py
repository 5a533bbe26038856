"""Builds the benches for each Python and runs one of them at a time."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from harness.build import ROOT, BuildError, build_server, environment_of, run_cargo
from recording import rows
from recording.criterion import collected
from recording.plan import COMMAND, NO_PYTHON, Step

LIMIT_S = 900
"""A bench that runs for longer than this hangs."""


class BenchError(Exception):
    """A bench that ended with an error: the answer that it checks was wrong, or it could not run."""


@dataclass
class Builds:
    """What was built, by Python: the benches' executables by name, and the server."""

    benches: dict[str, dict[str, Path]] = field(default_factory=dict)
    servers: dict[str, Path] = field(default_factory=dict)

    def make(self, version: str, names: list[str], has_command: bool) -> None:
        """Builds everything for one Python. cargo does nothing where it is there."""
        if names:
            self.benches[version] = executables(version, names)
        if has_command:
            self.servers[version] = build_server(version)

    def bench(self, step: Step) -> Path:
        """The executable of a step. One that touches no Python is taken from whichever build has it."""
        versions = self.benches if step.python == NO_PYTHON else (step.python,)
        return next(self.benches[version][step.bench] for version in versions if step.bench in self.benches[version])


def executables(version: str, names: list[str], folder: Path = ROOT) -> dict[str, Path]:
    """Builds benches of the workspace in `folder` and says where they lie."""
    chosen = [part for name in names for part in ("--bench", name)]
    arguments = ["bench", "--no-run", "--package", "benches", *chosen, "--message-format=json-render-diagnostics"]
    built = {}
    for line in run_cargo(arguments, environment_of(version, folder), folder, is_read=True).splitlines():
        message = json.loads(line)
        if message.get("executable") and "bench" in message["target"]["kind"]:
            built[message["target"]["name"]] = Path(message["executable"])
    if missing := set(names) - built.keys():
        raise BuildError(f"cargo built no bench {', '.join(sorted(missing))}")
    return built


def run_bench(executable: Path, place: Path, *arguments: str) -> None:
    """Runs one bench; what criterion and the bench itself write goes into `place`."""
    environment = os.environ | {"CRITERION_HOME": str(place / "criterion"), "BENCH_ROWS_DIR": str(place)}
    command = [str(executable), "--bench", "--noplot", *arguments]
    run_quietly(command, environment)


def run_quietly(command: list[str], environment: dict[str, str]) -> None:
    """Runs a command; its output is shown only where it fails."""
    try:
        done = subprocess.run(
            command, cwd=ROOT / "benches", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"`{' '.join(command)}` was still running after {LIMIT_S} s") from error
    if done.returncode != 0:
        end = "\n".join(done.stdout.splitlines()[-20:])
        raise BenchError(f"`{' '.join(command)}` ended with status {done.returncode}:\n{end}")


def run_step(step: Step, builds: Builds, folder: Path) -> str:
    """Runs one step, keeps what came out, and says how much that was."""
    if step.bench == COMMAND:
        output = folder.resolve() / rows.boundary_file(step.python)
        partial = output.with_suffix(".partial")
        command = [str(builds.servers[step.python]), *COMMAND.split(), "--output", str(partial)]
        run_quietly(command, dict(os.environ))
        partial.rename(output)
        return output.name
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run_bench(builds.bench(step), place)
        found = collected(place / "criterion", step.bench, step.python)
        rows.add_extras(place, folder, step.python)
        rows.add(folder, found)
    return f"{len(found)} cases"
