#!/usr/bin/env python3
"""Runs every bench on each Python that matters for it and records what came out: `python3 benches/record.py --help`."""

import argparse
import sys
import time
from pathlib import Path

from recording import BENCHES, rows
from recording.criterion import CriterionError
from recording.page import write_page
from recording.plan import BUILD_S, COMMAND, NO_PYTHON, PYTHONS, Bench, Step, chosen, left, steps_of
from recording.running import BenchError, Builds, run_step

from harness import machine
from harness.build import BuildError
from harness.record import RecordError, new_folder
from harness.schedule import Progress
from harness.settings import SettingsError


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--bench", action="append", metavar="NAME", help="only this one (repeatable)")
    parser.add_argument("--python", action="append", choices=PYTHONS, help="only this one (repeatable)")
    parser.add_argument("--records", type=Path, default=BENCHES / "records", help="where the record's folder is made")
    parser.add_argument("--resume", type=Path, metavar="RECORD", help="go on with the interrupted run of this record")
    parser.add_argument("--estimate", action="store_true", help="only say what would run, and for how long")
    return parser.parse_args()


def opened(args: argparse.Namespace) -> tuple[list[Bench], list[str]]:
    """The benches and Pythons of the run: those of the record to go on with, or those of the command line."""
    if not args.resume:
        return chosen(Bench.read_all(BENCHES / "plan.toml"), args.bench), args.python or list(PYTHONS)
    record = rows.read(args.resume)
    if record.machine["commit"] != machine.commit():
        raise RecordError(f"{args.resume} was made at {record.machine['commit']}, this is {machine.commit()}")
    return record.benches, record.pythons


def estimate(steps: list[Step], pythons: list[str]) -> str:
    """How long the steps take."""
    listed = "\n".join(f"  {step.title}: {step.seconds:.0f} s" for step in steps)
    running = sum(step.seconds for step in steps) / 60
    building = BUILD_S * len(pythons) / 60
    return f"{listed}\n{len(steps)} steps, about {running:.0f} minutes; builds from nothing about {building:.0f} more"


def built(steps: list[Step], pythons: list[str]) -> Builds:
    """Builds what the steps need, for one Python after the other."""
    builds = Builds()
    for version in pythons:
        began = time.monotonic()
        # Those without Python are taken from the first build.
        wanted = (version, NO_PYTHON) if version == pythons[0] else (version,)
        names = [step.bench for step in steps if step.bench != COMMAND and step.python in wanted]
        builds.make(version, names, (COMMAND, version) in {step.key for step in steps})
        print(f"built for {version} in {time.monotonic() - began:.0f} s", flush=True)
    return builds


def run(steps: list[Step], builds: Builds, folder: Path) -> bool:
    """Runs one step after the other, keeping what each finds; whether all went well. One that fails stops no other."""
    progress, is_well = Progress(steps), True
    for step in steps:
        gone = (time.monotonic() - progress.started) / 60
        print(f"{step.title}: about {step.seconds:.0f} s; {gone:.1f} min gone", flush=True)
        began = time.monotonic()
        try:
            said = run_step(step, builds, folder)
        except (BenchError, CriterionError) as error:
            is_well, said = False, f"FAILED, no figures: {error}"
        print(progress.line(step, f"{said}, {time.monotonic() - began:.0f} s"), flush=True)
    return is_well


def main() -> int:
    """Builds, measures, records."""
    args = arguments()
    try:
        benches, pythons = opened(args)
        done = rows.read(args.resume).done() if args.resume else set()
        steps = left(steps_of(benches, pythons), done)
        print(estimate(steps, pythons), flush=True)
        if args.estimate:
            return 0
        before = machine.basics(pythons)
        builds = built(steps, pythons)
    except (SettingsError, RecordError, BuildError) as error:
        print(error, file=sys.stderr)
        return 2
    folder = args.resume
    if folder is None:
        folder = new_folder(args.records)
        machine.write(before, folder)
        rows.write_plan(folder, pythons, benches)
    is_well = run(steps, builds, folder)
    write_page(folder)
    print(f"recorded in {folder}")
    return 0 if is_well else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; `--resume RECORD` goes on")
