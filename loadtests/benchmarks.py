#!/usr/bin/env python3
"""Makes docs/benchmarks.md from a record of `run.py`: `python3 loadtests/benchmarks.py --help`."""

import argparse
import sys
from pathlib import Path

from harness.benchmarks_page import page
from harness.build import ROOT
from harness.record import RecordError, read


def main() -> int:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path, help="the folder of a whole run")
    parser.add_argument("--footprint", type=Path, metavar="RECORD", help="the folder of a run of footprint.py")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks.md")
    args = parser.parse_args()
    try:
        text = page(read(args.record), args.footprint)
    except (RecordError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    args.output.write_text(text, encoding="utf-8")
    print(f"wrote {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
