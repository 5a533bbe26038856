"""The folder of one run: `<date>-<commit>/` with machine.json, the raw rows and a generated page."""

import csv
import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.machine import commit


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


def write_rows(path: Path, rows: Sequence[Any]) -> None:
    """Writes dataclass rows as CSV, with all digits that the measurement has."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in dataclasses.fields(rows[0])], lineterminator="\n")
        writer.writeheader()
        writer.writerows(dataclasses.asdict(row) for row in rows)
