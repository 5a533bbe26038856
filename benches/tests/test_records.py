"""Collecting what criterion leaves, going on with a run, and the page that a record gives."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import record as command
from recording import BENCHES, rows, running
from recording.criterion import CriterionError, Row, collected
from recording.page import is_whole, page, records_in
from recording.plan import COMMAND, NO_PYTHON, Bench, Step, chosen, left, steps_of
from recording.plots import plots_of
from tests.synthetic import leave, record_of, row, samples

from harness import machine
from harness.settings import SettingsError
from harness.summary import Figure


class TemporaryFolder(unittest.TestCase):
    """A folder that is gone after the test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Collection(TemporaryFolder):
    """From criterion's folder to rows."""

    def test_a_case_is_read_as_it_was_measured(self) -> None:
        left_there = samples("batch 16/burst/100", 10, 20, 40, elements=100)
        leave(self.folder, left_there)
        self.assertEqual(collected(self.folder, "batch", "3.13"), [left_there])

    def test_what_an_earlier_run_left_is_not_taken(self) -> None:
        leave(self.folder, samples("chain/one batched call", 10))
        (self.folder / "chain/one batched call/new").rename(self.folder / "chain/one batched call/base")
        with self.assertRaises(CriterionError):
            collected(self.folder, "chain", "3.13")

    def test_a_row_is_of_one_iteration_and_of_one_element(self) -> None:
        found = row("convert/i64 to python direct", 2, 4, 9, elements=10)
        self.assertEqual((found.median_ns, found.mad_ns, found.mean_ns), (40, 20, 50))
        self.assertEqual(found.figure, Figure(4, 2))
        self.assertAlmostEqual(found.stddev_ns, 36.0555, places=3)

    def test_a_file_that_is_broken_is_named(self) -> None:
        leave(self.folder, samples("chain/one batched call", 10))
        path = self.folder / "chain/one batched call/new/sample.json"
        path.write_text("{}", encoding="utf-8")
        with self.assertRaisesRegex(CriterionError, "sample.json"):
            collected(self.folder, "chain", "3.13")


class Folder(TemporaryFolder):
    """The record's folder while a run goes on."""

    def setUp(self) -> None:
        super().setUp()
        machine.write({"commit": "abc"}, self.folder)
        self.benches = [Bench("chain", "", 1), Bench("batch", "", 1, [])]
        rows.write_plan(self.folder, ["3.11", "3.13"], self.benches)

    def test_begins_empty(self) -> None:
        record = rows.read(self.folder)
        self.assertEqual((record.rows, record.done(), record.benches), ([], set(), self.benches))

    def test_rows_read_back_as_they_were_written(self) -> None:
        one, other = samples("chain/23 crossings", 1.5, 2.5), samples("batch 1/burst/10", 7, python=NO_PYTHON)
        rows.add(self.folder, [one])
        rows.add(self.folder, [other])
        self.assertEqual(rows.read(self.folder).rows, [Row.of(one), Row.of(other)])

    def test_samples_of_a_try_that_was_cut_off_are_replaced(self) -> None:
        rows.add_samples(self.folder, [samples("chain/23 crossings", 1)])
        rows.add(self.folder, [samples("chain/23 crossings", 2)])
        text = (self.folder / rows.SAMPLES).read_text(encoding="utf-8")
        self.assertEqual(text.count("23 crossings"), 1)
        self.assertIn("[2000]", text)

    def test_what_is_done_is_not_run_again(self) -> None:
        rows.add(self.folder, [samples("chain/23 crossings", 1)])
        (self.folder / rows.boundary_file("3.11")).write_text('{"cases": []}', encoding="utf-8")
        record = rows.read(self.folder)
        steps = steps_of([*record.benches, Bench("boundary", "", 1)], record.pythons)
        rest = [step.key for step in left(steps, record.done())]
        self.assertNotIn(("chain", "3.13"), rest)
        self.assertEqual(rest[:2], [("chain", "3.11"), ("batch", NO_PYTHON)])
        self.assertEqual(rest[-1], (COMMAND, "3.13"))

    def test_tables_of_the_benches_are_kept_by_python(self) -> None:
        source = self.folder / "source"
        source.mkdir()
        for python, value in (("3.11", 1), ("3.13", 2), ("3.11", 3)):
            (source / "interpreters.csv").write_text(f"kind,mib\nthread,{value}\n", encoding="utf-8")
            rows.add_extras(source, self.folder, python)
        lines = rows.read(self.folder).extras["interpreters"]
        self.assertEqual([(line["python"], line["mib"]) for line in lines], [("3.13", "2"), ("3.11", "3")])


class Order(TemporaryFolder):
    """Which record is the newest."""

    def test_the_newest_comes_last_whatever_its_commit(self) -> None:
        times = {"2026-01-02-aaa": "2026-01-02T05", "2026-01-02-bbb": "2026-01-02T04"}
        for name, time in times.items():
            (self.folder / name).mkdir()
            machine.write({"time": time, "command": "python3 benches/record.py"}, self.folder / name)
            rows.write_plan(self.folder / name, [], [])
        found = records_in(self.folder)
        self.assertEqual([record.name for record in found], ["2026-01-02-bbb", "2026-01-02-aaa"])
        self.assertTrue(is_whole(found[0]))

    def test_a_run_of_some_benches_is_not_whole(self) -> None:
        record = record_of()
        record.machine["command"] = "python3 benches/record.py --bench queue"
        self.assertFalse(is_whole(record))


