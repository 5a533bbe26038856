#!/usr/bin/env python3
"""Runs scenarios against contenders and records what came out: `python3 loadtests/run.py --help`."""

import argparse
import dataclasses
import sys
from pathlib import Path

from harness.build import BuildError, build
from harness.contender import Contender
from harness.machine import written
from harness.measurement import Round, measure
from harness.page import page
from harness.record import new_folder, write_rows
from harness.scenario import Scenario
from harness.settings import SettingsError

HERE = Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this one (repeatable)")
    parser.add_argument("--contender", action="append", metavar="NAME", help="only this one, with or without -WORKERS")
    parser.add_argument("--rounds", type=int, help="instead of each scenario's own number")
    parser.add_argument(
        "--duration", type=int, metavar="S", help="seconds of each round, instead of the scenario's own"
    )
    parser.add_argument("--records", type=Path, default=HERE / "records", help="where the record's folder is made")
    return parser.parse_args()


def chosen_scenarios(args: argparse.Namespace) -> list[Scenario]:
    """The scenarios that the command line asks for, in the order of their file names."""
    scenarios = [Scenario.read(path) for path in sorted((HERE / "scenarios").glob("*.toml"))]
    known = {scenario.name for scenario in scenarios}
    if unknown := set(args.scenario or ()) - known:
        raise SettingsError(f"unknown scenario {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    overrides = {"rounds": args.rounds, "duration_s": args.duration}
    overrides = {name: value for name, value in overrides.items() if value}
    return [
        dataclasses.replace(scenario, **overrides)
        for scenario in scenarios
        if not args.scenario or scenario.name in args.scenario
    ]


def chosen_contenders(args: argparse.Namespace, scenarios: list[Scenario]) -> list[Contender]:
    """The contenders that the command line asks for and that are fair for one of the scenarios."""
    contenders = [one for path in sorted((HERE / "contenders").glob("*.toml")) for one in Contender.read(path)]
    names = {scenario.name for scenario in scenarios}
    wanted = set(args.contender or ())
    known = {contender.name for contender in contenders} | {contender.label for contender in contenders}
    if unknown := wanted - known:
        raise SettingsError(f"unknown contender {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return [
        contender
        for contender in contenders
        if names & set(contender.scenarios) and (not wanted or wanted & {contender.name, contender.label})
    ]


def interleaved(scenario: Scenario, contenders: list[Contender]) -> list[Round]:
    """A B C A B C ...: what disturbs the machine for a while disturbs all of them."""
    fair = [contender for contender in contenders if scenario.name in contender.scenarios]
    rows = []
    for number in range(1, scenario.rounds + 1):
        for contender in fair:
            row = measure(scenario, contender, number)
            rows.append(row)
            shown = row.void or f"{row.requests_per_s or 0:.0f} req/s, {row.cpu_percent or 0:.2f} % CPU"
            print(f"{scenario.name} {number}/{scenario.rounds} {contender.label}: {shown}", flush=True)
    return rows


def main() -> int:
    """Builds, measures, records. Fails when a round is void, after the record is written."""
    args = arguments()
    try:
        scenarios = chosen_scenarios(args)
        contenders = chosen_contenders(args, scenarios)
        for contender in {one.name: one for one in contenders}.values():
            build(contender)
    except (SettingsError, BuildError) as error:
        print(error, file=sys.stderr)
        return 2
    folder = new_folder(args.records)
    machine = written(contenders, folder)
    rows = [row for scenario in scenarios for row in interleaved(scenario, contenders)]
    write_rows(folder / "rounds.csv", rows)
    (folder / "README.md").write_text(page(machine, scenarios, contenders, rows), encoding="utf-8")
    print(f"recorded in {folder}")
    return 1 if any(row.void for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
