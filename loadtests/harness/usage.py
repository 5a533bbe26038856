"""What a server costs, read from /proc: processor time and memory of a process and all its descendants."""

import os
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")

PROC = Path("/proc")


def stat_fields(text: str) -> list[str]:
    """The fields of /proc/PID/stat from the third on. The second, the name, may hold spaces and brackets."""
    return text.rpartition(")")[2].split()


def cpu_ticks(fields: list[str]) -> int:
    """User and system time of the process and of the children that it has waited for (utime stime cutime cstime)."""
    return sum(int(ticks) for ticks in fields[11:15])


def stats() -> dict[int, list[str]]:
    """The stat fields of every process."""
    found = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = stat_fields((entry / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                pass  # it ended between the listing and the reading
    return found


def tree(root: int, parents: dict[int, int]) -> list[int]:
    """`root` and all its descendants, from each process's parent."""
    members = [root]
    for member in members:
        members += [pid for pid, parent in parents.items() if parent == member]
    return members


def cpu_s(root: int) -> float:
    """Processor seconds used so far by the process and its descendants, those that have ended included."""
    all_stats = stats()
    parents = {pid: int(fields[1]) for pid, fields in all_stats.items()}
    return sum(cpu_ticks(all_stats[pid]) for pid in tree(root, parents) if pid in all_stats) / TICKS_PER_S


def pss_kib(root: int) -> int:
    """Proportional set size of the process and its descendants: shared pages are counted once among their users."""
    parents = {pid: int(fields[1]) for pid, fields in stats().items()}
    total = 0
    for pid in tree(root, parents):
        try:
            rollup = (PROC / str(pid) / "smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total
