"""Records and criterion folders that were never measured, for tests of what is made from them."""

import json
from pathlib import Path
from typing import Any

from recording.criterion import Row, Samples
from recording.plan import Bench
from recording.rows import Record

MACHINE = {
    "time": "2026-01-02T03:04:05+00:00",
    "command": "python3 benches/record.py",
    "commit": "abc1234",
    "cpu": "Test CPU",
    "cores": 2,
    "kernel": "6.0",
    "pythons": {"3.13": "Python 3.13.0 (main) [GCC]"},
}


def samples(case: str, *times_ns: float, python: str = "3.13", elements: int = 1) -> Samples:
    """A case `group/function` or `group/function/parameter` whose iterations took so long."""
    group, function, *parameter = case.split("/")
    count = 1000
    times = [round(time * count * elements) for time in times_ns]
    bench = group.split()[0] if not group[0].isdigit() else "pool"
    bench = "attach" if bench == "release" else bench
    return Samples(python, bench, group, function, "".join(parameter), elements, [count] * len(times), times)


def row(case: str, *times_ns: float, python: str = "3.13", elements: int = 1) -> Row:
    """The same, summed up."""
    return Row.of(samples(case, *times_ns, python=python, elements=elements))


def record_of(*rows: Row, boundary: dict[str, Any] | None = None, cores: int = 2) -> Record:
    """A record of these rows; its benches and Pythons are those that they name."""
    pythons = [python for python in ("3.11", "3.13", "3.13t") if any(row.python == python for row in rows)]
    benches = [Bench(name, f"About {name}.", 1) for name in dict.fromkeys(row.bench for row in rows)]
    machine = MACHINE | {"cores": cores}
    return Record("2026-01-02-abc1234", machine, pythons or ["3.13"], benches, list(rows), {}, boundary or {})


def leave(folder: Path, found: Samples) -> None:
    """What criterion leaves of a case."""
    place = folder / found.group / found.function / found.parameter / "new"
    place.mkdir(parents=True)
    throughput = {"Elements": found.elements} if found.elements > 1 else None
    case = {"group_id": found.group, "function_id": found.function, "value_str": found.parameter or None}
    (place / "benchmark.json").write_text(json.dumps(case | {"throughput": throughput}), encoding="utf-8")
    sample = {"sampling_mode": "Flat", "iters": list(map(float, found.iterations))}
    times = {"times": list(map(float, found.times_ns))}
    (place / "sample.json").write_text(json.dumps(sample | times), encoding="utf-8")
