"""From rows to a page: medians, ratios within rounds, and no figure where an answer was wrong."""

import unittest
from pathlib import Path

from harness.contender import Contender
from harness.exchange import WrongAnswer, parsed
from harness.measurement import Round
from harness.page import cell, scenario_table
from harness.scenario import Expectation, Scenario
from harness.summary import Figure, column, ratio
from harness.usage import cpu_ticks, stat_fields, tree

SCENARIO = Scenario("plaintext", "", "/", Expectation(200, ""), ceiling="hyper-1")


def rounds(contender: str, *requests_per_s: float) -> list[Round]:
    """Rows with one figure."""
    return [
        Round("plaintext", contender, number, requests_per_s=value) for number, value in enumerate(requests_per_s, 1)
    ]


def contender(name: str) -> Contender:
    """One that needs no command."""
    return Contender(name, "", [], [], ["plaintext"], worker_count=1)


class Summaries(unittest.TestCase):
    """Medians and ratios."""

    def test_a_figure_is_the_median_and_its_deviation(self) -> None:
        self.assertEqual(Figure.of([1, 2, 3, 4, 100]), Figure(3, 1))

    def test_ratios_are_taken_within_each_round(self) -> None:
        fast, slow = rounds("fast", 10, 20, 40), rounds("slow", 5, 10, 20)
        self.assertEqual(ratio(fast, slow, "requests_per_s"), Figure(2, 0))

    def test_no_ratio_without_the_other_rounds(self) -> None:
        self.assertIsNone(ratio(rounds("fast", 10, 20), rounds("slow", 5), "requests_per_s"))

    def test_no_column_where_a_round_has_no_figure(self) -> None:
        self.assertIsNone(column([*rounds("fast", 10), Round("plaintext", "fast", 2)], "requests_per_s"))


class Page(unittest.TestCase):
    """The table of a scenario."""

    def test_one_void_round_leaves_no_figure(self) -> None:
        rows = [*rounds("hyper-1", 100), *rounds("other-1", 123), Round("plaintext", "other-1", 2, void="3 errors")]
        table = scenario_table(SCENARIO, [contender("hyper"), contender("other")], rows)
        self.assertIn("| other-1 | no figure: 3 errors |", table)
        self.assertNotIn("123", table)
        self.assertEqual(len({line.count("|") for line in table.splitlines()}), 1)

    def test_cells_have_the_digits_that_matter(self) -> None:
        shown = [cell(figure) for figure in (None, Figure(4.567, 0.123), Figure(81234.5, 12.3), Figure(0, 0))]
        self.assertEqual(shown, ["-", "4.57 +- 0.12", "81234 +- 12", "0"])


class Processes(unittest.TestCase):
    """/proc."""

    def test_stat_fields_survive_odd_process_names(self) -> None:
        fields = stat_fields("42 (a) b (c) S 7 " + " ".join(str(number) for number in range(5, 30)))
        self.assertEqual(fields[:2], ["S", "7"])
        self.assertEqual(cpu_ticks(fields), 14 + 15 + 16 + 17)

    def test_a_tree_holds_grandchildren_and_no_strangers(self) -> None:
        self.assertEqual(sorted(tree(10, {10: 1, 11: 10, 12: 11, 13: 1, 14: 10})), [10, 11, 12, 14])


class Answers(unittest.TestCase):
    """The head of a response."""

    def test_status_and_length(self) -> None:
        self.assertEqual(parsed(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nServer: x"), (200, 13))

    def test_a_head_without_length_is_wrong(self) -> None:
        with self.assertRaises(WrongAnswer):
            parsed(b"HTTP/1.1 200 OK\r\nServer: x")


class Handlers(unittest.TestCase):
    """The handlers answer what the scenarios expect."""

    def test_cpu_bound(self) -> None:
        loadtests = Path(__file__).resolve().parents[1]
        source = (loadtests / "handlers.py").read_text(encoding="utf-8").replace("from coachwhip import get", "")
        names: dict[str, object] = {"get": lambda path: lambda function: function}
        exec(source, names)
        scenario = Scenario.read(loadtests / "scenarios/cpu_bound.toml")
        self.assertEqual(names["cpu_bound"](), scenario.expect.body)  # type: ignore[operator]


if __name__ == "__main__":
    unittest.main()
