"""docs/claims.md as a whole, made from one record and the load tests' record that docs/benchmarks.md names."""

import re
from collections.abc import Iterable
from pathlib import Path

from harness.benchmarks_page import made_from as load_made_from
from harness.build import ROOT
from harness.markdown import cell, table
from harness.record import Record as LoadRecord
from harness.record import read as read_load
from harness.summary import Figure
from recording.claims import BARS, DOCUMENTS
from recording.evidence import Evidence
from recording.model import ASSUMPTIONS, model_table
from recording.plan import NO_PYTHON
from recording.rows import Record, read
from recording.verdict import Claim, Finding, Verdict, findings, verdict

MADE_BY = re.compile(r"`python3 benches/claims\.py (\S+) --load (\S+)`")
"""The command that the page says it was made by, so that a test can make it again."""

TEXT = """# Claims and verdicts

Five documents claim what native code under Python costs and gains. This page says of each claim that can be measured
what is true here. Figures, verdicts and links were made by
`{made_by}`; no verdict was typed.

Measured on {cpu}, {cores} cores, kernel {kernel}, on {date} at commit {commit}, by `{command}`:
[the record]({link}). Where a line links to the load tests, the figure is from [their record]({load_link}), whose main
tables are in [benchmarks.md](benchmarks.md).

How to read it:

- Our figure is the median of the samples +- their median absolute deviation, for each Python that was measured; of a
  ratio, the ratio of the medians +- what the deviations of both make of it. What `coachwhip bench boundary` measures is
  mean +- standard deviation, as that document has it. x is a ratio, as the claim is worded.
- The verdict compares each figure with the rule beside it, which stands in the code next to the claim: **holds** where
  all figures meet it, **does not hold** where none does, **holds in part** otherwise. A claim of "10 to 20x" is met
  from 10x on.
- "Not measurable here" says why, or that the machine has fewer cores than the claim is about.
- A claim that multiplies figures of different measurements has no verdict but that. What is shown is what the
  combination gives when it is measured as a whole.

In short: {counts}.

## The bars of this project

{bars}

## The claims

{claims}

## What two cores can't show

{assumptions}

{model}
"""


def counts(verdicts: Iterable[Verdict]) -> str:
    """How many claims have which verdict."""
    listed = list(verdicts)
    found = [f"{listed.count(kind)} {kind.value}" for kind in Verdict if kind in listed]
    return f"{len(listed)} claims; " + ", ".join(found)


def with_unit(figure: Figure, unit: str) -> str:
    """A figure as the page shows it."""
    return f"{cell(figure)}{unit}" if unit == "x" else f"{cell(figure)} {unit}"


def figures_cell(claim: Claim, evidence: Evidence, found: list[Finding]) -> str:
    """Our figures, a line for each Python."""
    if claim.reason:
        return claim.reason
    lines = []
    for python in dict.fromkeys(one.python for one in found):
        shown = [f"{one.part} {with_unit(one.figure, claim.unit)}".strip() for one in found if one.python == python]
        beside = {unit: source(evidence, python) for unit, source in claim.beside.items()}
        shown += [with_unit(figure, unit) for unit, figure in beside.items() if figure]
        lines.append((f"{python}: " if python != NO_PYTHON else "") + "; ".join(shown))
    return "<br>".join(lines) or "-"


def rule_text(claim: Claim) -> str:
    """The rule that the verdict was computed by."""
    return claim.rule.text("" if claim.unit == "x" else claim.unit) if claim.rule else "-"


def cores_text(claim: Claim, cores: int) -> str:
    """What a verdict adds where the machine is too small."""
    return f" ({cores} of {claim.cores} cores)" if not claim.reason and cores < claim.cores else ""


class Links:
    """Where the figures of a claim are shown."""

    def __init__(self, record: str, load: str) -> None:
        self.record = f"../benches/records/{record}/README.md"
        self.load = f"../loadtests/records/{load}/README.md"

    def of(self, claim: Claim) -> str:
        """The section of the record's page."""
        if claim.reason:
            return "-"
        if claim.bench == "loadtests":
            return f"[cpu_bound]({self.load}#cpu_bound)"
        return f"[{claim.bench}]({self.record}#{claim.bench})"


def line(claim: Claim, evidence: Evidence, links: Links, *before: str) -> list[str]:
    """One claim: what comes `before` its figures, then these, rule, verdict and link."""
    found = findings(claim, evidence)
    cores = evidence.record.machine["cores"]
    said = verdict(claim, found, cores)
    shown = f"**{said.value}**{cores_text(claim, cores)}"
    return [claim.text, *before, figures_cell(claim, evidence, found), rule_text(claim), shown, links.of(claim)]


def page(record: Record, load: LoadRecord) -> str:
    """The whole page. It names records by their place in the repository, wherever they were read from."""
    evidence, links = Evidence(record, load), Links(record.name, load.name)
    claims = [(document, claim) for document, listed in DOCUMENTS.items() for claim in listed]
    verdicts = [verdict(claim, findings(claim, evidence), record.machine["cores"]) for _, claim in claims]
    rest = ["our figure", "rule", "verdict", "record"]
    return TEXT.format(
        **{name: record.machine[name] for name in ("cpu", "cores", "kernel", "commit", "command")},
        date=record.machine["time"][:10],
        made_by=f"python3 benches/claims.py benches/records/{record.name} --load loadtests/records/{load.name}",
        link=links.record,
        load_link=links.load,
        counts=counts(verdicts),
        bars=table(["bar", *rest], [line(claim, evidence, links) for claim in BARS], is_text=True),
        claims=table(
            ["claim", "document", "their figure", *rest],
            [line(claim, evidence, links, document, claim.theirs) for document, claim in claims],
            is_text=True,
        ),
        assumptions=ASSUMPTIONS,
        model=model_table(evidence),
    )


def load_record() -> Path:
    """The record of the load tests that docs/benchmarks.md was made from."""
    made_by, _ = load_made_from((ROOT / "docs/benchmarks.md").read_text(encoding="utf-8"))
    return ROOT / made_by


def made_from(text: str) -> tuple[str, str]:
    """The records that a page says it was made from, as paths in the repository."""
    match = MADE_BY.search(text)
    if match is None:
        raise ValueError("the page does not say which command made it")
    return match[1], match[2]


def page_of(folder: Path, load: Path) -> str:
    """The page of a record's folder."""
    return page(read(folder), read_load(load))
