"""What counts as an error in a generator's report."""

import json
import unittest

from harness.generator import lua_string, oha_load, wrk_load


def wrk_report(**changes: float) -> str:
    """The end of wrk's output for 100 right answers of 149 bytes."""
    report = {"requests": 100, "bytes": 14900, "us": 2e6, "errors": 0, "50": 1.0, "90": 2.0, "99": 3.0, "99.9": 4.0}
    return "Running 2s test @ http://127.0.0.1:1/\n\nREPORT " + json.dumps(report | changes) + "\n"


def oha_report(statuses: dict[str, int], errors: dict[str, int], total_data: int) -> str:
    """oha's JSON, as far as it is read."""
    return json.dumps(
        {
            "summary": {"total": 2.0, "totalData": total_data},
            "statusCodeDistribution": statuses,
            "errorDistribution": errors,
            "latencyPercentiles": {"p50": 1e-6, "p90": 2e-6, "p99": 3e-6, "p99.9": None},
        }
    )


class Wrk(unittest.TestCase):
    """The bytes of all answers have to fit."""

    def test_right_answers_have_no_error(self) -> None:
        load = wrk_load(wrk_report(), connections=4, wire_bytes=149)
        self.assertEqual((load.requests, load.errors, load.duration_s), (100, 0, 2.0))
        self.assertEqual(load.latency_us["99.9"], 4.0)

    def test_answers_cut_off_at_the_end_are_no_error(self) -> None:
        self.assertEqual(wrk_load(wrk_report(bytes=14900 + 4 * 148), 4, 149).errors, 0)

    def test_missing_or_surplus_bytes_are_an_error(self) -> None:
        for wrong in (14899, 14900 + 5 * 149):
            self.assertEqual(wrk_load(wrk_report(bytes=wrong), 4, 149).errors, 1)

    def test_reported_errors_are_kept(self) -> None:
        self.assertEqual(wrk_load(wrk_report(errors=7), 4, 149).errors, 7)

    def test_lua_strings_hold_any_byte(self) -> None:
        self.assertEqual(lua_string('a"\n'), '"\\097\\034\\010"')


class Oha(unittest.TestCase):
    """Statuses, errors and the bytes of all bodies."""

    def test_requests_aborted_at_the_end_are_no_error(self) -> None:
        load = oha_load(oha_report({"200": 10}, {"aborted due to deadline": 3}, 130), 200, 13)
        self.assertEqual((load.requests, load.errors), (10, 0))

    def test_another_status_is_an_error(self) -> None:
        self.assertEqual(oha_load(oha_report({"200": 9, "503": 1}, {}, 130), 200, 13).errors, 1)

    def test_a_connection_error_is_an_error(self) -> None:
        self.assertEqual(oha_load(oha_report({"200": 10}, {"connection closed": 2}, 130), 200, 13).errors, 2)

    def test_bodies_of_another_size_are_an_error(self) -> None:
        self.assertEqual(oha_load(oha_report({"200": 10}, {}, 129), 200, 13).errors, 1)


if __name__ == "__main__":
    unittest.main()
