"""Verdicts follow from rows by rule, both ways; docs/claims.md is what its record gives."""

import unittest

from recording import BENCHES
from recording.claims import BARS, DOCUMENTS
from recording.claims_page import load_record, made_from, page, page_of
from recording.criterion import Row
from recording.evidence import Evidence, efficiency, pays_from, queue
from recording.model import amdahl, interval, serial_share
from recording.page import is_whole, records_in
from recording.plan import NO_PYTHON
from recording.verdict import Claim, Verdict, findings, verdict
from tests.synthetic import record_of, row

from harness.build import ROOT
from harness.record import read as read_load
from harness.summary import Figure

CLAIMS = [claim for listed in DOCUMENTS.values() for claim in listed]


def claim_of(start: str) -> Claim:
    """The claim whose text begins so."""
    return next(claim for claim in [*CLAIMS, *BARS] if claim.text.startswith(start))


def said(start: str, *rows: Row, cores: int = 2, boundary: dict[str, object] | None = None) -> Verdict:
    """The verdict of a claim by these rows alone."""
    claim, evidence = claim_of(start), Evidence(record_of(*rows, boundary=boundary, cores=cores))
    return verdict(claim, findings(claim, evidence), cores)


def case(name: str, mean_ns: float, stdev_ns: float = 1.0) -> dict[str, object]:
    """A case as the product's command writes it."""
    return {"name": name, "mean_ns": mean_ns, "stdev_ns": stdev_ns}


class Verdicts(unittest.TestCase):
    """Rules on synthetic rows."""

    def conversion(self, direct_ns: float, generic_ns: float, way: str = "to", python: str = "3.13") -> list[Row]:
        """Two rows of bench convert."""
        return [
            row(f"convert/i64 {way} python direct", direct_ns, python=python),
            row(f"convert/i64 {way} python generic", generic_ns, python=python),
        ]

    def test_a_ratio_holds_from_the_bound_on(self) -> None:
        self.assertIs(said("i64", *self.conversion(10, 30)), Verdict.HOLDS)
        self.assertIs(said("i64", *self.conversion(10, 29.9)), Verdict.FAILS)

    def test_pythons_or_parts_that_differ_hold_in_part(self) -> None:
        rows = [*self.conversion(10, 30), *self.conversion(10, 20, python="3.11")]
        self.assertIs(said("i64", *rows), Verdict.IN_PART)
        self.assertIs(said("i64", *self.conversion(10, 30), *self.conversion(10, 9, "from")), Verdict.IN_PART)

    def test_a_missing_row_is_no_verdict(self) -> None:
        self.assertIs(said("i64", *self.conversion(10, 30)[:1]), Verdict.MISSING)
        self.assertIs(said("i64"), Verdict.MISSING)

    def test_bars_are_judged_both_ways(self) -> None:
        for noop_ns, expected in ((21, Verdict.HOLDS), (22, Verdict.FAILS)):
            rows = [row("boundary/native noop", noop_ns), row("boundary/python no-op", 20)]
            self.assertIs(said("Native no-op against", *rows), expected)

    def test_the_command_is_judged_by_its_own_cases(self) -> None:
        for increment_ns, expected in ((80, Verdict.HOLDS), (70, Verdict.FAILS)):
            cases = [case("python increment", increment_ns), case("native noop", 70)]
            boundary: dict[str, object] = {"3.13": {"cases": cases}}
            self.assertIs(said("A native function that does nothing", boundary=boundary), expected)

    def test_deviations_are_those_of_the_worst_case(self) -> None:
        for worst_ns, expected in ((4.2, Verdict.HOLDS), (4.3, Verdict.FAILS)):
            boundary: dict[str, object] = {"3.13": {"cases": [case("a", 100, 1), case("b", 100, worst_ns)]}}
            self.assertIs(said("The repeats of each case", boundary=boundary), expected)

    def test_efficiency_is_of_the_python_that_has_the_strategy(self) -> None:
        for two_ns, expected in ((2.7e6, Verdict.HOLDS), (2.8e6, Verdict.FAILS)):
            rows = [row("strategies/subinterp/1", 5e6), row("strategies/subinterp/2", two_ns)]
            self.assertIs(said("Two interpreters with a GIL each: efficiency", *rows), expected)
        other = [row(f"strategies/subinterp/{count}", 5e6 / count, python="3.13t") for count in (1, 2)]
        self.assertIs(said("Two interpreters with a GIL each: efficiency", *other), Verdict.MISSING)

    def test_one_thread_without_a_gil_is_set_against_one_with(self) -> None:
        for free_ns, expected in ((5e6 / 0.6, Verdict.HOLDS), (5e6, Verdict.FAILS)):
            rows = [row("strategies/main/1", 5e6), row("strategies/freethreaded/1", free_ns, python="3.13t")]
            self.assertIs(said("Without a GIL, one thread", *rows), expected)

    def test_more_cores_than_there_are_can_not_be_judged(self) -> None:
        rows = [row("strategies/subinterp/1", 8e6), row("strategies/subinterp/2", 1e6)]
        self.assertIs(said("Eight interpreters", *rows), Verdict.NOT_HERE)
        self.assertIs(said("Eight interpreters", *rows, cores=8), Verdict.HOLDS)

    def test_products_have_no_other_verdict(self) -> None:
        self.assertIs(said("Native requests and eight interpreters"), Verdict.MULTIPLIED)


