"""docs/benchmarks.md as a whole: the words around the tables of `benchmarks`."""

import re
from pathlib import Path

from harness import benchmarks as tables
from harness.record import Record

MADE_BY = re.compile(r"python3 loadtests/benchmarks\.py (\S+?)(?: --footprint (\S+?))?`")
"""The command that a page says it was made by, so that a test can make it again."""

TEXT = """# Benchmarks

Measured on {cpu}, {cores} cores, kernel {kernel}, on {date} at commit {commit}, by

```sh
{command}
```

which wrote [the record]({link}): every table in full, with plots, versions and raw rows. This page holds its main
tables and was made from it by `{made_by}`.
What each scenario and contender is, and how rounds are run: [loadtests/README.md](../loadtests/README.md).

How to read it:

- Cells are medians of the rounds, +- the median absolute deviation. Contenders ran in turns, round by round, and ratios
  are taken within each round. One wrong answer or error in any round, and there is no figure.
- The load generators run on the same machine and take their share of its cores. So requests/s compare contenders here
  and nowhere else; CPU per request (user and system time of all the server's processes) is what a shared machine
  disturbs least.
- Where the generator used nearly all of its one core, requests/s are its limit and not the server's.
- Latencies of closed loops leave out what a slower server is not asked meanwhile (coordinated omission). Those of
  `mixed` and `overload` count from the moment at which a request was due, whether or not it could be sent.
- Every contender runs the same [handlers](../loadtests/apps/work.py), without a framework (Robyn is one) and without
  logs, on the same Python, but for `freethreaded`, which needs a build without a GIL. A label ends with the number of
  workers: threads, interpreters or processes. `auto`, `queue` and `inline` are coachwhip's `--dispatch`.

## Against plain hyper

The shortest handler, 64 connections; plain hyper gives the same answer from Rust and is the ceiling.
`python3 loadtests/run.py --scenario plaintext --scenario plaintext_one_connection`

{against_hyper}

## Against other servers

The shortest handler, 64 connections. `python3 loadtests/run.py --scenario plaintext`

{against_servers}

One connection, one request at a time. `python3 loadtests/run.py --scenario plaintext_one_connection`

{one_connection}

1,600 short requests a second, beside one stream of handlers that compute for 50 ms.
`python3 loadtests/run.py --scenario mixed`

{mixed}

Other work, CPU us per request; the numbers of workers are those of the record. `sleep` is 10 ms with the thread
blocked, 16 handlers at once; `sleep_async` the same without blocking.
`python3 loadtests/run.py {work_options}`

{cpu_of_work}

The same, requests a second:

{rate_of_work}

## The strategies side by side

The same handlers and the same machine; the first three have the same front end too. `cpu_bound` is about 5 ms of pure
Python, `memory` is after asyncio, ssl, json, http and logging were imported by each worker and some load.
`main` runs plaintext and mixed with its default, one worker.
`python3 loadtests/run.py --scenario plaintext --scenario cpu_bound --scenario mixed --scenario memory`

{strategies}

## Overload

Twice of what the server could do in a closed loop just before is offered. coachwhip's queue holds 64 requests here;
what does not fit is answered 503. `python3 loadtests/run.py --scenario overload`

{overload}

## Memory

Proportional set size of all processes, two workers. `python3 loadtests/run.py --scenario memory`

{memory}

Servers on whose connections nothing is sent; what the kernel holds for a socket is not in it.
`python3 loadtests/run.py --scenario idle --scenario idle_connections`

{idle}

Interpreters or threads with the demo loaded. `python3 loadtests/footprint.py`

{interpreters}

## Pipelined

16 requests at once on each of 64 connections. Browsers and proxies do not ask like that: compare with nothing above.
`python3 loadtests/run.py --scenario pipelined`

{pipelined}

## Contenders

{contenders}
"""


def page(record: Record, footprint: Path | None) -> str:
    """The whole page. It names records by their place in the repository, wherever they were read from."""
    made_by = f"python3 loadtests/benchmarks.py loadtests/records/{record.name}"
    if footprint:
        made_by += f" --footprint loadtests/records/{footprint.name}"
    return TEXT.format(
        **{name: record.machine[name] for name in ("cpu", "cores", "kernel", "commit", "command")},
        date=record.machine["time"][:10],
        link=f"../loadtests/records/{record.name}/README.md",
        made_by=made_by,
        against_hyper=tables.against_hyper(record),
        against_servers=tables.against_servers(record),
        one_connection=tables.one_connection(record),
        mixed=tables.mixed(record),
        work_options=" ".join(f"--scenario {scenario}" for scenario in tables.WORK),
        cpu_of_work=tables.other_work(record, "cpu_us_per_request"),
        rate_of_work=tables.other_work(record, "requests_per_s"),
        strategies=tables.strategies(record),
        overload=tables.overload(record),
        memory=tables.memory(record),
        idle=tables.idle(record),
        interpreters=tables.interpreters(footprint),
        pipelined=tables.pipelined(record),
        contenders=versions(record),
    )


def versions(record: Record) -> str:
    """One line for each contender; its variants are the same software."""
    lines: dict[str, str] = {}
    for label, contender in record.contenders.items():
        python = record.machine["pythons"].get(contender["python"], "").partition(" (")[0]
        version = ", ".join(part for part in (record.machine["contenders"][label], python) if part)
        lines.setdefault(contender["name"], f"- {contender['name']}: {contender['about']} {version}")
    return "\n".join(lines.values())


def made_from(text: str) -> tuple[str, str | None]:
    """The records that a page says it was made from, as paths in the repository."""
    match = MADE_BY.search(text)
    if match is None:
        raise ValueError("the page does not say which command made it")
    return match[1], match[2]
