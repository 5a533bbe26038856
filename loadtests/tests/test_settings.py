"""The files of `scenarios/` and `contenders/`, and what is refused in them."""

import tempfile
import unittest
from pathlib import Path

from harness.contender import Contender, expanded
from harness.scenario import Scenario
from harness.settings import SettingsError

LOADTESTS = Path(__file__).resolve().parents[1]
EXPECT = 'expect = { status = 200, body = "" }\n'


class ShippedFiles(unittest.TestCase):
    """They are read, and they name each other rightly."""

    def setUp(self) -> None:
        self.scenarios = [Scenario.read(path) for path in sorted((LOADTESTS / "scenarios").glob("*.toml"))]
        paths = sorted((LOADTESTS / "contenders").glob("*.toml"))
        self.contenders = [contender for path in paths for contender in Contender.read(path)]

    def test_ceilings_are_contenders_that_are_fair_for_the_scenario(self) -> None:
        by_label = {contender.label: contender for contender in self.contenders}
        for scenario in self.scenarios:
            if scenario.ceiling:
                self.assertTrue(by_label[scenario.ceiling].is_fair_for(scenario.name), scenario.name)

    def test_contenders_are_fair_for_scenarios_that_exist(self) -> None:
        names = {scenario.name for scenario in self.scenarios} | {"footprint", "flat_memory"}
        for contender in self.contenders:
            self.assertLessEqual(set(contender.scenarios), names, contender.label)

    def test_files_are_called_what_they_describe(self) -> None:
        names = {one.name for one in self.scenarios} | {one.name for one in self.contenders}
        files = {path.stem for folder in ("scenarios", "contenders") for path in (LOADTESTS / folder).glob("*.toml")}
        self.assertEqual(names, files)

    def test_labels_are_unique(self) -> None:
        labels = [contender.label for contender in self.contenders]
        self.assertEqual(len(labels), len(set(labels)))

    def test_what_is_installed_is_pinned(self) -> None:
        for contender in self.contenders:
            for requirement in contender.requirements:
                self.assertRegex(requirement, r"^[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*$", contender.name)

    def test_every_scenario_runs_at_least_five_rounds(self) -> None:
        for scenario in self.scenarios:
            self.assertGreaterEqual(scenario.rounds, 5, scenario.name)


class Refusals(unittest.TestCase):
    """A mistake in a file is an error that names the file."""

    def assert_refused(self, text: str, message: str, kind: type[Scenario] | type[Contender] = Scenario) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "bad.toml")
            path.write_text(text, encoding="utf-8")
            with self.assertRaisesRegex(SettingsError, f"bad.toml.*{message}"):
                kind.read(path)

    def test_unknown_keys(self) -> None:
        self.assert_refused(f'name = "x"\nabout = ""\npath = "/"\nconection = 1\n{EXPECT}', "unknown conection")

    def test_missing_keys(self) -> None:
        self.assert_refused(f'name = "x"\n{EXPECT}', "missing")

    def test_broken_toml(self) -> None:
        self.assert_refused("name = ", "")

    def test_an_unknown_kind(self) -> None:
        self.assert_refused(f'name = "x"\nabout = ""\npath = "/"\nkind = "open"\n{EXPECT}', "'open'")

    def test_keys_of_another_kind(self) -> None:
        base = f'name = "x"\nabout = ""\npath = "/"\n{EXPECT}'
        self.assert_refused(f"{base}rate = 10\n[stream]\npath = '/s'\n{EXPECT}", "kind mixed")
        self.assert_refused(f'{base}kind = "mixed"\n', "kind mixed")
        self.assert_refused(f'{base}kind = "overload"\ntimes_capacity = 2', "kind overload")

    def test_a_variant_without_workers(self) -> None:
        base = 'name = "x"\nabout = ""\ncommand = []\nversion = []\n'
        self.assert_refused(f'{base}[scenarios]\nplaintext = ["auto"]', "auto must end with", Contender)


class Variants(unittest.TestCase):
    """Dispatch and workers."""

    def test_are_those_that_the_scenarios_name(self) -> None:
        text = """name = "x"\nabout = ""\ncommand = []\nversion = []\n
        [scenarios]\nplaintext = ["auto-2", "inline-2"]\ncpu_bound = ["auto-1", "auto-2"]"""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "x.toml")
            path.write_text(text, encoding="utf-8")
            contenders = Contender.read(path)
        self.assertEqual([one.label for one in contenders], ["x_auto-2", "x_inline-2", "x_auto-1"])
        fair = [one.label for one in contenders if one.is_fair_for("cpu_bound")]
        self.assertEqual(fair, ["x_auto-2", "x_auto-1"])

    def test_a_number_alone_has_no_dispatch(self) -> None:
        contender = Contender("x", "", [], [], {}, variant="16")
        self.assertEqual((contender.label, contender.series, contender.workers), ("x-16", "x", 16))


class Commands(unittest.TestCase):
    """Placeholders."""

    def test_are_filled_in(self) -> None:
        self.assertEqual(expanded(["{python}", "-w{workers}"], {"python": "py", "workers": "2"}), ["py", "-w2"])

    def test_without_a_value_are_an_error(self) -> None:
        with self.assertRaises(KeyError):
            expanded(["{binary}"], {})


if __name__ == "__main__":
    unittest.main()
