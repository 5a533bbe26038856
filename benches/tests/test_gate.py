"""The gate flags what became slower, and only that."""

import itertools
import unittest
from collections import Counter
from dataclasses import replace

from recording import BENCHES
from recording.callgrind import Count, CountError, by_object, per_request
from recording.comparison import FASTER, SAME, SLOWER, Case, Runner, benches_of, measured, shown, slower
from recording.criterion import Row
from recording.instructions import Committed, committed_of, is_regression, judged, read
from recording.trees import tree
from tests.synthetic import row

from harness.build import ROOT, BuildError

QUIET = [100.0, 101.0, 99.0, 100.5, 99.5]
"""Five rounds of one case, in nanoseconds."""


def scaled(factor: float) -> list[float]:
    """The same rounds on another side."""
    return [factor * value for value in QUIET]


class Times(unittest.TestCase):
    """Comparison by time."""

    def test_a_slowdown_beyond_noise_is_flagged(self) -> None:
        self.assertEqual(Case("batch", QUIET, scaled(1.05)).verdict, SLOWER)
        self.assertEqual(Case("batch", QUIET, scaled(0.95)).verdict, FASTER)

    def test_a_small_slowdown_is_not(self) -> None:
        self.assertEqual(Case("batch", QUIET, scaled(1.025)).verdict, SAME)
        self.assertEqual(Case("batch", QUIET, QUIET).verdict, SAME)

    def test_a_noisy_slowdown_is_not(self) -> None:
        noisy = [95.0, 140.0, 98.0, 130.0, 120.0]
        self.assertGreater(Case("batch", QUIET, noisy).ratio, 1.03)
        self.assertEqual(Case("batch", QUIET, noisy).verdict, SAME)

    def test_sides_take_turns_and_every_round_counts(self) -> None:
        order: list[str] = []

        def side(name: str, factor: float) -> Runner:
            times = itertools.cycle(scaled(factor))

            def run(bench: str, cases: str) -> list[Row]:
                order.append(f"{name} {bench} {cases}")
                return [row("batch 16/burst/10", next(times))]

            return run

        cases = measured({"batch": "16"}, 5, side("A", 1), side("B", 1.2), lambda _: None)
        self.assertEqual(order, ["A batch 16", "B batch 16"] * 5)
        self.assertEqual(slower(cases), {"batch 16/burst/10"})
        self.assertEqual([round(value) for value in cases["batch 16/burst/10"].after], [120, 121, 119, 121, 119])
        self.assertIn("| batch 16/burst/10 | 100 | 0.5 % | 120 | 0.5 % | 1.200 | SLOWER", shown(cases, "a", "b"))

    def test_what_one_side_has_alone_is_left_out(self) -> None:
        one, other = [row("batch 16/burst/10", 5)], [row("batch 16/burst/99", 5)]
        cases = measured({"batch": ""}, 5, lambda *_: one, lambda *_: other, lambda _: None)
        self.assertEqual(cases, {})

    def test_only_benches_with_suspects_run_again(self) -> None:
        benches, cases = {"batch": "16", "response": "native"}, {"a": Case("batch"), "json/native loads/small": Case("response")}
        self.assertEqual(benches_of({"json/native loads/small"}, cases, benches), {"response": "native"})


CALLGRIND = """events: Ir
summary: 999

ob=(1) /usr/lib/libc.so.6
fl=(1) string.c
fn=(1) memcpy
10 5
+2 7

ob=(2) /opt/lib/libpython3.13.so.1.0
fn=(2) PyDict_New
20 100
cob=(1)
cfn=(1)
calls=3 10
* 36
-4 11

ob=(3) /target/request_path
fn=(3) send
1 1000
cob=(4) /usr/lib/libm.so.6
cfi=(9) e_pow.c
cfn=(4) pow
calls=1 0
+1 500

ob=(4)
fn=(4)
0 500
ob=(1)
fn=(5) memset
* 4
"""


class Instructions(unittest.TestCase):
    """Comparison by instructions."""

    def test_what_is_called_is_counted_where_it_ran(self) -> None:
        found = by_object(CALLGRIND.splitlines(keepends=True))
        by_name = {name.rpartition("/")[2]: value for name, value in found.items()}
        expected = {"libc.so.6": 16, "libpython3.13.so.1.0": 111, "request_path": 1000, "libm.so.6": 500}
        self.assertEqual(by_name, expected)

    def test_a_format_that_is_not_known_is_an_error(self) -> None:
        with self.assertRaises(CountError):
            by_object(["ob=libc.so.6\n"])

    def test_start_up_is_not_counted(self) -> None:
        few = Counter({"/l/libpython3.13.so": 1_000_000, "/t/request_path": 5_000, "/l/libc.so": 10})
        many = Counter({"/l/libpython3.13.so": 1_007_000, "/t/request_path": 34_000, "/l/libc.so": 1_010})
        self.assertEqual(per_request(few, many, 1000), Count(outside=30.0, inside=7.0))

    def setUp(self) -> None:
        self.known = Committed(30_000, 7_000, "Python 3.13.0 (one)", "rustc 1.95.0")

    def test_more_than_committed_is_refused(self) -> None:
        is_within, said = judged(self.known, replace(self.known, outside=30_950))
        self.assertFalse(is_within)
        self.assertIn("+3.17 %", said)
        self.assertIn("--update", said)

    def test_within_the_threshold_is_not(self) -> None:
        self.assertTrue(judged(self.known, replace(self.known, outside=30_850))[0])
        self.assertTrue(is_regression(100, 103.1))
        self.assertFalse(is_regression(100, 102.9))

    def test_more_of_the_same_python_is_refused_and_of_another_is_not(self) -> None:
        more = replace(self.known, inside=8_000)
        self.assertFalse(judged(self.known, more)[0])
        is_within, said = judged(self.known, replace(more, python="Python 3.13.0 (other)"))
        self.assertTrue(is_within)
        self.assertIn("the tools differ", said)

    def test_much_less_asks_to_be_kept(self) -> None:
        is_within, said = judged(self.known, replace(self.known, outside=20_000))
        self.assertTrue(is_within)
        self.assertIn("--update", said)

    def test_the_committed_counts_can_be_read(self) -> None:
        counts = read(BENCHES / "instructions.toml")
        self.assertIn("3.13", counts)
        self.assertEqual(committed_of(Count(1.4, 2.6), "p", "r"), Committed(1, 3, "p", "r"))


class Trees(unittest.TestCase):
    """What is compared."""

    def test_a_point_is_the_working_tree(self) -> None:
        self.assertEqual(tree(".").folder, ROOT)

    def test_an_unknown_revision_is_refused(self) -> None:
        with self.assertRaisesRegex(BuildError, "no-such-revision"):
            tree("no-such-revision")


if __name__ == "__main__":
    unittest.main()
