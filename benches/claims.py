#!/usr/bin/env python3
"""Makes docs/claims.md from a record of `record.py`: `python3 benches/claims.py --help`."""

import argparse
import sys
from pathlib import Path

from recording.claims_page import load_record, page_of

from harness.build import ROOT
from harness.record import RecordError


def main() -> int:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path, help="the folder of a whole run")
    parser.add_argument(
        "--load", type=Path, metavar="RECORD", help="the load tests' record; else the one of docs/benchmarks.md"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs/claims.md")
    args = parser.parse_args()
    try:
        text = page_of(args.record, args.load or load_record())
    except (RecordError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    args.output.write_text(text, encoding="utf-8")
    print(f"wrote {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
