"""The folder of one run: `<date>-<commit>/` with machine.json, plan.json, the raw rows, plots and a generated page.

Pages and plots are made from the other files alone, so they can be made again when scenarios have changed since.
"""

import csv
import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.contender import Contender
from harness.machine import commit
from harness.round import COLUMNS, Round, cells, from_cells
from harness.scenario import Scenario

ROWS = "rounds.csv"


class RecordError(Exception):
    """A record that can't be read or gone on with."""


@dataclass(frozen=True)
class Record:
    """One folder's content."""

    name: str
    machine: dict[str, Any]
    options: dict[str, Any]
    """What the command line said; what goes on with the run needs it."""
    scenarios: dict[str, dict[str, Any]]
    """In the order in which they ran: about, load in words, kind and ceiling of each."""
    contenders: dict[str, dict[str, Any]]
    """By label: name, about, series, number of workers, Python and command of each."""
    rows: list[Round]

    def rows_of(self, scenario: str) -> dict[str, list[Round]]:
        """One scenario's rows by contender."""
        found: dict[str, list[Round]] = {}
        for row in self.rows:
            if row.scenario == scenario:
                found.setdefault(row.contender, []).append(row)
        return found


def new_folder(records: Path, suffix: str = "") -> Path:
    """Makes the run's folder. A second run on one day at one commit gets a number."""
    name = f"{datetime.now(UTC):%Y-%m-%d}-{commit()}{suffix}"
    number = 1
    folder = records / name
    while folder.exists():
        number += 1
        folder = records / f"{name}-{number}"
    folder.mkdir(parents=True)
    return folder


def write_plan(folder: Path, options: dict[str, Any], scenarios: list[Scenario], contenders: list[Contender]) -> None:
    """Writes plan.json."""
    plan = {
        "options": options,
        "scenarios": {
            one.name: {"about": one.about, "load": one.load, "kind": one.kind, "ceiling": one.ceiling}
            for one in scenarios
        },
        "contenders": {
            one.label: {
                "name": one.name,
                "about": one.about,
                "series": one.series,
                "workers": one.workers,
                "python": one.python,
                "command": " ".join(one.command),
            }
            for one in contenders
        },
    }
    (folder / "plan.json").write_text(json.dumps(plan, indent=2) + "\n", encoding="utf-8")


def append_row(folder: Path, row: Round) -> None:
    """Adds one row as it comes, so that an interrupted run loses none."""
    path = folder / ROWS
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerow(cells(row))


def read(folder: Path) -> Record:
    """The record as it is now; a run that has just begun has no rows."""
    try:
        machine = json.loads((folder / "machine.json").read_text(encoding="utf-8"))
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        rows = []
        if (folder / ROWS).exists():
            with (folder / ROWS).open(newline="", encoding="utf-8") as file:
                rows = [from_cells(line) for line in csv.DictReader(file)]
    except (OSError, ValueError) as error:
        raise RecordError(f"{folder} is no record of a run: {error}") from error
    return Record(folder.resolve().name, machine, plan["options"], plan["scenarios"], plan["contenders"], rows)


def write_rows(path: Path, rows: Sequence[Any]) -> None:
    """Writes dataclass rows as CSV, with all digits that the measurement has."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in dataclasses.fields(rows[0])], lineterminator="\n")
        writer.writeheader()
        writer.writerows(dataclasses.asdict(row) for row in rows)
