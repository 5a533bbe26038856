#!/usr/bin/env python3
"""Counts the instructions of one request, and compares with `instructions.toml`.

Exit status 1: more than committed, beyond the threshold. 2: nothing could be counted.
"""

import argparse
import sys

from recording import BENCHES
from recording.callgrind import CountError, build, count
from recording.instructions import committed_of, judged, read, write
from recording.plan import PYTHONS

from harness.build import BuildError, python_path
from harness.machine import first_line

FILE = BENCHES / "instructions.toml"


def main() -> int:
    """Builds, counts, compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="3.13", metavar="VERSION", choices=PYTHONS)
    parser.add_argument("--update", action="store_true", help="write the count into the file instead of comparing")
    args = parser.parse_args()
    try:
        counted = count(build(args.python))
    except (BuildError, CountError) as error:
        print(error, file=sys.stderr)
        return 2
    now = committed_of(counted, first_line([python_path(args.python), "-VV"]), first_line(["rustc", "--version"]))
    counts = read(FILE)
    if args.update:
        write(FILE, counts | {args.python: now})
        print(f"{FILE.name}: {args.python} has {now.outside:,} outside libpython, {now.inside:,} inside")
        return 0
    if args.python not in counts:
        print(f"{FILE.name} has no count for {args.python}; --update writes one", file=sys.stderr)
        return 2
    is_within, said = judged(counts[args.python], now)
    print(said)
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