class Run(Folder):
    """The run itself, with benches that are not there."""

    def run_with(self, results: dict[str, object]) -> bool:
        """Runs every step; a bench leaves a case, or fails."""

        def run_bench(executable: Path, place: Path) -> None:
            if isinstance(results[executable.name], Exception):
                raise results[executable.name]
            leave(place / "criterion", results[executable.name])

        builds = running.Builds({"3.13": {name: Path(name) for name in results}})
        record = rows.read(self.folder)
        steps = left(steps_of(record.benches, ["3.13"]), record.done())
        with mock.patch.object(running, "run_bench", run_bench), mock.patch("builtins.print"):
            return command.run(steps, builds, self.folder)

    def test_a_bench_that_fails_stops_no_other_and_is_run_again(self) -> None:
        batch = samples("batch 1/burst/10", 7)
        self.assertFalse(self.run_with({"chain": running.BenchError("wrong answer"), "batch": batch}))
        self.assertEqual(rows.read(self.folder).done(), {("batch", NO_PYTHON)})
        self.assertTrue(self.run_with({"chain": samples("chain/23 crossings", 1), "batch": RuntimeError("again")}))
        self.assertEqual(rows.read(self.folder).done(), {("batch", NO_PYTHON), ("chain", "3.13")})

    def test_the_command_of_the_product_is_kept_whole_or_not_at_all(self) -> None:
        server, step = self.folder / "coachwhip", Step(COMMAND, "3.13", 1)
        for script, expected in (("exit 1", set()), ('echo "{}" > "$4"', {step.key})):
            server.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            server.chmod(0o755)
            with mock.patch("builtins.print"):
                is_well = command.run([step], running.Builds({}, {"3.13": server}), self.folder)
            self.assertEqual((is_well, rows.read(self.folder).done()), (bool(expected), expected))

    def test_a_command_that_fails_shows_its_end(self) -> None:
        with self.assertRaisesRegex(running.BenchError, "status 3:\nwrong"):
            running.run_quietly(["sh", "-c", "echo wrong; exit 3"], {"PATH": "/usr/bin:/bin"})


class Plan(unittest.TestCase):
    """plan.toml."""

    def test_has_every_bench_that_is_there(self) -> None:
        planned = {bench.name for bench in Bench.read_all(BENCHES / "plan.toml")}
        there = {path.stem for path in (BENCHES / "benches").iterdir()}
        self.assertLessEqual(there, planned)

    def test_a_whole_run_takes_less_than_40_minutes(self) -> None:
        steps = steps_of(Bench.read_all(BENCHES / "plan.toml"), command.PYTHONS)
        self.assertLess(sum(step.seconds for step in steps) + command.BUILD_S * len(command.PYTHONS), 40 * 60)

    def test_a_bench_without_python_runs_once(self) -> None:
        self.assertEqual(steps_of([Bench("queue", "", 5, [])], ["3.11", "3.13"]), [Step("queue", NO_PYTHON, 5)])

    def test_an_unknown_bench_is_refused(self) -> None:
        with self.assertRaisesRegex(SettingsError, "known are queue"):
            chosen([Bench("queue", "", 5)], ["queeu"])


class Pages(unittest.TestCase):
    """What is made from a record."""

    def test_every_page_in_the_repository_is_what_its_record_gives(self) -> None:
        for record in records_in(BENCHES / "records"):
            folder = BENCHES / "records" / record.name
            with self.subTest(record.name):
                self.assertEqual((folder / "README.md").read_text(encoding="utf-8"), page(record))
                for plot in (plot for plots in plots_of(record).values() for plot in plots):
                    self.assertEqual((folder / plot.file).read_text(encoding="utf-8"), plot.content)

    def test_a_case_has_a_column_for_each_python(self) -> None:
        found = [row("chain/23 crossings", 10, python="3.11"), row("chain/23 crossings", 20, python="3.13")]
        text = page(record_of(*found, row("chain/one batched call", 3, python="3.13")))
        self.assertIn("| chain / 23 crossings | 10 | 20 |", text)
        self.assertIn("| chain / one batched call | - | 3 |", text)

    def test_shows_what_the_command_of_the_product_wrote(self) -> None:
        case = {"name": "native noop", "mean_ns": 21.5, "stdev_ns": 0.5, "relative_to_increment": 0.75}
        text = page(record_of(boundary={"3.13": {"cases": [case]}}))
        self.assertIn("| 3.13, native noop | 21.5 | 0.50 | 0.75 |", text)

    def test_says_what_is_missing(self) -> None:
        record = record_of(row("chain/23 crossings", 10, python="3.11"), row("boundary/native noop", 5))
        self.assertIn("Not in this record: 3.13.", page(record))

    def test_plots_hold_a_mark_for_each_case(self) -> None:
        found = [
            row(f"queue {count} producers {count} consumers/{kind}", 10 * count, python=NO_PYTHON)
            for count in (1, 8)
            for kind in ("mutex", "array queue")
        ]
        plots = plots_of(record_of(*found, row("strategies/subinterp/2", 2.5e6)))
        image = ElementTree.fromstring(plots["queue"][0].content)
        self.assertEqual(len(image.findall(".//{http://www.w3.org/2000/svg}circle")), 4)
        self.assertIn("subinterp, 2, 3.13", plots["strategies"][0].content)
        self.assertNotIn("boundary", plots)


if __name__ == "__main__":
    unittest.main()
