"""The generated page of a record: one table a scenario."""

from typing import Any

from harness.contender import Contender
from harness.measurement import Round
from harness.scenario import Scenario
from harness.summary import Figure, column, ratio, voids

BIAS = """Read with care: the load generator runs on the same machine and takes its share of the cores, so requests/s
compare contenders here and nowhere else; CPU us per request is what a shared machine disturbs least. Latencies are
not corrected for coordinated omission. A contender with one wrong answer or error in any round has no figure.
Each cell is the median of all rounds +- the median absolute deviation; ratios are taken within each round."""

LOAD_COLUMNS = (
    ("requests", "requests"),
    ("errors", "errors"),
    ("requests_per_s", "req/s"),
    ("p50_us", "p50 us"),
    ("p90_us", "p90 us"),
    ("p99_us", "p99 us"),
    ("p99_9_us", "p99.9 us"),
    ("cpu_us_per_request", "CPU us/request"),
    ("pss_kib", "PSS KiB"),
)
IDLE_COLUMNS = (("cpu_percent", "CPU, % of a core"), ("cpu_s", "CPU s"), ("pss_kib", "PSS KiB"))


def cell(figure: Figure | None) -> str:
    """Three digits or all before the point, and as many of the spread."""
    if figure is None:
        return "-"
    whole = float(figure.median).is_integer() and float(figure.deviation).is_integer()
    digits = 0 if whole or figure.median >= 100 else 1 if figure.median >= 10 else 2
    spread = f" +- {figure.deviation:.{digits}f}" if figure.deviation else ""
    return f"{figure.median:.{digits}f}{spread}"


def table(header: list[str], lines: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    rule = ["---", *["--:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *lines])


def scenario_table(scenario: Scenario, contenders: list[Contender], rows: list[Round]) -> str:
    """The rows of one scenario, summed up."""
    columns = IDLE_COLUMNS if scenario.is_idle else LOAD_COLUMNS
    header = ["contender", *(title for _, title in columns)]
    if not scenario.is_idle:
        header += ["req/s, ratio to its fewest workers"]
    if scenario.ceiling:
        header += [f"req/s, ratio to {scenario.ceiling}", f"CPU us/request, ratio to {scenario.ceiling}"]
    by_label: dict[str, list[Round]] = {}
    for row in rows:
        by_label.setdefault(row.contender, []).append(row)
    lines = []
    for contender in contenders:
        own = by_label.get(contender.label, [])
        if not own:
            continue
        if reasons := voids(own):
            # The first line says what happened; rounds.csv has all of them.
            lines.append([contender.label, "no figure: " + reasons[0].partition("\n")[0].replace("|", "/")])
            lines[-1] += [""] * (len(header) - 2)
            continue
        line = [contender.label, *(cell(column(own, name)) for name, _ in columns)]
        if not scenario.is_idle:
            line.append(cell(ratio(own, by_label.get(contender.baseline, []), "requests_per_s")))
        if scenario.ceiling:
            ceiling = by_label.get(scenario.ceiling, [])
            line += [cell(ratio(own, ceiling, name)) for name in ("requests_per_s", "cpu_us_per_request")]
        lines.append(line)
    return table(header, lines)


def heading(machine: dict[str, Any], title: str) -> str:
    """What every record's page begins with."""
    return f"""# {title}, {machine["time"][:10]}, {machine["commit"]}

Generated, together with the files beside it, by `{machine["command"]}`.
{machine["cpu"]}, {machine["cores"]} cores, kernel {machine["kernel"]}; more in [machine.json](machine.json)."""


def contender_list(machine: dict[str, Any], contenders: list[Contender]) -> str:
    """What each contender is, and its version."""
    lines = []
    for contender in contenders:
        python = f" {machine['pythons'][contender.python]}" if contender.python else ""
        lines.append(f"- {contender.label}: {contender.about} {machine['contenders'][contender.label]}{python}")
    return "\n".join(["## Contenders", "", *lines])


def page(machine: dict[str, Any], scenarios: list[Scenario], contenders: list[Contender], rows: list[Round]) -> str:
    """The whole page."""
    parts = [heading(machine, "Load tests"), BIAS]
    for scenario in scenarios:
        load = (
            f"idle for {scenario.duration_s} s"
            if scenario.is_idle
            else f"{scenario.method} {scenario.path}, {scenario.connections} connections, {scenario.duration_s} s, "
            f"{scenario.generator}"
        )
        own = [row for row in rows if row.scenario == scenario.name]
        if not own:
            continue
        rounds = max(row.round for row in own)
        parts.append(f"## {scenario.name}\n\n{scenario.about}\n{load}; rounds: {rounds}.")
        parts.append(scenario_table(scenario, contenders, own))
    parts += [contender_list(machine, contenders), "Each round: [rounds.csv](rounds.csv)."]
    return "\n\n".join(parts) + "\n"
