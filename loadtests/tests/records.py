"""A record that was never measured, for tests of what is made from records."""

from harness.record import Record
from harness.round import Round

MACHINE = {
    "time": "2026-01-02T03:04:05+00:00",
    "command": "python3 loadtests/run.py",
    "commit": "abc1234",
    "cpu": "Test CPU",
    "cores": 2,
    "kernel": "6.0",
    "pythons": {"3.13": "Python 3.13.0 (main) [GCC]"},
    "contenders": {},
}
SCENARIOS = {"plaintext": "closed", "cpu_bound": "closed", "mixed": "mixed", "overload": "overload", "memory": "memory"}


def record_of(*rows: Round, ceiling: str = "") -> Record:
    """A record of these rows; its scenarios and contenders are those that they name."""
    labels = dict.fromkeys(row.contender for row in rows)
    scenarios = {
        name: {"about": "", "load": "", "kind": kind, "ceiling": ceiling}
        for name, kind in SCENARIOS.items()
        if any(row.scenario == name for row in rows)
    }
    contenders = {
        label: {
            "name": label.rpartition("-")[0],
            "about": f"About {label}.",
            "series": label.rpartition("-")[0],
            "workers": int(label.rpartition("-")[2]),
            "python": "3.13",
            "command": "serve",
        }
        for label in labels
    }
    machine = MACHINE | {"contenders": dict.fromkeys(labels, "version 1")}
    return Record("2026-01-02-abc1234", machine, {}, scenarios, contenders, list(rows))


def rounds(contender: str, *requests_per_s: float) -> list[Round]:
    """Plaintext rows with one figure."""
    return [
        Round("plaintext", contender, number, requests_per_s=value) for number, value in enumerate(requests_per_s, 1)
    ]
