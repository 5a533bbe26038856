"""The charts of a record: one for each question that a picture answers faster than a table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.chart import Line, bars, points
from recording.criterion import Row
from recording.plan import NO_PYTHON
from recording.rows import Record

COLOURS = ("#2166ac", "#e08214", "#1b7837", "#b2182b", "#762a83", "#8a949e")
QUEUES = ("mutex", "channel", "array queue", "seg queue", "exchange")
TO_THE_LEFT = "ns, logarithmic; further left is better"


@dataclass(frozen=True)
class Plot:
    """One SVG file."""

    title: str
    file: str
    content: str


Value = Callable[[Row], float]


def per_element(row: Row) -> float:
    """Nanoseconds of one call, conversion, operation or request."""
    return row.ns_per_element


def label(row: Row) -> str:
    """What a line of a chart calls a case; the group only where it says more than the bench."""
    group = row.group if row.group != row.bench else ""
    return " ".join(part for part in (group.removeprefix(f"{row.bench} "), row.function, row.parameter) if part)


def legend_of(names: Iterable[str]) -> dict[str, str]:
    """A colour for each series."""
    return dict(zip(names, COLOURS, strict=False))


def by_python(record: Record, bench: str, wanted: Callable[[Row], bool] = lambda row: True) -> str:
    """A line for each case, a dot for each Python; empty where there is nothing."""
    rows = [row for row in record.rows_of(bench) if wanted(row)]
    legend = legend_of(python for python in record.pythons if any(row.python == python for row in rows))
    cases = {row.case: label(row) for row in rows}
    lines = []
    for case, name in cases.items():
        found = [record.row(case, python) for python in legend]
        lines.append(Line(name, [row.ns_per_element if row else 0 for row in found], ""))
    return points(f"{bench}: time of one", f"{TO_THE_LEFT}.", lines, legend) if lines else ""


def by_function(rows: list[Row], title: str, functions: Iterable[str], line_of: Callable[[Row], str]) -> str:
    """A line for each `line_of`, a dot for each function; empty where there is nothing."""
    legend = legend_of(name for name in functions if any(row.function == name for row in rows))
    values: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.function in legend:
            values.setdefault(line_of(row), {})[row.function] = row.ns_per_element
    lines = [Line(name, [found.get(one, 0) for one in legend], "") for name, found in values.items()]
    return points(title, f"{TO_THE_LEFT}.", lines, legend) if lines else ""


def queue(record: Record) -> str:
    """What an operation costs with more and more threads."""
    title = "queue: one element put and taken"
    return by_function(record.rows_of("queue"), title, QUEUES, lambda row: row.group.removeprefix("queue "))


def request(record: Record, python: str) -> str:
    """Native requests against dicts, on one Python."""
    rows = [row for row in record.rows_of("request") if row.python == python]
    return by_function(rows, f"request: native and dict, {python}", ("native", "dict"), label_of_request)


def label_of_request(row: Row) -> str:
    """What is done with which request."""
    return f"{row.group.removeprefix('request ')}, {row.parameter}"


def strategies(record: Record) -> str:
    """Requests/s by strategy and number of workers."""
    rows = record.rows_of("strategies")
    legend = legend_of(dict.fromkeys(row.python for row in rows))
    lines = []
    for row in rows:
        rate = 1e9 / row.ns_per_element
        spread = rate * row.figure.deviation / row.figure.median
        lines.append(Line(f"{row.function}, {row.parameter}, {row.python}", [rate], legend[row.python], spread))
    title, unit = "strategies: a handler that computes", "requests/s by workers and Python; more is better"
    return bars(title, unit, lines) if lines else ""


def plots_of(record: Record) -> dict[str, list[Plot]]:
    """The charts by bench."""
    python = next((one for one in ("3.13", *record.pythons) if one in record.pythons), NO_PYTHON)
    drawn = {
        "boundary": by_python(record, "boundary"),
        "attach": by_python(record, "attach", lambda row: row.group.startswith("attach")),
        "queue": queue(record),
        "request": request(record, python),
        "strategies": strategies(record),
    }
    return {bench: [Plot(bench, f"{bench}.svg", content)] for bench, content in drawn.items() if content}


def write_plots(record: Record, folder: Path) -> None:
    """Writes every chart beside the page."""
    for plots in plots_of(record).values():
        for plot in plots:
            (folder / plot.file).write_text(plot.content, encoding="utf-8")
