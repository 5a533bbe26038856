#!/usr/bin/env python3
"""Where servers spend their time under load, as flame graphs: `python3 loadtests/flame_graphs.py --help`.

Puts the load of `plaintext` on each contender in turn and samples its stacks with `perf`, which needs the right to see
the kernel's (root, or `kernel.perf_event_paranoid` of 1 or less). inferno draws them: `cargo install --locked inferno`.
The width of a frame is its share of the samples. Python built without frame pointers is unwound by its debug data.
"""

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.build import BuildError, build
from harness.closed import checked
from harness.contender import Contender
from harness.exchange import WrongAnswer, verify
from harness.generator import GeneratorError
from harness.machine import written
from harness.markdown import table
from harness.page import contender_list, heading
from harness.process import Server, ServerError, running
from harness.record import new_folder
from harness.scenario import Scenario
from harness.settings import SettingsError
from harness.stacks import Shares, shares_of
from harness.wrk import closed_loop, warm_up

HERE = Path(__file__).resolve().parent
DEFAULT = ["plain_hyper-1", "coachwhip_subinterp_auto-2", "coachwhip_subinterp_queue-2", "coachwhip_freethreaded_auto-2"]
SAMPLES_PER_S = 499
SAMPLED_S = 5
STACK_BYTES = 16384
"""What perf copies of each stack: the most that is passed on without loss is 64 KiB."""


class ProfileError(Exception):
    """perf or inferno failed; the message holds what it wrote."""


def output_of(command: list[str], given: bytes = b"") -> bytes:
    """What a tool writes to standard output."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProfileError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        raise ProfileError(f"{command[0]}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout


def sampled(server: Server, scenario: Scenario) -> bytes:
    """The stacks of a server under load, folded: a line for each, frames from the outermost, and how often it was seen."""
    answer = verify(scenario, server.host, server.port)
    checked(warm_up(scenario, server, answer))
    with tempfile.NamedTemporaryFile(suffix=".perf") as data, ThreadPoolExecutor() as threads:
        load = threads.submit(closed_loop, scenario, server, answer, SAMPLED_S + 2)
        record = ["perf", "record", "--freq", str(SAMPLES_PER_S), "--call-graph", f"dwarf,{STACK_BYTES}"]
        output_of([*record, "--pid", str(server.pid), "--output", data.name, "--", "sleep", str(SAMPLED_S)])
        checked(load.result())
        stacks = output_of(["perf", "script", "--no-inline", "--input", data.name])
    return output_of(["inferno-collapse-perf", "--kernel"], stacks)


def drawn(contender: Contender, scenario: Scenario) -> tuple[bytes, Shares]:
    """Samples one contender: its flame graph as SVG, and what ran."""
    print(contender.label, flush=True)
    with running(contender, scenario.environment) as server:
        folded = sampled(server, scenario)
    title = f"{contender.label}: {scenario.load}"
    graph = output_of(["inferno-flamegraph", "--title", title, "--hash", "--minwidth", "0.2"], folded)
    return graph, shares_of(folded.decode(errors="replace"))


def page(machine: dict[str, Any], contenders: list[Contender], shares: dict[str, Shares]) -> str:
    """The record's page."""
    names = list(dict.fromkeys(name for one in shares.values() for name in one))
    lines = [[label, *(f"{100 * one.get(name, 0):.1f}" for name in names)] for label, one in shares.items()]
    parts = [heading(machine, "Flame graphs"), (__doc__ or "").partition("\n\n")[2].strip()]
    parts += ["Share of the samples by what ran, %:", table(["contender", *names], lines)]
    parts += [f"![{label}]({label}.svg)" for label in shares]
    return "\n\n".join([*parts, contender_list(machine, contenders)]) + "\n"


def main() -> int:
    """Builds, samples one after the other, records."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--contender", action="append", metavar="LABEL", help="instead of " + ", ".join(DEFAULT))
    parser.add_argument("--records", type=Path, default=HERE / "records", help="where the record's folder is made")
    args = parser.parse_args()
    wanted = args.contender or DEFAULT
    try:
        scenario = Scenario.read(HERE / "scenarios/plaintext.toml")
        every = Contender.read_all(HERE / "contenders")
        contenders = [one for one in every if one.label in wanted]
        if unknown := set(wanted) - {one.label for one in contenders}:
            raise SettingsError(f"no contender is called {', '.join(sorted(unknown))}")
        for contender in contenders:
            build(contender)
        drawings = {one.label: drawn(one, scenario) for one in contenders}
    except (SettingsError, BuildError, ServerError, WrongAnswer, GeneratorError, ProfileError) as error:
        print(error, file=sys.stderr)
        return 2
    folder = new_folder(args.records, "-flame-graphs")
    for label, (graph, _) in drawings.items():
        (folder / f"{label}.svg").write_bytes(graph)
    shares = {label: share for label, (_, share) in drawings.items()}
    (folder / "README.md").write_text(page(written(contenders, folder), contenders, shares), encoding="utf-8")
    print(f"recorded in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
