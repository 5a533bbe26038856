"""What an attack finds: figures, some with a bound that they must keep."""

from dataclasses import dataclass

from harness.markdown import table


@dataclass(frozen=True)
class Figure:
    """One row of figures.csv."""

    attack: str
    strategy: str
    measure: str
    """What was counted or measured, with its unit."""
    value: float
    most: float | None = None
    """The bound; `None`: the figure only tells."""

    @property
    def holds(self) -> bool:
        """Whether it keeps its bound."""
        return self.most is None or self.value <= self.most

    @property
    def shown(self) -> str:
        """As tables show it."""
        text = f"{self.value:,.0f}" if self.value >= 100 or float(self.value).is_integer() else f"{self.value:.2f}"
        return text if self.holds else f"**{text}**"


def tables(figures: list[Figure]) -> str:
    """A table for each attack: a line for each measure, a column for each strategy."""
    parts = []
    for attack in dict.fromkeys(figure.attack for figure in figures):
        own = [figure for figure in figures if figure.attack == attack]
        strategies = list(dict.fromkeys(figure.strategy for figure in own))
        lines = []
        for measure in dict.fromkeys(figure.measure for figure in own):
            found = {figure.strategy: figure for figure in own if figure.measure == measure}
            bounds = sorted({figure.most for figure in found.values() if figure.most is not None})
            cells = [found[strategy].shown if strategy in found else "-" for strategy in strategies]
            lines.append([measure, *cells, ", ".join(f"{most:g}" for most in bounds)])
        parts.append(f"## {attack}\n\n{table([attack, *strategies, 'at most'], lines, is_text=False)}")
    return "\n\n".join(parts)
