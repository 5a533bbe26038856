#!/usr/bin/env python3
"""Runs scenarios against contenders and records what came out: `python3 loadtests/run.py --help`."""

import argparse
import dataclasses
import resource
import sys
from pathlib import Path
from typing import Any

from harness.build import BuildError, build
from harness.contender import Contender
from harness.machine import commit, written
from harness.measurement import measure
from harness.page import page
from harness.plots import write_plots
from harness.record import Record, RecordError, append_row, new_folder, read, write_plan
from harness.round import Round
from harness.scenario import Scenario
from harness.schedule import Progress, Step, left, steps_of
from harness.settings import SettingsError
from harness.virtual_environment import InstallError

HERE = Path(__file__).resolve().parent
OPEN_FILES = 8192
OPTIONS = ("scenario", "contender", "rounds", "duration")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this one (repeatable)")
    parser.add_argument(
        "--contender", action="append", metavar="NAME", help="only this one, with or without dispatch and workers"
    )
    parser.add_argument("--rounds", type=int, help="instead of each scenario's own number")
    parser.add_argument(
        "--duration", type=int, metavar="S", help="seconds of each round, instead of the scenario's own"
    )
    parser.add_argument("--records", type=Path, default=HERE / "records", help="where the record's folder is made")
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="go on with the interrupted run of this record")
    parser.add_argument("--estimate", action="store_true", help="only say what would run, and for how long")
    return parser.parse_args()


def chosen_scenarios(options: dict[str, Any]) -> list[Scenario]:
    """The scenarios that the command line asks for, in the order of their file names."""
    scenarios = [Scenario.read(path) for path in sorted((HERE / "scenarios").glob("*.toml"))]
    wanted = options["scenario"] or [scenario.name for scenario in scenarios]
    if unknown := set(wanted) - {scenario.name for scenario in scenarios}:
        known = ", ".join(scenario.name for scenario in scenarios)
        raise SettingsError(f"unknown scenario {', '.join(unknown)}; known are {known}")
    overrides = {"rounds": options["rounds"], "duration_s": options["duration"]}
    overrides = {name: value for name, value in overrides.items() if value}
    return [dataclasses.replace(scenario, **overrides) for scenario in scenarios if scenario.name in wanted]


def chosen_contenders(options: dict[str, Any], scenarios: list[Scenario]) -> list[Contender]:
    """The contenders that the command line asks for and that are fair for one of the scenarios."""
    contenders = Contender.read_all(HERE / "contenders")
    wanted = set(options["contender"] or ())
    known = {name for one in contenders for name in (one.name, one.series, one.label)}
    if unknown := wanted - known:
        raise SettingsError(f"unknown contender {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return [
        one
        for one in contenders
        if any(one.is_fair_for(scenario.name) for scenario in scenarios)
        and (not wanted or wanted & {one.name, one.series, one.label})
    ]


def opened(args: argparse.Namespace) -> tuple[Path | None, dict[str, Any]]:
    """The record to go on with, if any, and the options of the run."""
    if not args.resume:
        return None, {name: getattr(args, name) for name in OPTIONS}
    record = read(args.resume)
    if record.machine["commit"] != commit():
        raise RecordError(f"{args.resume} was made at {record.machine['commit']}, this is {commit()}")
    return args.resume, record.options


def said(row: Round) -> str:
    """One row in short."""
    if row.void:
        return row.void
    figures = {
        "req/s": row.requests_per_s,
        "us p99": row.p99_us,
        "us CPU/request": row.cpu_us_per_request,
        "% CPU": row.cpu_percent,
    }
    return ", ".join(f"{value:.1f} {unit}" for unit, value in figures.items() if value is not None)


def run(steps: list[Step], folder: Path) -> Record:
    """Measures what has no row yet, and writes page and plots from all rows."""
    before = read(folder)
    steps = left(steps, {(row.scenario, row.contender, row.round) for row in before.rows})
    progress = Progress(steps)
    for step in steps:
        row = measure(step.scenario, step.contender, step.number)
        append_row(folder, row)
        print(progress.line(step, said(row)), flush=True)
    record = read(folder)
    write_plots(record, folder)
    (folder / "README.md").write_text(page(record), encoding="utf-8")
    return record


def allow_connections() -> None:
    """Raises the limit of open files: idle connections need one each, here and in the servers, which inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def main() -> int:
    """Builds, measures, records. Fails when a round is void, after the record is written."""
    args = arguments()
    allow_connections()
    try:
        folder, options = opened(args)
        scenarios = chosen_scenarios(options)
        contenders = chosen_contenders(options, scenarios)
        steps = steps_of(scenarios, contenders)
        print(f"{len(steps)} rounds, about {sum(step.seconds for step in steps) / 60:.0f} minutes", flush=True)
        if args.estimate:
            return 0
        for contender in {one.name: one for one in contenders}.values():
            build(contender)
    except (SettingsError, RecordError, BuildError, InstallError) as error:
        print(error, file=sys.stderr)
        return 2
    if folder is None:
        folder = new_folder(args.records)
        written(contenders, folder)
        write_plan(folder, options, scenarios, contenders)
    record = run(steps, folder)
    print(f"recorded in {folder}")
    return 1 if any(row.void for row in record.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
