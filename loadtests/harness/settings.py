"""Reads one TOML table into a dataclass; a key that the dataclass does not know is an error, never ignored."""

import dataclasses
import tomllib
from pathlib import Path
from typing import Any, TypeVar

Filled = TypeVar("Filled")


class SettingsError(Exception):
    """A scenario or contender file that can't be used; the message names the file."""


def table_of(path: Path) -> dict[str, Any]:
    """The parsed file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from error


def filled(kind: type[Filled], table: dict[str, Any], source: Path) -> Filled:
    """One dataclass instance from one table."""
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(table.keys() - known):
        raise SettingsError(f"{source}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    try:
        return kind(**table)
    except TypeError as error:
        raise SettingsError(f"{source}: {error}") from error
