"""docs/benchmarks.md is what its record gives."""

import tempfile
import unittest
from pathlib import Path

from harness.benchmarks import against_hyper, interpreters, other_work, strategies
from harness.benchmarks_page import made_from, page
from harness.build import ROOT
from harness.record import read
from harness.round import Round
from tests.records import record_of


def row_of(text: str, start: str) -> list[str]:
    """The cells of the first line that begins so."""
    return next(line for line in text.splitlines() if line.startswith(f"| {start}")).strip("| ").split(" | ")


class Shipped(unittest.TestCase):
    """The page in the repository."""

    def test_equals_what_its_record_gives(self) -> None:
        path = ROOT / "docs/benchmarks.md"
        if not path.exists():
            self.skipTest("docs/benchmarks.md has not been made yet")
        text = path.read_text(encoding="utf-8")
        record, footprint = made_from(text)
        self.assertEqual(text, page(read(ROOT / record), ROOT / footprint if footprint else None))


class Page(unittest.TestCase):
    """The page of any record."""

    def test_says_how_to_make_it_again(self) -> None:
        record = record_of(Round("plaintext", "plain_hyper-1", 1, cpu_us_per_request=5.0))
        self.assertEqual(made_from(page(record, None)), (f"loadtests/records/{record.name}", None))

    def test_names_the_footprint_too(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            footprint = Path(name)
            lines = ["contender,workers,round,ready_ms,pss_kib", "demo,1,1,10.0,2048", "demo,16,1,20.0,4096"]
            (footprint / "starts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
            text = page(record_of(Round("plaintext", "plain_hyper-1", 1)), footprint)
            self.assertEqual(made_from(text)[1], f"loadtests/records/{footprint.name}")
            self.assertEqual(row_of(interpreters(footprint), "demo | 16"), ["demo", "16", "4", "20"])

    def test_says_where_nothing_was_measured(self) -> None:
        text = page(record_of(Round("plaintext", "plain_hyper-1", 1, cpu_us_per_request=5.0)), None)
        self.assertIn("Not in this record.", text)


class Tables(unittest.TestCase):
    """The tables."""

    def test_coachwhip_is_set_against_plain_hyper(self) -> None:
        rows = [
            Round("plaintext", label, 1, cpu_us_per_request=cpu_us)
            for label, cpu_us in (("coachwhip_main_auto-1", 6.0), ("plain_hyper-1", 4.0), ("uvicorn-1", 20.0))
        ]
        text = against_hyper(record_of(*rows))
        self.assertEqual(row_of(text, "coachwhip_main_auto-1")[1:3], ["6", "1.50"])
        self.assertNotIn("uvicorn", text)

    def test_strategies_stand_side_by_side(self) -> None:
        series = "coachwhip_subinterp_auto"
        rows = [
            Round("plaintext", f"{series}-2", 1, cpu_us_per_request=5.5, requests_per_s=1e5),
            Round("cpu_bound", f"{series}-1", 1, requests_per_s=200.0),
            Round("cpu_bound", f"{series}-2", 1, requests_per_s=390.0),
            Round("mixed", f"{series}-2", 1, p99_us=2500.0),
            Round("memory", f"{series}-2", 1, pss_kib=20480),
        ]
        shown = row_of(strategies(record_of(*rows)), "an interpreter")[1:]
        self.assertEqual(shown, ["5.50", "100000", "200", "390", "1.95", "2.50", "20"])

    def test_a_void_contender_says_why(self) -> None:
        text = against_hyper(record_of(Round("plaintext", "plain_hyper-1", 1, void="2 errors")))
        self.assertIn("| plain_hyper-1 | no figure: 2 errors |", text)

    def test_other_work_has_one_line_a_series(self) -> None:
        record = record_of(
            Round("json", "a-2", 1, cpu_us_per_request=7.0), Round("sleep", "a-16", 1, cpu_us_per_request=9.0)
        )
        self.assertEqual(row_of(other_work(record, "cpu_us_per_request"), "a"), ["a", "7", "-", "-", "-", "9", "-"])


if __name__ == "__main__":
    unittest.main()
