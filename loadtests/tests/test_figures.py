"""From rows to a page: medians, ratios within rounds, and no figure where an answer was wrong."""

import unittest

from harness.exchange import WrongAnswer, parsed
from harness.markdown import cell
from harness.page import page, scenario_table
from harness.round import Round
from harness.summary import Figure, column, ratio
from harness.usage import cpu_ticks, stat_fields, tree
from tests.records import record_of, rounds


class Summaries(unittest.TestCase):
    """Medians and ratios."""

    def test_a_figure_is_the_median_and_its_deviation(self) -> None:
        self.assertEqual(Figure.of([1, 2, 3, 4, 100]), Figure(3, 1))

    def test_ratios_are_taken_within_each_round(self) -> None:
        fast, slow = rounds("fast-1", 10, 20, 40), rounds("slow-1", 5, 10, 20)
        self.assertEqual(ratio(fast, slow, "requests_per_s"), Figure(2, 0))

    def test_no_ratio_without_the_other_rounds(self) -> None:
        self.assertIsNone(ratio(rounds("fast-1", 10, 20), rounds("slow-1", 5), "requests_per_s"))

    def test_no_column_where_a_round_has_no_figure(self) -> None:
        self.assertIsNone(column([*rounds("fast-1", 10), Round("plaintext", "fast-1", 2)], "requests_per_s"))
        self.assertIsNone(column([], "requests_per_s"))


class Page(unittest.TestCase):
    """The tables of a record."""

    def test_one_void_round_leaves_no_figure(self) -> None:
        void = Round("plaintext", "other-1", 2, void="3 errors\nand a log")
        record = record_of(*rounds("hyper-1", 100), *rounds("other-1", 123), void, ceiling="hyper-1")
        table = scenario_table(record, "plaintext")
        self.assertIn("| other-1 | no figure: 3 errors |", table)
        self.assertNotIn("123", table)
        self.assertEqual(len({line.count("|") for line in table.splitlines()}), 1)

    def test_workers_are_set_against_the_fewest_of_the_same_series(self) -> None:
        table = scenario_table(record_of(*rounds("a-2", 30), *rounds("a-1", 10), *rounds("b-2", 50)), "plaintext")
        last = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ")[-1] for line in table.splitlines()[2:]}
        self.assertEqual(last, {"a-2": "3", "a-1": "1", "b-2": "1"})

    def test_shows_what_each_kind_of_scenario_is_about(self) -> None:
        rows = [
            Round("mixed", "a-2", 1, p99_us=4321.0, stream_per_s=12.5),
            Round("overload", "a-2", 1, goodput_percent=97.5, refused=800, refused_p99_us=1234.0),
            Round("memory", "a-2", 1, pss_before_kib=11111, pss_kib=22222),
        ]
        text = page(record_of(*rows))
        for shown in ("4321", "12.5", "97.5", "800", "1234", "11111", "22222"):
            self.assertIn(f"| {shown} |", text)

    def test_cells_have_the_digits_that_matter(self) -> None:
        shown = [cell(figure) for figure in (None, Figure(4.567, 0.123), Figure(81234.5, 12.3), Figure(0, 0))]
        self.assertEqual(shown, ["-", "4.57 +- 0.12", "81234 +- 12", "0"])
        self.assertEqual(cell(Figure(2048, 512), 1024), "2.00 +- 0.50")


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


if __name__ == "__main__":
    unittest.main()
