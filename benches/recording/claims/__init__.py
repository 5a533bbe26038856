"""The claims by the document that makes them, each in this project's words with the document's figure."""

from recording.claims import boundary, crossings, interop, profiling, techniques
from recording.claims.bars import BARS
from recording.verdict import Claim

DOCUMENTS: dict[str, tuple[Claim, ...]] = {
    "PyO3 boundary overhead microbenchmark": boundary.CLAIMS,
    "Understanding PyO3 performance overhead": crossings.CLAIMS,
    "Performance optimization guide": techniques.CLAIMS,
    "Performance profiling results": profiling.CLAIMS,
    "Python-C++ interop optimization guide": interop.CLAIMS,
}

__all__ = ["BARS", "DOCUMENTS"]
