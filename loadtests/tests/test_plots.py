"""Charts are well-formed SVG that shows what they were given."""

import unittest
from typing import Any
from xml.etree import ElementTree

from harness.chart import Line, bars, number_text, percentile_lines, step
from harness.plots import plots_of
from harness.round import Round
from tests.records import record_of

SVG = "{http://www.w3.org/2000/svg}"


class Charts(unittest.TestCase):
    """The two kinds."""

    def test_bars_are_as_long_as_their_values(self) -> None:
        picture = ElementTree.fromstring(bars("a < b", "us", [Line("x", [10], "#111"), Line("y", [5], "#222")]))
        widths = [float(bar.get("width", "0")) for bar in picture.iter(f"{SVG}rect") if bar.get("rx")]
        self.assertAlmostEqual(widths[0], 2 * widths[1])
        self.assertIn("a < b", [text.text for text in picture.iter(f"{SVG}text")])

    def test_nothing_and_less_than_nothing_can_be_drawn(self) -> None:
        picture = ElementTree.fromstring(bars("t", "KiB", [Line("x", [0], "#111"), Line("y", [-5], "#222", 1)]))
        widths = [float(bar.get("width", "")) for bar in picture.iter(f"{SVG}rect") if bar.get("rx")]
        self.assertEqual(widths, [0, 0])

    def test_each_percentile_has_a_dot(self) -> None:
        picture = ElementTree.fromstring(percentile_lines("t", "us", [Line("x", [10, 100, 1000], "#111")]))
        places = [float(dot.get("cx", "0")) for dot in picture.iter(f"{SVG}circle")]
        self.assertEqual(len(places), 3)
        self.assertAlmostEqual(places[1] - places[0], places[2] - places[1])

    def test_gridlines_stand_at_round_numbers(self) -> None:
        self.assertEqual([step(span) for span in (291, 8.1, 0.5)], [50, 2, 0.1])
        self.assertEqual([number_text(value) for value in (1234.5, 12.345, 0.5)], ["1,234", "12.3", "0.5"])


class Plots(unittest.TestCase):
    """Which scenario has which."""

    LATENCY: dict[str, Any] = {"p50_us": 1.0, "p90_us": 2.0, "p99_us": 3.0, "p99_9_us": 4.0}

    def test_closed_loops_have_processor_time_and_latency(self) -> None:
        record = record_of(Round("plaintext", "a-1", 1, cpu_us_per_request=5.0, **self.LATENCY))
        self.assertEqual(
            [plot.file for plot in plots_of(record, "plaintext")], ["plaintext-cpu.svg", "plaintext-latency.svg"]
        )

    def test_who_has_no_figure_is_not_drawn(self) -> None:
        record = record_of(Round("plaintext", "a-1", 1, void="wrong"))
        self.assertEqual(plots_of(record, "plaintext"), [])

    def test_refusals_have_their_own(self) -> None:
        refused: dict[str, Any] = {f"refused_{name}": value for name, value in self.LATENCY.items()}
        record = record_of(Round("overload", "a-1", 1, **self.LATENCY, **refused))
        self.assertEqual(
            [plot.file for plot in plots_of(record, "overload")], ["overload-latency.svg", "overload-refused.svg"]
        )


if __name__ == "__main__":
    unittest.main()
