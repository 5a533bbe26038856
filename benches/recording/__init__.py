"""Records of the benches: what is run, what comes out, and what the claims become. Uses the load tests' harness."""

import sys
from pathlib import Path

BENCHES = Path(__file__).resolve().parents[1]

sys.path.append(str(BENCHES.parent / "loadtests"))
