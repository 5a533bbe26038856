"""The text of docs/benchmarks.md: the main tables of one record, made from it alone."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.markdown import cell, no_figure, table
from harness.record import Record
from harness.summary import Figure, column, ratio, voids

CEILING = "plain_hyper-1"
COACHWHIP = "coachwhip_"


@dataclass(frozen=True)
class Column:
    """One column of a table: a figure of one scenario."""

    title: str
    scenario: str
    name: str
    scale: float = 1
    over: str = ""
    """The contender that the figure is set against, if any."""

    def figure(self, record: Record, label: str) -> Figure | None:
        """The contender's figure; None where it has none."""
        rows = record.rows_of(self.scenario)
        own = rows.get(label, [])
        if voids(own):
            return None
        return ratio(own, rows.get(self.over, []), self.name) if self.over else column(own, self.name)


@dataclass(frozen=True)
class Strategy:
    """One line of the table that sets the strategies side by side."""

    title: str
    series: str


STRATEGIES = (
    Strategy("an interpreter with its own GIL each: `subinterp`", "coachwhip_subinterp_auto"),
    Strategy("threads without a GIL: `freethreaded`", "coachwhip_freethreaded_auto"),
    Strategy("threads under one GIL: `main`", "coachwhip_main_auto"),
    Strategy("processes: granian RSGI", "granian_rsgi"),
    Strategy("processes: granian WSGI", "granian_wsgi"),
    Strategy("processes: fastpysgi WSGI", "fastpysgi_wsgi"),
    Strategy("processes: uvicorn", "uvicorn"),
    Strategy("processes: gunicorn", "gunicorn"),
    Strategy("processes: Robyn", "robyn"),
)


def labels_of(record: Record, *scenarios: str) -> list[str]:
    """Who took part in one of the scenarios, in the order of the contenders' files."""
    taken = {row.contender for row in record.rows if row.scenario in scenarios}
    return [label for label in record.contenders if label in taken]


def ordered(record: Record, labels: list[str], by: Column) -> list[str]:
    """The smallest figure first; who has none comes last."""
    return sorted(labels, key=lambda label: figure.median if (figure := by.figure(record, label)) else float("inf"))


def figures_table(record: Record, labels: Iterable[str], columns: list[Column]) -> str:
    """A line for each contender. One whose rounds are all void says why."""
    lines = []
    for label in labels:
        figures = [(one.figure(record, label), one.scale) for one in columns]
        if any(figure for figure, _ in figures):
            lines.append([label, *(cell(figure, scale) for figure, scale in figures)])
        else:
            rows = [row for one in columns for row in record.rows_of(one.scenario).get(label, [])]
            lines.append([label, no_figure(next(iter(voids(rows)), "not measured"))])
    return table(["contender", *(one.title for one in columns)], lines) if lines else "Not in this record."


def against_hyper(record: Record) -> str:
    """How far coachwhip is from a server with nothing behind it."""
    columns = [
        Column("CPU us/request", "plaintext", "cpu_us_per_request"),
        Column("to plain hyper", "plaintext", "cpu_us_per_request", over=CEILING),
        Column("req/s", "plaintext", "requests_per_s"),
        Column("to plain hyper", "plaintext", "requests_per_s", over=CEILING),
        Column("p99 us", "plaintext", "p99_us"),
        Column("generator, % of its core", "plaintext", "generator_percent"),
        Column("one connection: p50 us", "plaintext_one_connection", "p50_us"),
    ]
    labels = [label for label in labels_of(record, "plaintext") if label.startswith((COACHWHIP, "plain_"))]
    return figures_table(record, ordered(record, labels, columns[0]), columns)


def against_servers(record: Record) -> str:
    """The shortest handler, everywhere."""
    columns = [
        Column("CPU us/request", "plaintext", "cpu_us_per_request"),
        Column("req/s", "plaintext", "requests_per_s"),
        Column("p50 us", "plaintext", "p50_us"),
        Column("p99 us", "plaintext", "p99_us"),
        Column("generator, % of its core", "plaintext", "generator_percent"),
    ]
    labels = [label for label in labels_of(record, "plaintext") if "_queue-" not in label and "_inline-" not in label]
    return figures_table(record, ordered(record, labels, columns[0]), columns)


def one_connection(record: Record) -> str:
    """One request at a time."""
    columns = [
        Column("p50 us", "plaintext_one_connection", "p50_us"),
        Column("p99 us", "plaintext_one_connection", "p99_us"),
        Column("CPU us/request", "plaintext_one_connection", "cpu_us_per_request"),
    ]
    labels = labels_of(record, "plaintext_one_connection")
    return figures_table(record, ordered(record, labels, columns[0]), columns)


def mixed(record: Record) -> str:
    """Short requests beside long ones."""
    columns = [
        Column("p50 ms", "mixed", "p50_us", 1000),
        Column("p90 ms", "mixed", "p90_us", 1000),
        Column("p99 ms", "mixed", "p99_us", 1000),
        Column("p99.9 ms", "mixed", "p99_9_us", 1000),
        Column("answered, req/s", "mixed", "requests_per_s"),
        Column("stream, req/s", "mixed", "stream_per_s"),
    ]
    return figures_table(record, ordered(record, labels_of(record, "mixed"), columns[2]), columns)


