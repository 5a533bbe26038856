"""The order of a run, how long it takes, and how it goes on after it was interrupted."""

import tempfile
import unittest
from pathlib import Path

from harness.contender import Contender
from harness.record import append_row, read, write_plan
from harness.round import Round, cells, from_cells, latency_columns
from harness.scenario import Expectation, Scenario
from harness.schedule import OVERHEAD_S, Progress, left, steps_of
from harness.virtual_environment import folder, python_of

SCENARIO = Scenario("plaintext", "", "/", Expectation(200, ""), rounds=2, duration_s=3)


def contender(name: str, *scenarios: str) -> Contender:
    """One that needs no command."""
    return Contender(name, "", [], [], {scenario: ["1"] for scenario in scenarios}, variant="1")


class Schedule(unittest.TestCase):
    """Who runs when."""

    def setUp(self) -> None:
        self.steps = steps_of([SCENARIO], [contender("a", "plaintext"), contender("b"), contender("c", "plaintext")])

    def test_contenders_take_turns(self) -> None:
        keys = [("plaintext", label, number) for number in (1, 2) for label in ("a-1", "c-1")]
        self.assertEqual([step.key for step in self.steps], keys)

    def test_what_has_a_row_is_not_run_again(self) -> None:
        rest = left(self.steps, {("plaintext", "a-1", 1), ("plaintext", "c-1", 1)})
        self.assertEqual([step.key for step in rest], [("plaintext", "a-1", 2), ("plaintext", "c-1", 2)])

    def test_the_estimate_counts_what_is_left(self) -> None:
        progress = Progress(self.steps)
        self.assertAlmostEqual(progress.estimate_s(), 4 * (1 + 3 + OVERHEAD_S))
        self.assertTrue(progress.line(self.steps[0], "said").startswith("[1/4, "))

    def test_overload_takes_its_time_twice(self) -> None:
        overload = Scenario("overload", "", "/", Expectation(200, ""), kind="overload", duration_s=3)
        self.assertEqual((SCENARIO.seconds, overload.seconds), (4, 7))


class Rows(unittest.TestCase):
    """The CSV."""

    def test_read_back_as_they_were_written(self) -> None:
        row = Round("mixed", "a-2", 3, requests=7, p99_us=1.25, void="a, b\nc")
        text = {name: "" if value is None else str(value) for name, value in cells(row).items()}
        self.assertEqual(from_cells(text), row)

    def test_latencies_have_their_columns(self) -> None:
        columns = {"refused_p50_us": 1, "refused_p90_us": 2, "refused_p99_us": 3, "refused_p99_9_us": 4}
        self.assertEqual(latency_columns([1, 2, 3, 4], "refused_"), columns)
        self.assertEqual(latency_columns([]), {})


class Records(unittest.TestCase):
    """The folder."""

    def test_rows_are_there_as_they_come(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            (place / "machine.json").write_text('{"commit": "abc"}', encoding="utf-8")
            write_plan(place, {"rounds": 2}, [SCENARIO], [contender("a", "plaintext")])
            self.assertEqual(read(place).rows, [])
            rows = [Round("plaintext", "a-1", 1, requests=5), Round("plaintext", "a-1", 2, void="x")]
            for row in rows:
                append_row(place, row)
            record = read(place)
        self.assertEqual((record.rows, record.options), (rows, {"rounds": 2}))
        self.assertEqual(record.scenarios["plaintext"]["kind"], "closed")
        self.assertEqual(record.contenders["a-1"]["series"], "a")


class VirtualEnvironments(unittest.TestCase):
    """Where they lie."""

    def test_requirements_and_python_tell_them_apart(self) -> None:
        one, other = ["granian==1", "click==8"], ["granian==2", "click==8"]
        self.assertNotEqual(folder(one, "3.13"), folder(other, "3.13"))
        self.assertNotEqual(folder(one, "3.13"), folder(one, "3.13t"))
        self.assertTrue(folder(one, "3.13").name.startswith("granian-3.13-"))
        self.assertEqual(python_of(one, "3.13").parents[1], folder(one, "3.13"))


if __name__ == "__main__":
    unittest.main()