class Sources(unittest.TestCase):
    """Figures that are more than a ratio."""

    def test_queues_are_found_by_their_numbers(self) -> None:
        rows = [row("queue 1 producer 8 consumers/mutex", 70, python=NO_PYTHON)]
        self.assertEqual(queue(1, 8, "mutex")(Evidence(record_of(*rows)), NO_PYTHON), Figure(70, 0))
        self.assertIsNone(queue(8, 1, "mutex")(Evidence(record_of(*rows)), NO_PYTHON))

    def test_releasing_pays_from_the_size_on_after_which_it_never_costs(self) -> None:
        cost = {1024: 1.0, 4096: 1.5, 16384: 1.02, 65536: 0.9}
        rows = [row(f"release/held/{size}", 1000) for size in cost]
        rows += [row(f"release/released/{size}", 1000 * factor) for size, factor in cost.items()]
        self.assertEqual(pays_from("release", 1.03)(Evidence(record_of(*rows)), "3.13"), Figure(16384, 0))

    def test_a_ratio_has_the_deviations_of_both(self) -> None:
        rows = [row("strategies/main/1", 90, 100, 110), row("strategies/main/2", 45, 50, 55)]
        found = efficiency("main", 2)(Evidence(record_of(*rows)), "3.13")
        assert found is not None
        self.assertAlmostEqual(found.median, 100)
        self.assertAlmostEqual(found.deviation, 100 * 0.1 * 2**0.5)


class Model(unittest.TestCase):
    """What more cores would give."""

    def test_amdahl(self) -> None:
        self.assertEqual(serial_share(2.0), 0)
        self.assertAlmostEqual(serial_share(1.6), 0.25)
        self.assertAlmostEqual(amdahl(0.25, 2), 1.6)
        self.assertAlmostEqual(amdahl(0.25, 8), 1 / (0.25 + 0.75 / 8))

    def test_the_interval_is_that_of_the_spread(self) -> None:
        self.assertEqual(interval(Figure(2.1, 0.0), 8), "8.0 (8.0 to 8.0)")
        self.assertEqual(interval(Figure(1.6, 0.4), 8), "2.9 (1.4 to 8.0)")


class Page(unittest.TestCase):
    """docs/claims.md."""

    def test_is_what_the_newest_record_gives(self) -> None:
        records = [record for record in records_in(BENCHES / "records") if is_whole(record)]
        path = ROOT / "docs/claims.md"
        if not records and not path.exists():
            self.skipTest("no record has been made yet")
        text = path.read_text(encoding="utf-8")
        record, load = made_from(text)
        self.assertEqual(record, f"benches/records/{records[-1].name}")
        self.assertEqual(ROOT / load, load_record())
        self.assertEqual(text, page_of(ROOT / record, ROOT / load))

    def test_an_empty_record_has_a_page(self) -> None:
        load = read_load(load_record())
        text = page(record_of(), load)
        self.assertEqual(made_from(text)[0], "benches/records/2026-01-02-abc1234")
        self.assertEqual(text.count(Verdict.MULTIPLIED.value), 5)
        lines = [line for line in text.splitlines() if line.startswith("| i64")]
        self.assertIn(f"**{Verdict.MISSING.value}**", lines[0])

    def test_every_claim_has_a_rule_or_says_why_not(self) -> None:
        for claim in CLAIMS:
            with self.subTest(claim.text):
                is_judged = bool(claim.rule and claim.parts)
                self.assertEqual(is_judged + bool(claim.reason) + claim.is_multiplied, 1)
        self.assertGreaterEqual(len(CLAIMS), 35)


if __name__ == "__main__":
    unittest.main()