WORK = ("json", "parameters", "echo", "upload", "sleep", "sleep_async")


def other_work(record: Record, name: str) -> str:
    """The other closed loops: one column a scenario, one line a series."""
    lines = []
    for series in dict.fromkeys(record.contenders[label]["series"] for label in labels_of(record, *WORK)):
        figures = [Column("", scenario, name).figure(record, label_with(record, series, scenario)) for scenario in WORK]
        lines.append([series, *map(cell, figures)])
    return table(["contender", *WORK], lines) if lines else "Not in this record."


def strategies(record: Record) -> str:
    """Own GIL, no GIL, one GIL, processes."""
    lines = []
    for strategy in STRATEGIES:
        most = label_with(record, strategy.series, "plaintext")
        one, two = f"{strategy.series}-1", f"{strategy.series}-2"
        bound = Column("", "cpu_bound", "requests_per_s")
        figures = [
            Column("", "plaintext", "cpu_us_per_request").figure(record, most),
            Column("", "plaintext", "requests_per_s").figure(record, most),
            bound.figure(record, one),
            bound.figure(record, two),
            Column("", "cpu_bound", "requests_per_s", over=one).figure(record, two),
        ]
        p99 = Column("", "mixed", "p99_us").figure(record, label_with(record, strategy.series, "mixed"))
        memory = Column("", "memory", "pss_kib").figure(record, two)
        lines.append([strategy.title, *map(cell, figures), cell(p99, 1000), cell(memory, 1024)])
    header = ["strategy", "plaintext: CPU us/request", "req/s", "cpu_bound: req/s, 1 worker", "2 workers", "ratio"]
    return table([*header, "mixed: p99 ms", "memory: MiB, 2 workers"], lines)


def label_with(record: Record, series: str, scenario: str) -> str:
    """The variant of the series with the most workers that took part; the bare series where none did."""
    labels = [label for label in labels_of(record, scenario) if record.contenders[label]["series"] == series]
    return max(labels, key=lambda label: record.contenders[label]["workers"], default=series)


def overload(record: Record) -> str:
    """Goodput and refusals."""
    columns = [
        Column("capacity, req/s", "overload", "capacity_per_s"),
        Column("offered, req/s", "overload", "offered_per_s"),
        Column("goodput, % of capacity", "overload", "goodput_percent"),
        Column("p99 of answers, ms", "overload", "p99_us", 1000),
        Column("503s", "overload", "refused"),
        Column("p50 of 503s, ms", "overload", "refused_p50_us", 1000),
        Column("p99 of 503s, ms", "overload", "refused_p99_us", 1000),
        Column("MiB before", "overload", "pss_before_kib", 1024),
        Column("after", "overload", "pss_kib", 1024),
    ]
    return figures_table(record, labels_of(record, "overload"), columns)


def memory(record: Record) -> str:
    """What a server with two workers holds."""
    columns = [
        Column("MiB before the load", "memory", "pss_before_kib", 1024),
        Column("after", "memory", "pss_kib", 1024),
    ]
    return figures_table(record, ordered(record, labels_of(record, "memory"), columns[1]), columns)


def idle(record: Record) -> str:
    """What nothing costs."""
    columns = [
        Column("1 connection: CPU, % of a core", "idle", "cpu_percent"),
        Column("1,000 connections: CPU, % of a core", "idle_connections", "cpu_percent"),
        Column("KiB a connection", "idle_connections", "kib_per_connection"),
    ]
    return figures_table(record, labels_of(record, "idle", "idle_connections"), columns)


def pipelined(record: Record) -> str:
    """Shown apart: nothing in it compares with the other tables."""
    columns = [
        Column("CPU us/request", "pipelined", "cpu_us_per_request"),
        Column("req/s", "pipelined", "requests_per_s"),
        Column("generator, % of its core", "pipelined", "generator_percent"),
    ]
    return figures_table(record, ordered(record, labels_of(record, "pipelined"), columns[0]), columns)


def interpreters(footprint: Path | None) -> str:
    """The starts of a footprint record: memory and time by number of workers."""
    if footprint is None:
        return "Not measured with this record."
    with (footprint / "starts.csv").open(newline="", encoding="utf-8") as file:
        starts = list(csv.DictReader(file))
    lines = []
    for key in dict.fromkeys((start["contender"], int(start["workers"])) for start in starts):
        own = [start for start in starts if (start["contender"], int(start["workers"])) == key]
        mib = Figure.of(int(start["pss_kib"]) / 1024 for start in own)
        ready = Figure.of(float(start["ready_ms"]) for start in own)
        lines.append([key[0], str(key[1]), cell(mib), cell(ready)])
    link = f"../loadtests/records/{footprint.name}/README.md"
    header = ["contender", "workers", "MiB", "ms until ready"]
    return f"{table(header, lines)}\n\nWhat one more costs: [{footprint.name}]({link})."
