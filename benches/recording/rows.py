"""The folder of one run: `<date>-<commit>/` with machine.json, plan.json, rows.csv, samples.json, and what the benches
and the product's command write themselves. Page, plots and claims are made from these alone."""

import csv
import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.record import RecordError
from recording.criterion import Row, Samples
from recording.plan import COMMAND, Bench, described

ROWS, SAMPLES, PLAN, MACHINE = "rows.csv", "samples.json", "plan.json", "machine.json"
CASTS = {"int": int, "float": float, "str": str}


@dataclass(frozen=True)
class Record:
    """One folder's content."""

    name: str
    machine: dict[str, Any]
    pythons: list[str]
    benches: list[Bench]
    rows: list[Row]
    extras: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """The tables that benches wrote themselves, by the name of their file without `.csv`."""
    boundary: dict[str, Any] = field(default_factory=dict)
    """What the product's command wrote, by Python."""

    def row(self, case: tuple[str, str, str], python: str) -> Row | None:
        """One case on one Python."""
        return next((row for row in self.rows if row.case == case and row.python == python), None)

    def rows_of(self, bench: str) -> list[Row]:
        """One bench's rows on every Python."""
        return [row for row in self.rows if row.bench == bench]

    def done(self) -> set[tuple[str, str]]:
        """Which benches have run on which Python."""
        return {(row.bench, row.python) for row in self.rows} | {(COMMAND, python) for python in self.boundary}


def write_plan(folder: Path, pythons: list[str], benches: list[Bench]) -> None:
    """Writes plan.json: what going on with the run needs."""
    plan = {"pythons": pythons, "benches": described(benches)}
    (folder / PLAN).write_text(json.dumps(plan, indent=2) + "\n", encoding="utf-8")


def boundary_file(python: str) -> str:
    """Where the product's command writes."""
    return f"boundary-{python}.json"


def add_extras(source: Path, folder: Path, python: str) -> None:
    """Adds the tables that a bench wrote, in place of those of an earlier run on the same Python."""
    for path in sorted(source.glob("*.csv")):
        lines = [line for line in lines_of(folder / path.name) if line["python"] != python]
        lines += [{"python": python} | line for line in lines_of(path)]
        if lines:
            write_lines(folder / path.name, lines)


def lines_of(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV file; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_lines(path: Path, lines: list[dict[str, Any]]) -> None:
    """Writes a CSV file whose columns are the first line's."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def add(folder: Path, found: list[Samples]) -> None:
    """Adds what one bench has measured: the samples first, since it is the rows that say that a step is done."""
    add_samples(folder, found)
    path, rows = folder / ROWS, [dataclasses.asdict(Row.of(samples)) for samples in found]
    write_lines(path, [*lines_of(path), *rows])


def add_samples(folder: Path, found: list[Samples]) -> None:
    """Adds to samples.json, one case a line, in place of those of an earlier try."""
    path = folder / SAMPLES
    keys = {(one.bench, one.python) for one in found}
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    cases = [case for case in known if (case["bench"], case["python"]) not in keys]
    cases += [dataclasses.asdict(one) for one in found]
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f"[\n{text}\n]\n", encoding="utf-8")


def row_of(line: dict[str, str]) -> Row:
    """One row from its text."""
    types = {one.name: CASTS[str(getattr(one.type, "__name__", one.type))] for one in dataclasses.fields(Row)}
    return Row(**{name: types[name](value) for name, value in line.items()})


def read(folder: Path) -> Record:
    """The record as it is now; a run that has just begun has no rows."""
    try:
        machine = json.loads((folder / MACHINE).read_text(encoding="utf-8"))
        plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        boundary = {
            python: json.loads((folder / boundary_file(python)).read_text(encoding="utf-8"))
            for python in plan["pythons"]
            if (folder / boundary_file(python)).exists()
        }
        benches = [Bench(**bench) for bench in plan["benches"]]
        rows = [row_of(line) for line in lines_of(folder / ROWS)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{folder} is no record of the benches: {error!r}") from error
    extras = {path.stem: lines_of(path) for path in sorted(folder.glob("*.csv")) if path.name != ROWS}
    return Record(folder.resolve().name, machine, plan["pythons"], benches, rows, extras, boundary)
