"""What the generators are told, and what counts as an error in their reports."""

import json
import sqlite3
import tempfile
import unittest
from pathlib import Path

from harness.exchange import WrongAnswer
from harness.mixed import outcome as outcome_beside
from harness.oha import Request, percentiles, requests_in
from harness.overload import outcome
from harness.scenario import Expectation, Scenario
from harness.wrk import load_of, lua_string, script_of


def wrk_report(**changes: float) -> str:
    """The end of wrk's output for 100 right answers of 149 bytes."""
    report = {"requests": 100, "bytes": 14900, "us": 2e6, "errors": 0, "latency_us": [1.0, 2.0, 3.0, 4.0]}
    return "Running 2s test @ http://127.0.0.1:1/\n\nREPORT " + json.dumps(report | changes) + "\n"


class WrkReports(unittest.TestCase):
    """The bytes of all answers have to fit."""

    def test_right_answers_have_no_error(self) -> None:
        load = load_of(wrk_report(), 4, 149, 1.5)
        self.assertEqual((load.requests, load.errors, load.duration_s), (100, 0, 2.0))
        self.assertEqual((load.latency_us[-1], load.requests_per_s, load.generator_s), (4.0, 50, 1.5))

    def test_answers_cut_off_at_the_end_are_no_error(self) -> None:
        self.assertEqual(load_of(wrk_report(bytes=14900 + 4 * 148), 4, 149, 0).errors, 0)

    def test_missing_or_surplus_bytes_are_an_error(self) -> None:
        for wrong in (14899, 14900 + 5 * 149):
            self.assertEqual(load_of(wrk_report(bytes=wrong), 4, 149, 0).errors, 1)

    def test_reported_errors_are_kept(self) -> None:
        self.assertEqual(load_of(wrk_report(errors=7), 4, 149, 0).errors, 7)


class WrkScripts(unittest.TestCase):
    """The Lua that wrk runs."""

    def test_strings_hold_any_byte(self) -> None:
        self.assertEqual(lua_string('a"\n'), '"\\097\\034\\010"')

    def test_long_bodies_need_no_long_script(self) -> None:
        body = Scenario("upload", "", "/", Expectation(200, ""), body="a", body_repeat=1_000_000)
        self.assertIn('wrk.body = string.rep("\\097", 1000000)', script_of(body, compares_bodies=False))

    def test_only_the_warm_up_compares_bodies(self) -> None:
        scenario = Scenario("plaintext", "", "/", Expectation(200, "a"))
        self.assertIn("expected =", script_of(scenario, compares_bodies=True))
        self.assertNotIn("expected =", script_of(scenario, compares_bodies=False))

    def test_pipelined_requests_are_sent_at_once(self) -> None:
        scenario = Scenario("pipelined", "", "/", Expectation(200, "a"), pipeline=16)
        self.assertIn("string.rep(wrk.format(), 16)", script_of(scenario, compares_bodies=False))


class OhaDatabases(unittest.TestCase):
    """What oha writes down of each request."""

    def test_requests_know_when_they_were_due(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "requests.db")
            database = sqlite3.connect(path)
            columns = "url, start, start_latency_correction, end, duration, status, len_bytes, run"
            database.execute(f"CREATE TABLE oha ({columns})")
            database.execute("INSERT INTO oha VALUES ('/', 1.5, 1.0, 2.0, 1.0, 200, 13, 1)")
            database.execute("INSERT INTO oha VALUES ('/', 3.0, NULL, 3.25, 0.25, 503, 0, 1)")
            database.commit()
            database.close()
            late, prompt = requests_in(path)
        self.assertEqual((late.since_due_us, late.since_sent_us, late.status), (1e6, 0.5e6, 200))
        self.assertEqual((prompt.since_due_us, prompt.since_sent_us, prompt.body_bytes), (0.25e6, 0.25e6, 0))

    def test_percentiles_are_values_that_were_seen(self) -> None:
        self.assertEqual(percentiles(range(1, 1001)), [500, 900, 990, 999])
        self.assertEqual(percentiles([7.0]), [7.0] * 4)
        self.assertEqual(percentiles([]), [])


class Mixed(unittest.TestCase):
    """Short requests beside a stream."""

    SCENARIO = Scenario("mixed", "", "/", Expectation(200, "right"), kind="mixed", duration_s=2)

    def test_what_was_due_before_the_stream_does_not_count(self) -> None:
        before, beside = Request(0.5, 0.5, 9, 200, 5), Request(1.5, 1.75, 2, 200, 5)
        found = outcome_beside(self.SCENARIO, [before, beside, beside])
        self.assertEqual((found["requests"], found["requests_per_s"], found["p99_us"]), (2, 1, 0.5e6))

    def test_refusals_are_errors(self) -> None:
        with self.assertRaises(WrongAnswer):
            outcome_beside(self.SCENARIO, [Request(1.5, 1.5, 2, 503, 19)])


class Overload(unittest.TestCase):
    """What became of the requests."""

    SCENARIO = Scenario("overload", "", "/", Expectation(200, "right"), kind="overload", duration_s=2)

    def test_answers_and_refusals_are_told_apart(self) -> None:
        answers = [Request(0, 0.5, 1, 200, 5)] * 90
        refusals = [Request(0, 0.5, 0.501, 503, 19)] * 100
        found = outcome(self.SCENARIO, answers + refusals, capacity_per_s=50)
        self.assertEqual((found["requests_per_s"], found["goodput_percent"], found["refused"]), (45, 90, 100))
        self.assertEqual(found["p99_us"], 1e6)
        self.assertAlmostEqual(found["refused_p99_us"], 1000)

    def test_nothing_refused_has_no_latency(self) -> None:
        found = outcome(self.SCENARIO, [Request(0, 0, 1, 200, 5)], capacity_per_s=50)
        self.assertEqual(found["refused"], 0)
        self.assertNotIn("refused_p99_us", found)

    def test_other_answers_are_errors(self) -> None:
        for status, body_bytes in ((500, 5), (200, 4)):
            with self.assertRaises(WrongAnswer):
                outcome(self.SCENARIO, [Request(0, 0, 1, status, body_bytes)], capacity_per_s=50)


if __name__ == "__main__":
    unittest.main()
