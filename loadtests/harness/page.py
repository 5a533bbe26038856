"""The generated page of a record: one table a scenario, and its plots."""

from typing import Any

from harness.contender import Contender
from harness.markdown import cell, no_figure, table
from harness.plots import plots_of
from harness.record import Record
from harness.round import Round
from harness.summary import Figure, column, ratio, voids

BIAS = """Read with care: the load generator runs on the same machine and takes its share of the cores, so requests/s
compare contenders here and nowhere else; CPU us per request is what a shared machine disturbs least. Where the
generator used nearly all of its core, requests/s are its limit and not the server's.
Latencies of closed loops are not corrected for coordinated omission; those of open loops (mixed, overload) are: they
count from the moment at which a request was due. A contender with one wrong answer or error in any round has no figure.
Each cell is the median of all rounds +- the median absolute deviation; ratios are taken within each round."""

Columns = tuple[tuple[str, str], ...]

LATENCY: Columns = (("p50_us", "p50 us"), ("p90_us", "p90 us"), ("p99_us", "p99 us"), ("p99_9_us", "p99.9 us"))
COLUMNS: dict[str, Columns] = {
    "closed": (
        ("requests", "requests"),
        ("errors", "errors"),
        ("requests_per_s", "req/s"),
        *LATENCY,
        ("cpu_us_per_request", "CPU us/request"),
        ("pss_kib", "PSS KiB"),
        ("generator_percent", "generator, % of its core"),
    ),
    "mixed": (
        ("requests", "requests"),
        ("errors", "errors"),
        ("requests_per_s", "req/s"),
        *LATENCY,
        ("stream_per_s", "stream, req/s"),
        ("pss_kib", "PSS KiB"),
    ),
    "overload": (
        ("capacity_per_s", "capacity, req/s"),
        ("offered_per_s", "offered, req/s"),
        ("requests_per_s", "goodput, req/s"),
        ("goodput_percent", "goodput, % of capacity"),
        *LATENCY,
        ("refused", "503s"),
        *((f"refused_{name}", f"503 {title}") for name, title in LATENCY),
        ("pss_before_kib", "PSS KiB before"),
        ("pss_kib", "after"),
    ),
    "memory": (("pss_before_kib", "PSS KiB before"), ("pss_kib", "after"), ("requests", "requests")),
    "idle": (
        ("cpu_percent", "CPU, % of a core"),
        ("pss_before_kib", "PSS KiB before"),
        ("pss_kib", "with the connections"),
        ("kib_per_connection", "KiB a connection"),
    ),
}


def scenario_table(record: Record, scenario: str) -> str:
    """The rows of one scenario, summed up."""
    plan = record.scenarios[scenario]
    columns, ceiling, is_closed = COLUMNS[plan["kind"]], plan["ceiling"], plan["kind"] == "closed"
    header = ["contender", *(title for _, title in columns)]
    if is_closed:
        header += ["req/s, ratio to its fewest workers"]
    if ceiling:
        header += [f"req/s, ratio to {ceiling}", f"CPU us/request, ratio to {ceiling}"]
    rows = record.rows_of(scenario)
    lines = []
    for label, own in rows.items():
        if reasons := voids(own):
            lines.append([label, no_figure(reasons[0])])
            continue
        figures: list[Figure | None] = [column(own, name) for name, _ in columns]
        if is_closed:
            figures.append(ratio(own, rows[baseline(record, label, rows)], "requests_per_s"))
        if ceiling:
            figures += [ratio(own, rows.get(ceiling, []), name) for name in ("requests_per_s", "cpu_us_per_request")]
        lines.append([label, *map(cell, figures)])
    return table(header, lines)


def baseline(record: Record, label: str, rows: dict[str, list[Round]]) -> str:
    """The label of the same series with the fewest workers that took part."""
    series = record.contenders[label]["series"]
    labels = [one for one in rows if record.contenders[one]["series"] == series]
    return min(labels, key=lambda one: record.contenders[one]["workers"])


def heading(machine: dict[str, Any], title: str) -> str:
    """What every record's page begins with."""
    return f"""# {title}, {machine["time"][:10]}, {machine["commit"]}

Generated, together with the files beside it, by `{machine["command"]}`.
{machine["cpu"]}, {machine["cores"]} cores, kernel {machine["kernel"]}; more in [machine.json](machine.json)."""


def contender_list(machine: dict[str, Any], contenders: list[Contender]) -> str:
    """What each contender is, and its version."""
    about = {one.label: {"about": one.about, "python": one.python} for one in contenders}
    return versions(machine, about)


def versions(machine: dict[str, Any], contenders: dict[str, dict[str, Any]]) -> str:
    """The same from a record."""
    lines = []
    for label, contender in contenders.items():
        python = f"; {machine['pythons'][contender['python']]}" if contender["python"] else ""
        lines.append(f"- {label}: {contender['about']} {machine['contenders'][label]}{python}")
    return "\n".join(["## Contenders", "", *lines])


def page(record: Record) -> str:
    """The whole page."""
    parts = [heading(record.machine, "Load tests"), BIAS]
    for scenario, plan in record.scenarios.items():
        rounds = max((row.round for row in record.rows if row.scenario == scenario), default=0)
        if not rounds:
            continue
        parts.append(f"## {scenario}\n\n{plan['about']}\n{plan['load']}; rounds: {rounds}.")
        parts.append(scenario_table(record, scenario))
        parts += [f"![{plot.title}]({plot.file})" for plot in plots_of(record, scenario)]
    parts += [versions(record.machine, record.contenders), "Each round: [rounds.csv](rounds.csv)."]
    return "\n\n".join(parts) + "\n"
