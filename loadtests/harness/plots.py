"""Which charts a record has: processor time, latency and memory, each where the scenario is about it."""

from dataclasses import dataclass
from pathlib import Path

from harness.chart import Line, bars, percentile_lines
from harness.record import Record
from harness.summary import column, voids

OURS, CEILING, OTHERS = "#2166ac", "#8a949e", "#e08214"
LATENCY = ("p50_us", "p90_us", "p99_us", "p99_9_us")


@dataclass(frozen=True)
class Plot:
    """One SVG file."""

    title: str
    file: str
    content: str


def colour(label: str) -> str:
    """Blue for coachwhip, grey for the ceiling, orange for the others: told apart by everybody."""
    return OURS if label.startswith("coachwhip") else CEILING if label.startswith("plain_") else OTHERS


def bar_lines(record: Record, scenario: str, name: str, scale: float) -> list[Line]:
    """Each contender's median, divided by `scale`; the smallest first."""
    lines = []
    for label, rows in record.rows_of(scenario).items():
        if not voids(rows) and (figure := column(rows, name)):
            lines.append(Line(label, [figure.median / scale], colour(label), figure.deviation / scale))
    return sorted(lines, key=lambda line: line.values)


def latency_lines(record: Record, scenario: str, prefix: str = "") -> list[Line]:
    """Each contender's percentiles; the smallest median first."""
    lines = []
    for label, rows in record.rows_of(scenario).items():
        figures = [column(rows, f"{prefix}{name}") for name in LATENCY]
        if not voids(rows) and None not in figures:
            lines.append(Line(label, [figure.median for figure in figures if figure], colour(label)))
    return sorted(lines, key=lambda line: line.values)


def plots_of(record: Record, scenario: str) -> list[Plot]:
    """The scenario's charts; none where nobody has a figure."""
    found = []

    def add(what: str, title: str, unit: str, lines: list[Line]) -> None:
        draw = percentile_lines if what in ("latency", "refused") else bars
        if lines:
            file = f"{scenario}-{what}.svg"
            found.append(Plot(f"{scenario}: {title}", file, draw(f"{scenario}: {title}", unit, lines)))

    match record.scenarios[scenario]["kind"]:
        case "closed":
            lines = bar_lines(record, scenario, "cpu_us_per_request", 1)
            add("cpu", "processor time", "us of user and system time a request; less is better", lines)
        case "memory":
            lines = bar_lines(record, scenario, "pss_kib", 1024)
            add("memory", "memory after the load", "MiB of proportional set size, all processes; less is better", lines)
        case "idle":
            lines = bar_lines(record, scenario, "kib_per_connection", 1)
            add("memory", "memory of a connection", "KiB of proportional set size a connection; less is better", lines)
    unit = "us at the percentiles 50, 90, 99 and 99.9, logarithmic; less is better"
    if record.scenarios[scenario]["kind"] in ("closed", "mixed", "overload"):
        add("latency", "latency", unit, latency_lines(record, scenario))
    add("refused", "latency of refusals", unit, latency_lines(record, scenario, "refused_"))
    return found


def write_plots(record: Record, folder: Path) -> None:
    """Writes every scenario's charts beside the page."""
    for scenario in record.scenarios:
        for plot in plots_of(record, scenario):
            (folder / plot.file).write_text(plot.content, encoding="utf-8")
