"""The generated page of a record: what each bench answers, its cases by Python, and its chart."""

from pathlib import Path
from typing import Any

from harness.markdown import cell, table
from harness.page import heading
from harness.summary import Figure
from recording.criterion import Row
from recording.plan import COMMAND, NO_PYTHON, Bench
from recording.plots import plots_of, write_plots
from recording.rows import PLAN, Record, boundary_file, read

NOTE = """Times are nanoseconds of one element (a call, conversion, operation or request, as the bench declares it; else
of one iteration): the median of the samples +- their median absolute deviation. Each bench checks the answer that it
times. Compare within a column: Pythons run one after the other, cases of one bench within a minute."""


FILES = """Rows: [rows.csv](rows.csv); every sample: [samples.json](samples.json); what was run: [plan.json](plan.json)."""


def bench_section(record: Record, bench: Bench) -> str:
    """One bench: question, chart, table."""
    parts = [f"## {bench.name}\n\n{bench.about}"]
    rows = record.rows_of(bench.name)
    missing = [one for one in bench.versions(record.pythons) if not any(row.python == one for row in rows)]
    if missing:
        parts.append(f"Not in this record: {', '.join('any' if one == NO_PYTHON else one for one in missing)}.")
    if rows:
        parts.append(case_table(rows))
    parts += [f"![{plot.title}]({plot.file})" for plot in plots_of(record).get(bench.name, [])]
    return "\n\n".join(parts)


def case_table(rows: list[Row]) -> str:
    """A line for each case, a column for each Python."""
    pythons = list(dict.fromkeys(row.python for row in rows))
    lines = []
    for case in dict.fromkeys(row.case for row in rows):
        own = {row.python: row for row in rows if row.case == case}
        figures = [cell(own[python].figure) if python in own else "-" for python in pythons]
        lines.append([" / ".join(part for part in case if part), *figures])
    return table(["case", *("ns" if one == NO_PYTHON else f"{one}: ns" for one in pythons)], lines)


def boundary_section(record: Record) -> str:
    """What the product's command wrote."""
    lines = []
    for python, result in record.boundary.items():
        for case in result["cases"]:
            shown = [cell(Figure(case[name], 0)) for name in ("mean_ns", "stdev_ns", "relative_to_increment")]
            lines.append([f"{python}, {case['name']}", *shown])
    files = ", ".join(f"[{boundary_file(python)}]({boundary_file(python)})" for python in record.boundary)
    about = f"## coachwhip {COMMAND}\n\nTimed inside the interpreter, 15 repeats of 100,000 calls: {files}."
    return f"{about}\n\n{table(['case', 'mean ns', 'deviation ns', 'to the increment'], lines)}"


def extra_section(name: str, lines: list[dict[str, str]]) -> str:
    """A table that a bench wrote itself."""
    shown = [list(line.values()) for line in lines]
    return f"## {name}.csv\n\n[{name}.csv]({name}.csv)\n\n{table(list(lines[0]), shown)}"


def pythons_of(machine: dict[str, Any]) -> str:
    """The builds of Python."""
    return "\n".join(f"- {version}: {build}" for version, build in machine["pythons"].items())


def page(record: Record) -> str:
    """The whole page."""
    parts = [heading(record.machine, "Benches"), pythons_of(record.machine), NOTE]
    parts += [bench_section(record, bench) for bench in record.benches]
    if record.boundary:
        parts.append(boundary_section(record))
    parts += [extra_section(name, lines) for name, lines in record.extras.items() if lines]
    parts.append(FILES)
    return "\n\n".join(parts) + "\n"


def write_page(folder: Path) -> None:
    """Writes page and charts from what the folder holds."""
    record = read(folder)
    write_plots(record, folder)
    (folder / "README.md").write_text(page(record), encoding="utf-8")


def records_in(folder: Path) -> list[Record]:
    """The records of benches below a folder, the newest last."""
    found = [read(path.parent) for path in folder.glob(f"*/{PLAN}")]
    return sorted(found, key=lambda record: str(record.machine["time"]))


def is_whole(record: Record) -> bool:
    """Whether its run was of every bench on every Python."""
    options = {word.partition("=")[0] for word in record.machine["command"].split()}
    return not {"--bench", "--python"} & options
