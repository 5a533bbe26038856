"""The files of `scenarios/` and `contenders/`, and what is refused in them."""

import tempfile
import unittest
from pathlib import Path

from harness.contender import Contender, expanded
from harness.scenario import Scenario
from harness.settings import SettingsError

LOADTESTS = Path(__file__).resolve().parents[1]


class ShippedFiles(unittest.TestCase):
    """They are read, and they name each other rightly."""

    def setUp(self) -> None:
        self.scenarios = [Scenario.read(path) for path in sorted((LOADTESTS / "scenarios").glob("*.toml"))]
        paths = sorted((LOADTESTS / "contenders").glob("*.toml"))
        self.contenders = [contender for path in paths for contender in Contender.read(path)]

    def test_ceilings_are_contenders_that_are_fair_for_the_scenario(self) -> None:
        fair = {(contender.label, name) for contender in self.contenders for name in contender.scenarios}
        for scenario in self.scenarios:
            if scenario.ceiling:
                self.assertIn((scenario.ceiling, scenario.name), fair)

    def test_contenders_are_fair_for_scenarios_that_exist(self) -> None:
        names = {scenario.name for scenario in self.scenarios} | {"footprint"}
        for contender in self.contenders:
            self.assertLessEqual(set(contender.scenarios), names, contender.label)

    def test_files_are_called_what_they_describe(self) -> None:
        names = {one.name for one in self.scenarios} | {one.name for one in self.contenders}
        files = {path.stem for folder in ("scenarios", "contenders") for path in (LOADTESTS / folder).glob("*.toml")}
        self.assertEqual(names, files)


class Refusals(unittest.TestCase):
    """A mistake in a file is an error that names the file."""

    def assert_refused(self, text: str, message: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "bad.toml")
            path.write_text(text, encoding="utf-8")
            with self.assertRaisesRegex(SettingsError, f"bad.toml.*{message}"):
                Scenario.read(path)

    def test_unknown_keys(self) -> None:
        expect = 'expect = { status = 200, body = "" }'
        self.assert_refused(f'name = "x"\nabout = ""\npath = "/"\nconection = 1\n{expect}', "unknown conection")

    def test_missing_keys(self) -> None:
        self.assert_refused('name = "x"\nexpect = { status = 200, body = "" }', "missing")

    def test_broken_toml(self) -> None:
        self.assert_refused("name = ", "")

    def test_an_unknown_generator(self) -> None:
        expect = 'expect = { status = 200, body = "" }'
        self.assert_refused(f'name = "x"\nabout = ""\npath = "/"\ngenerator = "ab"\n{expect}', "'ab'")


class Commands(unittest.TestCase):
    """Placeholders."""

    def test_are_filled_in(self) -> None:
        self.assertEqual(expanded(["{python}", "-w{workers}"], {"python": "py", "workers": "2"}), ["py", "-w2"])

    def test_without_a_value_are_an_error(self) -> None:
        with self.assertRaises(KeyError):
            expanded(["{binary}"], {})


if __name__ == "__main__":
    unittest.main()
