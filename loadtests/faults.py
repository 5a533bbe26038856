#!/usr/bin/env python3
"""What hostile clients and bad luck do to the server: `python3 loadtests/faults.py --help`.

Each attack runs against a server of its own under each strategy that the binaries allow, and gives figures. Those in bold
do not keep their bound; then the exit status is 1. What each attack does stands at the top of its file in `attacks/`.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from attacks import ending, million, no_descriptors, slow_clients, slowhttptest, vanishing
from attacks.figure import Figure, tables
from attacks.serving import Target
from harness.build import ROOT
from harness.exchange import WrongAnswer
from harness.generator import GeneratorError
from harness.machine import basics, write
from harness.page import heading
from harness.process import ServerError
from harness.record import new_folder, write_rows

HERE = Path(__file__).resolve().parent


def attacks(args: argparse.Namespace) -> dict[str, Callable[[Target], list[Figure]]]:
    """By the names that `--attack` takes."""

    def each_way(target: Target) -> list[Figure]:
        return [figure for way in vanishing.NAMES for figure in vanishing.attack(target, args.vanishing, way)]

    return {
        "slow-clients": lambda target: slow_clients.attack(target, args.clients, args.seconds),
        "vanishing": each_way,
        "descriptors": lambda target: no_descriptors.attack(target, 500),
        "ending": lambda target: ending.attack(target, args.rounds),
        "million": lambda target: million.attack(target, args.requests),
        "slowhttptest": lambda target: slowhttptest.attack(target, args.slow_connections, args.seconds + 10),
    }


def targets(binaries: list[Path], only: list[str] | None) -> list[Target]:
    """One for each strategy; the first binary that allows it."""
    found: dict[str, Target] = {}
    for binary in binaries:
        told = json.loads(subprocess.run([binary, "info", "--json"], capture_output=True, check=True).stdout)
        for strategy, about in told["strategies"].items():
            if about["possible"] and (not only or strategy in only):
                found.setdefault(strategy, Target(binary.resolve(), strategy))
    return list(found.values())


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = ROOT / "target/release/coachwhip"
    parser.add_argument("--binary", type=Path, action="append", help=f"repeatable; {default} where there is none")
    parser.add_argument("--strategy", action="append", metavar="NAME", help="instead of all that the binaries allow")
    parser.add_argument("--attack", action="append", metavar="NAME", help="instead of all; a wrong name lists them")
    parser.add_argument("--clients", type=int, default=10_000, help="slow clients")
    parser.add_argument("--seconds", type=int, default=10, help="how long the latency of others is measured each time")
    parser.add_argument("--vanishing", type=int, default=1_000, help="clients that vanish at each stage, in each way")
    parser.add_argument("--rounds", type=int, default=100, help="servers that are ended under load")
    parser.add_argument("--requests", type=int, default=1_000_000, help="over which memory has to stay flat")
    parser.add_argument("--slow-connections", type=int, default=2_000, help="connections of slowhttptest")
    parser.add_argument("--record", action="store_true", help="keeps the figures in a folder of loadtests/records")
    args = parser.parse_args()
    args.binary = args.binary or [default]
    known = list(attacks(args))
    if unknown := set(args.attack or ()) - set(known):
        parser.error(f"no attack is called {', '.join(unknown)}; there are {', '.join(known)}")
    return args


def recorded(figures: list[Figure], binaries: list[Path]) -> Path:
    """The record's folder."""
    folder = new_folder(HERE / "records", "-faults")
    versions = {str(binary): version(binary) for binary in binaries}
    machine = write(basics([]) | {"binaries": list(versions.values())}, folder)
    write_rows(folder / "figures.csv", figures)
    about = __doc__.partition("\n\n")[2].strip()
    parts = [heading(machine, "Faults"), about, tables(figures), "Each figure: [figures.csv](figures.csv)."]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return folder


def version(binary: Path) -> str:
    """What the binary says of itself."""
    return subprocess.run([binary, "--version"], capture_output=True, check=True, text=True).stdout.strip()


def main() -> int:
    """Attacks, one after the other."""
    args = parsed()
    # Servers and clients inherit it.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    figures: list[Figure] = []
    try:
        for name, attack in attacks(args).items():
            if args.attack and name not in args.attack:
                continue
            for target in targets(args.binary, args.strategy):
                began = time.monotonic()
                found = attack(target)
                figures += found
                missed = [figure.measure for figure in found if not figure.holds]
                verdict = f"NOT KEPT: {', '.join(missed)}" if missed else "kept"
                print(f"{name}, {target.strategy}: {verdict} ({time.monotonic() - began:.0f} s)", flush=True)
    except (ServerError, WrongAnswer, GeneratorError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"\n{tables(figures)}")
    if args.record:
        print(f"\nrecorded in {recorded(figures, args.binary)}")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
